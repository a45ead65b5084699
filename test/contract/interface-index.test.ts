import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { siteFromText } from "../../src/site/load.ts";
import { classifyFiles } from "../classify/classify-files.ts";
import { bgpOpen } from "../support/bgp.ts";
import { concat, hex, Noise, u16, u32, u8 } from "../support/bytes.ts";
import { type CapturedPacket, pcap } from "../support/captures.ts";
import { at, milliseconds } from "../support/conversation.ts";
import { tcp, TCP_ACK, TCP_PSH, udp } from "../support/packets.ts";
import { rtp } from "../support/payloads-media.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** A Linux router with two uplinks that captures "any": only the kernel's index tells which way packets went out. */

const START = at("2026-11-10T09:00:00Z");
const [LAN, FIRST] = [2, 4];
/** The first index that is not kept. */
const TOO_HIGH = 1 << 18;
const US = { source: "10.1.1.5", destination: "52.112.10.20", sourcePort: 50_010, destinationPort: 3479 };
const THEM = { source: US.destination, destination: US.source, sourcePort: 3479, destinationPort: 50_010 };
const folder = temporaryFolder();

// LINKTYPE_LINUX_SLL2 as the tcpdump group describes it; type 0 came in, 4 went out.
function cooked(index: number, type: 0 | 4, packet: Uint8Array): Uint8Array {
  const sender = concat(hex("02 00 00 00"), u8(type, index & 0xff), hex("00 00"));
  return concat(u16(0x0800), u16(0), u32(index), u16(1), u8(type, 6), sender, packet);
}

function write(name: string, frames: readonly CapturedPacket[]): string {
  const path = join(folder, name);
  writeFileSync(path, pcap(frames, { linkType: 276 }));
  return path;
}

/** Forwarded from one interface to another. */
function forwarded(ms: number, from: number, to: number, packet: Uint8Array): CapturedPacket[] {
  return [
    { time: START + milliseconds(ms), bytes: cooked(from, 0, packet) },
    { time: START + milliseconds(ms) + 40n, bytes: cooked(to, 4, packet) },
  ];
}

function media(out: number, back: number): CapturedPacket[] {
  const noise = new Noise(5);
  const stream = (n: number, ssrc: number): Uint8Array =>
    rtp({ payloadType: 104, sequence: n, timestamp: 320 * n, ssrc, payload: noise.bytes(90) });
  return Array.from({ length: 200 }, (_, n) => [
    ...forwarded(20 * n, LAN, out, udp(US, stream(n, 0x71))),
    ...forwarded(20 * n + 7, back, LAN, udp(THEM, stream(n, 0x72))),
  ]).flat();
}

const site = (first: string, second: string): ReturnType<typeof siteFromText> =>
  siteFromText(
    `version: 1
paths:
  - { name: er, kind: expressroute, interfaces: ["${first}"] }
  - { name: isp, kind: internet, interfaces: ["${second}"] }
`,
    "site.yaml",
  );

describe("the index of an interface, in a capture of all of a host's", () => {
  it.each([
    [FIRST, FIRST, "symmetric", "expressroute", "expressroute"],
    [FIRST, 5, "asymmetric", "expressroute", "internet"],
    [5, FIRST, "asymmetric", "internet", "expressroute"],
    [5, 5, "symmetric", "internet", "internet"],
    [6, 5, "unknown", "unknown", "internet"],
  ])("is a marker: out by %i, back by %i", async (out, back, symmetry, pathOut, pathBack) => {
    const path = write(`media-${out}-${back}.pcap`, media(out, back));
    const { rows } = await classifyFiles([path], site("ifindex-4", "ifindex-5"));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ symmetry, path_out: pathOut, path_back: pathBack, packets_out: 200 });
    if (pathOut !== "unknown") expect(rows[0]?.path_out_basis).toEqual(["interface"]);
  });

  it("is not told beyond what can be kept, and then nothing is claimed", async () => {
    const highest = write("highest.pcap", media(FIRST, TOO_HIGH - 1));
    const known = await classifyFiles([highest], site("ifindex-4", `ifindex-${TOO_HIGH - 1}`));
    expect(known.rows[0]).toMatchObject({ path_out: "expressroute", path_back: "internet" });
    const path = write("high.pcap", media(FIRST, TOO_HIGH));
    const { rows } = await classifyFiles([path], site("ifindex-4", `ifindex-${TOO_HIGH}`));
    expect(rows[0]).toMatchObject({ path_out: "expressroute", path_back: "unknown" });
  });

  it("is what a BGP session marks, and not the whole capture", async () => {
    const bgp = {
      source: "203.0.113.1",
      destination: "203.0.113.2",
      sourcePort: 40_000,
      destinationPort: 179,
    };
    const back = {
      source: bgp.destination,
      destination: bgp.source,
      sourcePort: 179,
      destinationPort: 40_000,
    };
    const open = (as: number): Uint8Array => bgpOpen({ as });
    const flags = TCP_ACK | TCP_PSH;
    const ours = tcp({ ...bgp, sequence: 1, acknowledgement: 1, flags }, open(65_010));
    const theirs = tcp({ ...back, sequence: 1, acknowledgement: 1, flags }, open(12_076));
    const session = [
      { time: START - milliseconds(20), bytes: cooked(FIRST, 4, ours) },
      { time: START - milliseconds(10), bytes: cooked(FIRST, 0, theirs) },
    ];
    const path = write("bgp.pcap", [...session, ...media(FIRST, 5)]);
    const { rows } = await classifyFiles([path], undefined);
    const row = rows.find((each) => each.transport === "udp");
    expect(row).toMatchObject({ path_out: "expressroute", path_back: "unknown" });
    expect(row?.path_out_basis).toEqual(["bgp-session"]);
  });
});
