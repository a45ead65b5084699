import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { openCapture } from "../../src/capture/reader.ts";
import { grouped } from "../../src/count-text.ts";
import { concat, Noise } from "../support/bytes.ts";
import { pcap, pcapng } from "../support/captures.ts";
import { drain, readAll, streamOf } from "./drain.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = temporaryFolder();
const PATH = process.env["PATH"];
afterEach(() => {
  process.env["PATH"] = PATH;
});

const noise = new Noise(7);
const packets = Array.from({ length: 3000 }, (_, i) => ({
  time: 1_700_000_000_000_000_000n + BigInt(i) * 1_000_000n,
  bytes: noise.bytes(i % 400),
}));
const plain = pcap(packets);

function compress(program: string, bytes: Uint8Array): Uint8Array {
  // Small blocks, so that bzip2 has several of them.
  return execFileSync(program, ["-1", "-c"], { input: bytes, maxBuffer: 1 << 28 });
}

function isInstalled(program: string): boolean {
  return spawnSync(program, ["--version"], { input: "" }).error === undefined;
}

const FORMATS = ["gzip", "zstd", "lz4", "xz", "bzip2"] as const;

describe.each(FORMATS)("%s", (format) => {
  const run = it.skipIf(!isInstalled(format));

  run("is recognised by content, from a file of any name and from a stream", async () => {
    const path = join(folder, `capture-${format}.bin`);
    writeFileSync(path, compress(format, plain));
    const wanted = (await readAll(plain)).frames;
    const fromFile = await openCapture(path);
    expect(await drain(fromFile)).toEqual(wanted);
    expect(fromFile).toMatchObject({ compression: format, format: "pcap", status: "ok" });
    expect(fromFile.bytesRead).toBe(fromFile.size);
    const fromStream = await openCapture(streamOf(compress(format, plain), [1000]));
    expect(await drain(fromStream)).toEqual(wanted);
    expect(fromStream).toMatchObject({ compression: format, status: "ok", size: undefined });
  });

  run("reads members that follow each other as one", async () => {
    const half = 24 + Math.floor(plain.length / 2);
    const joined = concat(compress(format, plain.subarray(0, half)), compress(format, plain.subarray(half)));
    const { frames, reader } = await readAll(joined);
    expect(frames).toHaveLength(3000);
    expect(reader.status).toBe("ok");
  });

  run("is truncated where its data are cut, with the packets before", async () => {
    const bytes = compress(format, plain);
    const { frames, reader } = await readAll(bytes.subarray(0, Math.floor(bytes.length * 0.9)));
    const wanted = (await readAll(plain)).frames;
    expect(frames).toEqual(wanted.slice(0, frames.length));
    expect(frames.length).toBeGreaterThan(1000);
    expect(reader).toMatchObject({ status: "truncated", problemCount: 1, problems: [{ code: "cut-short" }] });
    expect(reader.problems[0]?.message).toContain(`${format} data end too soon`);
  });

  run("is damaged where its data are, with the packets before", async () => {
    const bytes = Uint8Array.from(compress(format, plain));
    const at = Math.floor(bytes.length * 0.8);
    bytes.fill(0xa5, at, at + 40);
    const { frames, reader } = await readAll(bytes);
    expect(reader.status).toBe("damaged");
    const wanted = (await readAll(plain)).frames;
    expect(frames.length).toBeGreaterThan(1000);
    expect(frames.slice(0, 1000)).toEqual(wanted.slice(0, 1000));
  });

  run("is damaged where something else follows its data", async () => {
    const bytes = compress(format, plain);
    const text = Buffer.from("something else");
    for (const other of [concat(new Uint8Array(20), text), concat(new Uint8Array(1), bytes), text]) {
      const { frames, reader } = await readAll(concat(bytes, other));
      expect(frames.length).toBeGreaterThan(2000);
      expect(reader).toMatchObject({ status: "damaged", problems: [{ code: "decompression-failed" }] });
    }
  });

  run("that holds no capture is an error that says so", async () => {
    await expect(readAll(compress(format, Buffer.from("not a capture at all\n")))).rejects.toMatchObject({
      name: "CaptureError",
      code: "not-a-capture",
      message: `- is no capture: what is inside its ${format} data looks like text`,
    });
  });
});

describe.skipIf(!isInstalled("xz"))("xz", () => {
  it("tells something shorter than a header behind its data from a stream cut short there", async () => {
    const bytes = compress("xz", plain);
    const zeros = new Uint8Array(4);
    for (const length of [1, 5, 6, 11]) {
      const stray = await readAll(concat(bytes, Buffer.from("and so on...".slice(0, length))), [1000]);
      expect(stray.frames).toHaveLength(3000);
      expect(stray.reader).toMatchObject({ status: "damaged", problems: [{ code: "decompression-failed" }] });
      expect(stray.reader.problems[0]?.message).toContain(
        `at byte ${grouped(bytes.length)} of the input something else follows them`,
      );
      const cut = await readAll(concat(bytes, bytes.subarray(0, length)));
      expect(cut.reader).toMatchObject({ status: "truncated", problems: [{ code: "cut-short" }] });
    }
    const padded = await readAll(concat(bytes, zeros, Buffer.from("more")));
    expect(padded.reader.problems[0]?.message).toContain(`at byte ${grouped(bytes.length + 4)} of the input`);
  });
});

describe("gzip", () => {
  it("loses nothing before the damage of a file, not even of the chunk that is damaged", async () => {
    const bytes = Uint8Array.from(gzipSync(plain, { level: 0 }));
    const view = new DataView(bytes.buffer);
    // Stored blocks (RFC 1951, section 3.2.4): a byte, the length, and its complement, which is made wrong.
    let at = 10;
    let good = 0;
    for (let block = 0; block < 3; block++) {
      good += view.getUint16(at + 1, true);
      at += 5 + view.getUint16(at + 1, true);
    }
    view.setUint16(at + 3, view.getUint16(at + 1, true), true);
    const path = join(folder, "damaged.pcap.gz");
    writeFileSync(path, bytes);
    const reader = await openCapture(path);
    const frames = await drain(reader);
    const wanted = (await readAll(plain)).frames;
    expect(frames).toEqual(wanted.slice(0, frames.length));
    const whole = wanted.filter((frame) => frame.offset + 16 + frame.hex.length / 2 <= good);
    expect(frames).toHaveLength(whole.length);
    expect(reader).toMatchObject({ status: "damaged", problems: [{ code: "decompression-failed" }] });
  });

  it("ignores padding behind the last member", async () => {
    for (const length of [1, 512, 500_000]) {
      const { frames, reader } = await readAll(concat(gzipSync(plain), new Uint8Array(length)));
      expect(frames).toHaveLength(3000);
      expect(reader.status).toBe("ok");
    }
  });

  it("is damaged where something comes behind the padding, wherever in it the input was divided", async () => {
    const bytes = gzipSync(plain);
    for (const sizes of [[1000], [bytes.length], [bytes.length + 5, 3], [bytes.length - 1, 1]]) {
      const padded = concat(bytes, new Uint8Array(40), gzipSync(plain));
      const reader = await openCapture(streamOf(padded, sizes));
      expect(await drain(reader)).toHaveLength(3000);
      expect(reader).toMatchObject({ status: "damaged", problems: [{ code: "decompression-failed" }] });
    }
  });

  it("inside gzip is undone, too, but not for ever", async () => {
    const twice = gzipSync(gzipSync(plain));
    expect((await readAll(twice)).reader).toMatchObject({ compression: "gzip+gzip", packets: 3000 });
    await expect(readAll(gzipSync(gzipSync(twice)))).rejects.toMatchObject({ code: "not-a-capture" });
  });

  it("that makes 200 megabytes of zeros out of little is not held in memory", async () => {
    const zeros = pcapng([]);
    const bomb = gzipSync(concat(zeros, new Uint8Array(200_000_000)), { level: 9 });
    const before = process.memoryUsage().arrayBuffers;
    const { reader } = await readAll(bomb, [16_384]);
    expect(reader.status).toBe("damaged");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(300_000_000);
  });
});

describe("without the programs", () => {
  it.skipIf(!isInstalled("zstd"))("zstd is read by a library", async () => {
    const bytes = compress("zstd", plain);
    const records = compress("zstd", plain.subarray(24));
    process.env["PATH"] = folder;
    const { frames, reader } = await readAll(bytes, [5000]);
    expect(frames).toEqual((await readAll(plain)).frames);
    expect(reader).toMatchObject({ compression: "zstd", status: "ok" });
    const twice = await readAll(concat(bytes, records));
    expect(twice.frames).toHaveLength(6000);
    const cut = await readAll(bytes.subarray(0, bytes.length - 5000));
    expect(cut.reader.status).toBe("truncated");
    expect(cut.frames.length).toBeGreaterThan(1000);
  });

  it.skipIf(!isInstalled("xz"))("xz is read by a library", async () => {
    const bytes = compress("xz", plain);
    process.env["PATH"] = folder;
    const { frames, reader } = await readAll(bytes, [5000]);
    expect(frames).toEqual((await readAll(plain)).frames);
    expect(reader).toMatchObject({ compression: "xz", status: "ok" });
    expect((await readAll(bytes.subarray(0, bytes.length - 5000))).reader.status).not.toBe("ok");
  });

  it.skipIf(!isInstalled("lz4"))("lz4 is an error that names the program", async () => {
    const bytes = compress("lz4", plain);
    process.env["PATH"] = folder;
    await expect(readAll(bytes)).rejects.toMatchObject({
      name: "CaptureError",
      code: "program-missing",
      message:
        '- is compressed with lz4, and the program "lz4" that would read it is not installed; install it, or decompress the capture first',
    });
  });
});

describe("a reader that is closed early", () => {
  it.skipIf(!isInstalled("zstd"))("ends its helper program and its input", async () => {
    const bytes = compress("zstd", plain);
    let ended = false;
    const endless = Readable.from(
      (async function* () {
        try {
          yield bytes;
          await new Promise((resolve) => setTimeout(resolve, 50));
          for (;;) yield bytes;
        } finally {
          ended = true;
        }
      })(),
    );
    const reader = await openCapture(endless);
    while (!reader.next()) await reader.refill();
    reader.close();
    expect(reader.next()).toBe(false);
    expect(await reader.refill()).toBe(false);
    while (!ended) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(endless.destroyed).toBe(true);
    expect(reader.interfaces).toHaveLength(1);
  });
});
