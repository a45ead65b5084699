import { createReadStream, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { openCapture } from "../../src/capture/reader.ts";
import { SHARED, shared, sharedJson } from "../support/shared.ts";
import { drain, summary, type Seen } from "./drain.ts";

/** What tshark and capinfos 4.0.17 said of a capture. */
interface Facts {
  readonly capinfos: {
    readonly fileType: string;
    readonly packets: number;
    /** UTC; 6 or 9 digits of a second. */
    readonly first: string | null;
    readonly last: string | null;
    readonly perInterface: readonly { packets: number; name: string | null; snaplen: number }[];
  };
  readonly tshark: {
    readonly frames: number;
    readonly bytesOnWire: number;
    readonly bytesCaptured: number;
    readonly framesByInterface: Readonly<Record<string, number>>;
    readonly stderr: readonly string[];
  };
}

interface Manifest {
  readonly files: readonly { readonly file: string; readonly facts: Facts }[];
}

/** Files of which capinfos states no times: they also hold packets without a time. */
const NO_TIMES = [
  "hadrielk+pcapng-test-generator/output_le-advanced-test100.pcapng",
  "hadrielk+pcapng-test-generator/output_le-difficult-test202.pcapng",
];

/**
 * Of sections that follow each other, capinfos 4.0.17 repeats the list of interfaces, and counts a packet of any
 * section at the interface of that number of the first: the numbers begin anew in each section.
 */
const SECTIONS = new Map([
  [
    "hadrielk+pcapng-test-generator/output_le-difficult-test202.pcapng",
    [
      ["eth0", 2],
      ["null1", 1],
      ["silly ethernet interface 2", 4],
      ["eth0", 0],
      ["null1", 1],
    ],
  ],
]);

function seconds(text: string): string {
  const [whole = "", fraction = ""] = text.split(".");
  return `${Date.parse(`${whole.replace(" ", "T")}Z`) / 1000}.${fraction.padEnd(9, "0")}`;
}

function earliestAndLatest(frames: readonly Seen[]): readonly [string | undefined, string | undefined] {
  const times = frames.map((frame) => frame.time).filter((time) => time !== "");
  const sorted = times.toSorted(
    (a, b) => Number(a.split(".")[0]) - Number(b.split(".")[0]) || (a < b ? -1 : 1),
  );
  return [sorted[0], sorted.at(-1)];
}

describe.skipIf(SHARED === undefined)("real captures", () => {
  const real = SHARED === undefined ? [] : sharedJson<Manifest>("captures", "real", "manifest.json").files;

  it.each(real.map(({ file, facts }) => [file, facts] as const))(
    "%s is read as tshark reads it",
    async (file, facts) => {
      const reader = await openCapture(shared("captures", "real", file));
      const frames = await drain(reader);
      expect(frames).toHaveLength(facts.tshark.frames);
      expect(frames.reduce((sum, frame) => sum + frame.originalLength, 0)).toBe(facts.tshark.bytesOnWire);
      expect(frames.reduce((sum, frame) => sum + frame.hex.length / 2, 0)).toBe(facts.tshark.bytesCaptured);
      const sections = SECTIONS.get(file);
      if (sections === undefined) {
        expect(reader.interfaces.map(({ packets, name }) => ({ packets, name: name ?? null }))).toEqual(
          facts.capinfos.perInterface.map(({ packets, name }) => ({ packets, name })),
        );
        for (const [index, count] of Object.entries(facts.tshark.framesByInterface)) {
          expect(frames.filter((frame) => frame.interfaceIndex === Number(index))).toHaveLength(count);
        }
      } else {
        expect(reader.interfaces.map(({ packets, name }) => [name, packets])).toEqual(sections);
      }
      const { first, last } = facts.capinfos;
      if (first !== null && last !== null) {
        expect(earliestAndLatest(frames)).toEqual([seconds(first), seconds(last)]);
      } else {
        expect(NO_TIMES).toContain(file);
      }
      expect(reader.status).toBe(facts.tshark.stderr.length === 0 ? "ok" : "truncated");
      expect(reader.bytesRead).toBe(reader.size);
    },
  );

  it.each(real.map(({ file }) => file))("%s gives the same from a stream in odd chunks", async (file) => {
    const path = shared("captures", "real", file);
    const direct = await openCapture(path, { name: "-" });
    const wanted = await drain(direct);
    const reader = await openCapture(createReadStream(path, { highWaterMark: 7919 }));
    expect(await drain(reader)).toEqual(wanted);
    expect(summary(reader)).toEqual(summary(direct));
  });

  it("numbers packets behind custom blocks as tshark does", async () => {
    const reader = await openCapture(shared("captures", "real", NO_TIMES[1] ?? ""));
    const numbers = (await drain(reader)).map((frame) => frame.number);
    expect(numbers).toEqual([2, 3, 4, 5, 6, 8, 9, 11]);
  });

  // pcap-parser cannot read pcapng, nanoseconds, the modified form or compressed files (dependencies.md).
  const classic = real.filter(({ facts }) => facts.capinfos.fileType === "pcap");
  it.each(classic.map(({ file }) => file))("%s has the packets that pcap-parser finds", async (file) => {
    const path = shared("captures", "real", file);
    const wanted = await parsedBy(path);
    const frames = await drain(await openCapture(path));
    expect(frames.map((frame) => [frame.time.slice(0, -3), frame.originalLength, frame.hex])).toEqual(wanted);
  });
});

interface ParsedPacket {
  readonly header: {
    readonly timestampSeconds: number;
    readonly timestampMicroseconds: number;
    readonly originalLength: number;
  };
  readonly data: Buffer;
}

/** Reads a classic file with the package pcap-parser, an implementation of its own. */
async function parsedBy(path: string): Promise<unknown[]> {
  const { parse } = createRequire(import.meta.url)("pcap-parser") as {
    parse(stream: Readable): NodeJS.EventEmitter;
  };
  const packets: unknown[] = [];
  const parser = parse(Readable.from([readFileSync(path)]));
  parser.on("packet", ({ header, data }: ParsedPacket) => {
    const fraction = String(header.timestampMicroseconds).padStart(6, "0");
    packets.push([`${header.timestampSeconds}.${fraction}`, header.originalLength, data.toString("hex")]);
  });
  await new Promise((resolve, reject) => {
    parser.on("end", resolve);
    parser.on("error", reject);
  });
  return packets;
}
