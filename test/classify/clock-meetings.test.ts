import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { surveyClocks } from "../../src/classify/clock-survey.ts";
import { clockNotes } from "../../src/classify/clock-text.ts";
import { pcap, pcapng, type CapturedPacket } from "../support/captures.ts";
import { Noise } from "../support/bytes.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { rtp } from "../support/payloads-media.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-meetings-"));
afterAll(() => rmSync(folder, { recursive: true }));

const START = 1_794_300_000;

/** A packet of a call, like no other: the nth. */
function packet(n: number, timeToLive: number): Uint8Array {
  const ends = { source: "10.1.1.5", destination: "52.112.10.20", sourcePort: 50000, destinationPort: 3479 };
  const stream = { payloadType: 104, sequence: n & 0xffff, timestamp: n * 320, ssrc: 77 };
  return ethernetIp(
    {},
    udp({ ...ends, ttl: timeToLive, id: n & 0xffff }, rtp({ ...stream, payload: noise(n) })),
  );
}
function noise(n: number): Uint8Array {
  return new Noise(n + 1).bytes(40);
}

/** Packets `from` up to `to`, one each quarter of a second from START on, by a clock that is off by `offset` seconds. */
function packets(
  from: number,
  to: number,
  timeToLive: number,
  offset: (n: number) => number,
): CapturedPacket[] {
  const made: CapturedPacket[] = [];
  for (let n = from; n < to; n++) {
    const seconds = START + n / 4 + offset(n);
    made.push({ time: BigInt(Math.round(seconds * 1e6)) * 1000n, bytes: packet(n, timeToLive) });
  }
  return made;
}

async function survey(files: Readonly<Record<string, Uint8Array>>) {
  const inputs = Object.entries(files).map(([name, bytes]) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return { name, path, source: path };
  });
  return await surveyClocks(inputs);
}

describe("a capture that begins hours after another one", () => {
  const long = packets(0, 70_000, 64, () => 0);
  it.each([
    ["pcap", pcap],
    ["pcapng", (made: readonly CapturedPacket[]) => pcapng(made, [{ name: "tap" }])],
  ])("is compared where it begins, %s", async (_name, write) => {
    const late = write(packets(60_000, 64_000, 63, () => -420.5));
    const { clocks } = await survey({ "a.cap": write(long), "b.cap": late });
    expect(clocks[1]).toMatchObject({ reference: "a.cap", exact: true });
    expect((clocks[1]?.offsetNs ?? 0) / 1e9).toBeCloseTo(420.5, 3);
  });

  it("is left alone when its clock agrees", async () => {
    const { clocks } = await survey({
      "a.cap": pcap(long),
      "b.cap": pcap(packets(60_000, 64_000, 63, () => 0)),
    });
    expect(clocks[1]).toMatchObject({ reference: "a.cap", offsetNs: 0 });
  });
});

describe("a clock that runs off", () => {
  /** 50 millionths too fast. */
  const fast = (n: number): number => 2 + (n / 4) * 50e-6;

  it.each([
    ["in short captures", 6_000, 60],
    ["in long ones, of which beginning and end are compared", 75_000, 1],
  ])("is followed %s", async (_name, count, sparse) => {
    const stretched = (n: number): number => fast(n * sparse) + (n / 4) * (sparse - 1);
    const truth = (n: number): number => (n / 4) * (sparse - 1);
    const { clocks } = await survey({
      "a.cap": pcap(packets(0, count, 64, truth)),
      "b.cap": pcap(packets(0, count, 63, stretched)),
    });
    const line = clocks[1]?.line;
    for (const n of [0, Math.floor(count / 2), count - 1]) {
      const own = START + n / 4 + stretched(n);
      expect(Math.abs((line?.at(own) ?? 0) / 1e9 + fast(n * sparse))).toBeLessThan(0.03);
    }
    expect(clocks[1]?.found?.drift?.length).toBeGreaterThan(1);
    expect(clockNotes({ clocks } as never)[0]).toMatch(
      /b\.cap is 2\.\d+ s ahead of a\.cap at first and \d\.\d+ s ahead of it in the end/,
    );
  });
});
