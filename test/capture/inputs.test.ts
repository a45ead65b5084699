import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { lstat, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { expandInputs } from "../../src/capture/inputs.ts";
import { openCapture } from "../../src/capture/reader.ts";
import { ascii, u8 } from "../support/bytes.ts";
import { pcap } from "../support/captures.ts";
import { drain, readAll } from "./drain.ts";
import { temporaryFolder } from "../support/temporary.ts";

vi.mock("node:fs", { spy: true });
vi.mock("node:fs/promises", { spy: true });

const folder = temporaryFolder();
const capture = pcap([{ time: 1_700_000_000_000_000_000n, bytes: u8(1, 2, 3) }]);
const at = (...parts: readonly string[]): string => join(folder, ...parts);

beforeAll(() => {
  mkdirSync(at("day", "deep"), { recursive: true });
  mkdirSync(at("other"));
  writeFileSync(at("day", "b.pcap"), capture);
  writeFileSync(at("day", "a.pcap.gz"), gzipSync(capture));
  writeFileSync(at("day", "notes.txt"), "what happened\n");
  writeFileSync(at("day", "empty.pcap"), "");
  writeFileSync(at("day", "broken.pcap"), capture.subarray(0, 10));
  writeFileSync(at("day", "deep", "c.pcap"), capture);
  writeFileSync(at("other", "a.pcap.gz"), gzipSync(capture));
  writeFileSync(at("other", "odd [1].pcap"), capture);
  symlinkSync(at("day", "b.pcap"), at("other", "same.pcap"));
  symlinkSync(at("day"), at("day", "deep", "circle"));
  symlinkSync(at("nowhere"), at("other", "dangling"));
});

describe("inputs", () => {
  it("are files as they are named, without a look inside", async () => {
    const found = await expandInputs([at("day", "notes.txt"), at("day", "b.pcap")]);
    expect(found).toEqual({
      inputs: [
        { name: "b.pcap", path: at("day", "b.pcap"), source: at("day", "b.pcap") },
        { name: "notes.txt", path: at("day", "notes.txt"), source: at("day", "notes.txt") },
      ],
      skipped: [],
      errors: [],
    });
  });

  it("are asked for once each, however often a list has them", async () => {
    const names = [at("day", "b.pcap"), at("other", "a.pcap.gz"), at("gone.pcap")];
    writeFileSync(at("long.txt"), `${names.join("\n")}\n`.repeat(1000));
    const askers = [vi.mocked(statSync), vi.mocked(lstat), vi.mocked(stat)];
    for (const asker of askers) asker.mockClear();
    const { inputs, errors } = await expandInputs([], { filesFrom: at("long.txt") });
    expect(inputs.map((input) => input.path)).toEqual([names[1], names[0]]);
    expect(errors.map((error) => error.message)).toEqual([`${names[2]} does not exist`]);
    // Three times each, maybe, and not a thousand.
    const asked = askers.flatMap((asker) =>
      asker.mock.calls.filter(([path]) => names.includes(String(path))),
    );
    expect(asked.length).toBeGreaterThanOrEqual(names.length);
    expect(asked.length).toBeLessThanOrEqual(3 * names.length);
  });

  it("are the captures of a folder; its other files are named with the reason", async () => {
    const found = await expandInputs([at("day")]);
    expect(found.inputs.map((input) => input.path)).toEqual([
      at("day", "a.pcap.gz"),
      at("day", "b.pcap"),
      at("day", "broken.pcap"),
    ]);
    expect(found.skipped).toEqual([
      { path: at("day", "deep"), reason: "is a folder inside a folder" },
      { path: at("day", "empty.pcap"), reason: "is empty" },
      { path: at("day", "notes.txt"), reason: "is no capture: it looks like text" },
    ]);
    expect(found.errors).toEqual([]);
  });

  it("are one where they are several names of one file", async () => {
    const [file, link, symbolic] = [at("names", "x.pcap"), at("names", "y.pcap"), at("names", "z.pcap")];
    mkdirSync(at("names"));
    writeFileSync(file, capture);
    linkSync(file, link);
    symlinkSync(link, symbolic);
    try {
      expect((await expandInputs([symbolic, link, file])).inputs.map((input) => input.path)).toEqual([file]);
    } finally {
      rmSync(at("names"), { recursive: true });
    }
  });

  it("are those of the folders inside it, too, when asked for, and never go round in circles", async () => {
    const found = await expandInputs([folder], { recursive: true });
    expect(found.inputs.map((input) => input.name)).toEqual([
      "a.pcap.gz",
      "a.pcap.gz",
      "b.pcap",
      "broken.pcap",
      "c.pcap",
      "odd [1].pcap",
    ]);
    expect(found.skipped.map((each) => each.reason)).toContain("is a link to nothing");
  });

  it.runIf(process.platform === "linux")(
    "are missed, and that is said, where a name is no UTF-8",
    async () => {
      mkdirSync(at("old"));
      writeFileSync(
        Buffer.concat([Buffer.from(`${at("old")}/Z`), u8(0xfc), Buffer.from("rich.pcap")]),
        capture,
      );
      writeFileSync(at("old", "Bern.pcap"), capture);
      const found = await expandInputs([at("old")]);
      expect(found.inputs.map((input) => input.name)).toEqual(["Bern.pcap"]);
      expect(found.skipped).toEqual([]);
      expect(found.errors.map(({ code, message }) => [code, message])).toEqual([
        ["unreadable", expect.stringContaining("its name is no UTF-8") as string],
      ]);
      rmSync(at("old"), { recursive: true });
    },
  );

  it("are each file once, whatever its names, and in an order that does not depend on the command line", async () => {
    const paths = [
      at("other", "same.pcap"),
      at("day", "b.pcap"),
      at("day", "..", "day", "b.pcap"),
      at("day"),
    ];
    const found = await expandInputs(paths);
    expect(found.inputs.filter((input) => input.name === "b.pcap")).toHaveLength(1);
    expect(await expandInputs(paths.toReversed())).toEqual(found);
  });

  it("are what a glob matches; a path that exists is taken before it is taken for a glob", async () => {
    const found = await expandInputs([at("*", "*.pcap"), at("other", "odd [1].pcap")]);
    expect(found.inputs.map((input) => input.name)).toEqual([
      "b.pcap",
      "broken.pcap",
      "empty.pcap",
      "odd [1].pcap",
    ]);
    expect(found.errors).toEqual([]);
  });

  it("that do not exist, and globs that match nothing, are errors beside the others", async () => {
    const found = await expandInputs([at("gone.pcap"), at("*.nothing"), at("day", "b.pcap")]);
    expect(found.inputs).toHaveLength(1);
    expect(found.errors).toMatchObject([
      { code: "missing", path: at("*.nothing") },
      { code: "missing", path: at("gone.pcap") },
    ]);
  });

  it.each([
    ["lines", "\n"],
    ["lines of Windows", "\r\n"],
    ["NUL bytes", "\0"],
  ])("come from a list with %s", async (_, separator) => {
    const list = at(`list-${separator.length}-${separator.charCodeAt(0)}`);
    writeFileSync(
      list,
      [at("day", "b.pcap"), "", at("other", "odd [1].pcap"), at("gone"), ""].join(separator),
    );
    const found = await expandInputs([], { filesFrom: list });
    expect(found.inputs.map((input) => input.name)).toEqual(["b.pcap", "odd [1].pcap"]);
    expect(found.errors).toMatchObject([{ code: "missing", path: at("gone") }]);
  });

  it("say that a list cannot name standard input", async () => {
    const list = at("list-with-dash");
    writeFileSync(list, `${at("day", "b.pcap")}\n-\n`);
    const found = await expandInputs([], { filesFrom: list });
    expect(found.inputs.map((input) => input.name)).toEqual(["b.pcap"]);
    expect(found.errors).toMatchObject([{ code: "unreadable", path: list }]);
    expect(found.errors[0]?.message).toContain('has a line "-"');
  });

  it("come from a list on standard input", async () => {
    const stdin = Readable.from([ascii(`${at("day", "b.pcap")}\n`)]);
    const found = await expandInputs([], { filesFrom: "-", stdin });
    expect(found.inputs.map((input) => input.name)).toEqual(["b.pcap"]);
  });

  it("may be standard input, once", async () => {
    const stdin = Readable.from([capture]);
    const found = await expandInputs(["-", at("day", "b.pcap"), "-"], { stdin });
    expect(found.inputs.map((input) => input.name)).toEqual(["-", "b.pcap"]);
    expect(found.inputs[0]?.source).toBe(stdin);
  });

  it.skipIf(process.platform === "win32")("may be named pipes", async () => {
    const pipe = at("pipe");
    execFileSync("mkfifo", [pipe]);
    const { inputs } = await expandInputs([pipe]);
    const opening = openCapture(inputs[0]?.source ?? "");
    const writing = writeFile(pipe, capture);
    const reader = await opening;
    expect(await drain(reader)).toEqual((await readAll(capture)).frames);
    await writing;
    expect(reader).toMatchObject({ name: "pipe", size: undefined, status: "ok" });
  });
});

describe("what cannot be opened", () => {
  it.each([
    ["missing", () => at("gone.pcap"), /gone\.pcap does not exist$/],
    ["directory", () => at("day"), / is a directory, not a capture$/],
    ["empty", () => at("day", "empty.pcap"), /empty\.pcap is empty$/],
    ["not-a-capture", () => at("day", "notes.txt"), /^notes\.txt is no capture: it looks like text$/],
    [
      "header-cut",
      () => at("day", "broken.pcap"),
      /^broken\.pcap ends after 10 bytes; wanted a file header of 24 bytes$/,
    ],
  ])("is told: %s", async (code, path, message) => {
    await expect(openCapture(path())).rejects.toMatchObject({
      name: "CaptureError",
      code,
      path: path(),
      message: expect.stringMatching(message) as string,
    });
  });

  it("is an empty stream", async () => {
    await expect(openCapture(Readable.from([]))).rejects.toMatchObject({
      code: "empty",
      message: "standard input is empty: did the program before it fail?",
    });
  });

  it.each([
    ["PK\x03\x04.......", "a zip archive: unpack it first"],
    ['{"flows": []}', "JSON"],
    ["time,source,destination\n1,2,3\n", "CSV"],
    ["<?xml version='1.0'?><pdml/>", "XML"],
    ["<!DOCTYPE html><html>sign in", "an HTML page: perhaps the download failed"],
    ["snoop\0\0\0\0\0\0\x02\0\0\0\x04", "a snoop capture: convert it with editcap or tshark -w"],
    [
      "GMBU\0\x02\x01\0 and so on",
      "a Microsoft Network Monitor 2 capture: convert it with editcap or tshark -w",
    ],
    ["iptrace 2.0\0\0\0\0\0", "an AIX iptrace capture: convert it with editcap or tshark -w"],
    ["btsnoop\0\0\0\0\x01", "a Bluetooth log (btsnoop)"],
    ["\x1f\x9d\x90\x01\x02\x03\x04\x05\x06\x07\x08\x09", "a file compressed with compress: unpack it first"],
    ["LZIP\x01\x0c and so on", "a file compressed with lzip: unpack it first"],
    ["\x89LZO\0\r\n\x1a\n and on", "a file compressed with lzop: unpack it first"],
    ["\x5d\0\0\x80\0 and so on", "a file compressed with lzma: unpack it first"],
    ["0000  00 11 22 33 44 55 66 77\n", "a hex dump: convert it with text2pcap"],
    [
      "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d",
      "something unknown (it begins with 01 02 03 04 05 06 07 08)",
    ],
    ["\0".repeat(600), "zeros: the capture was lost before it was written"],
    [`${"name".padEnd(257, "\0")}ustar\0`, "a tar archive: unpack it first"],
  ])("is told by what it looks like: %j", async (text, wanted) => {
    await expect(openCapture(Readable.from([Buffer.from(text, "latin1")]))).rejects.toMatchObject({
      code: "not-a-capture",
      message: `- is no capture: it looks like ${wanted}`,
    });
  });

  it("is a trace of Windows by its name", async () => {
    writeFileSync(at("trace.etl"), new Uint8Array(1024).fill(3));
    await expect(openCapture(at("trace.etl"))).rejects.toMatchObject({
      message:
        "trace.etl is no capture: it looks like a Windows event trace: convert it with etl2pcapng or pktmon etl2pcap",
    });
  });
});
