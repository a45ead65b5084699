import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { siteFromText } from "../../src/site/load.ts";
import { concat, Noise, u16 } from "../support/bytes.ts";
import { type CapturedPacket, pcap } from "../support/captures.ts";
import { at, milliseconds } from "../support/conversation.ts";
import { ethernetIp, ip, udp } from "../support/packets.ts";
import { rtp } from "../support/payloads-media.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { classifyFiles } from "./classify-files.ts";

const START = at("2026-03-10T12:00:00Z");
const SITE = siteFromText(
  `version: 1
paths:
  - { name: er, kind: expressroute, files: ["er*"] }
  - { name: isp, kind: internet, files: ["isp*"] }
`,
  "site.yaml",
);
const COUNT = 100;
const CUT = 160;

/** A packet of media. */
function inner(n: number, content: Uint8Array): Uint8Array {
  const ends = { source: "10.1.1.1", destination: "52.112.0.11", sourcePort: 50_010, destinationPort: 3479 };
  return udp({ ...ends, id: n + 1 }, content);
}

/** The same in a GRE tunnel whose outer packet comes in two fragments. */
function fragments(n: number, content: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const gre = concat(u16(0), u16(0x0800), inner(n, content));
  const outer = { source: "192.0.2.1", destination: "192.0.2.9", protocol: 47, id: 5000 + n };
  return [
    ethernetIp({}, ip({ ...outer, fragment: 0x2000 }, gre.subarray(0, CUT))),
    ethernetIp({}, ip({ ...outer, fragment: CUT / 8 }, gre.subarray(CUT))),
  ];
}

const CONTENTS = contentsOf(new Noise(1));

function contentsOf(noise: Noise): Uint8Array[] {
  return Array.from({ length: COUNT }, (_, n) =>
    rtp({ payloadType: 0, sequence: n, timestamp: 160 * n, ssrc: 1, payload: noise.bytes(240) }),
  );
}

/** The row of media past taps; each sees the fragments of a packet in some order, 0.3 ms later than the tap before it. */
async function seenBy(taps: Readonly<Record<string, (n: number) => readonly (0 | 1)[]>>): Promise<object> {
  const folder = temporaryFolder();
  const paths = Object.entries(taps).map(([name, orderOf], i) => {
    const packets = CONTENTS.flatMap((content, n): CapturedPacket[] =>
      orderOf(n).map((part, j) => ({
        time: START + milliseconds(20 * n + 0.3 * i + 0.05 * j),
        bytes: fragments(n, content)[part],
      })),
    );
    const path = join(folder, `${name}.pcap`);
    writeFileSync(path, pcap(packets));
    return path;
  });
  const { rows } = await classifyFiles(paths, SITE);
  expect(rows).toHaveLength(1);
  const [row] = rows;
  return { packets: row?.packets_out, path: row?.path_out };
}

const both = (): readonly (0 | 1)[] => [0, 1];
const turned = (): readonly (0 | 1)[] => [1, 0];

it.each([
  ["that saw all of it after a point inside", { inside: both, er: both }, "expressroute"],
  ["that saw it in another order", { inside: both, er: turned }, "expressroute"],
  ["that saw it before a point inside", { er: both, inside: both }, "expressroute"],
  [
    "that took it over from another",
    { inside: both, er: (n: number) => (n < 50 ? both() : []), isp: (n: number) => (n < 50 ? [] : both()) },
    "mixed",
  ],
  ["that saw it twice", { er: (): readonly (0 | 1)[] => [0, 0, 1, 1] }, "expressroute"],
])("a tunnel whose outer packets come in fragments has the path of a link %s", async (_name, taps, path) => {
  expect(await seenBy(taps)).toEqual({ packets: COUNT, path });
});

it("such packets that two links show are on neither", async () => {
  expect(await seenBy({ er: both, isp: both })).toEqual({ packets: COUNT, path: "unknown" });
});

/** The row of a capture with these packets for each one of the media. */
async function rowOf(
  packetsOf: (n: number, content: Uint8Array) => readonly CapturedPacket[],
): Promise<object> {
  const path = join(temporaryFolder(), "er.pcap");
  writeFileSync(path, pcap(CONTENTS.flatMap((content, n) => packetsOf(n, content))));
  const { rows } = await classifyFiles([path], SITE);
  expect(rows).toHaveLength(1);
  const [row] = rows;
  return { packets: row?.packets_out, bytes: row?.bytes_out, application: row?.application };
}

const time = (n: number, ms: number): bigint => START + milliseconds(20 * n + ms);
const whole = { packets: COUNT, bytes: COUNT * (20 + 8 + 12 + 240), application: "rtp" };

it("such packets count, with all their bytes, where the snap length cut their first fragments", async () => {
  const row = await rowOf((n, content) =>
    fragments(n, content).map((bytes, i) => ({
      time: time(n, 0.05 * i),
      bytes: bytes.subarray(0, 96),
      originalLength: bytes.length,
    })),
  );
  expect(row).toEqual(whole);
});

it("such packets count once where they were captured before the tunnel, too, as on all interfaces of a router", async () => {
  const row = await rowOf((n, content) => [
    { time: time(n, 0), bytes: ethernetIp({}, inner(n, content)) },
    ...fragments(n, content).map((bytes, i) => ({ time: time(n, 0.1 + 0.05 * i), bytes })),
  ]);
  expect(row).toEqual(whole);
});
