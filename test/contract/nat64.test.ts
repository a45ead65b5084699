import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { FlowRow } from "../../src/classify/row.ts";
import { siteFromText } from "../../src/site/load.ts";
import { classifyFiles } from "../classify/classify-files.ts";
import { Noise } from "../support/bytes.ts";
import { type CapturedPacket, pcap } from "../support/captures.ts";
import { at, milliseconds } from "../support/conversation.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { iceAnswer, iceCheck, rtp } from "../support/payloads-media.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** Hosts of an IPv6-only network reach Office 365's IPv4 by NAT64: what is behind the address counts, on both sides of it. */

const START = at("2026-11-10T09:00:00Z");
const SITE = `version: 1
internal: ["2001:db8:5::/48", 10.0.0.0/8]
servers: { edge: [203.0.113.200] }
paths:
  - { name: er, kind: expressroute, vlans: ["100"], nat: [203.0.113.0/28] }
  - { name: isp, kind: internet, vlans: ["200"] }
`;
const INSIDE = ["2001:db8:5::10", 50_004] as const;
const OUTSIDE = ["203.0.113.5", 61_000] as const;
const folder = temporaryFolder();

type Ends = readonly [client: readonly [string, number], server: string];

/** Checks and audio between two ends, as one tap sees them. */
function tap(name: string, [client, address]: Ends, vlans: readonly number[] = []): string {
  const server = [address, 3479] as const;
  const packets: CapturedPacket[] = [];
  const noise = new Noise(3);
  const add = (ms: number, from: readonly [string, number], to: typeof from, payload: Uint8Array): void => {
    const ends = { source: from[0], sourcePort: from[1], destination: to[0], destinationPort: to[1] };
    packets.push({ time: START + milliseconds(ms), bytes: ethernetIp({ vlans }, udp(ends, payload)) });
  };
  const transaction = noise.bytes(12);
  add(0, client, server, iceCheck({ transaction, username: "abcd:efgh", noise }));
  add(20, server, client, iceAnswer({ transaction, mapped: OUTSIDE, noise }));
  for (let i = 0; i < 200; i++)
    for (const [from, to, ssrc] of [
      [client, server, 0x7b000001],
      [server, client, 0x7b000002],
    ] as const)
      add(
        100 + 20 * i,
        from,
        to,
        rtp({ payloadType: 111, sequence: i, timestamp: 960 * i, ssrc, payload: noise.bytes(60) }),
      );
  const path = join(folder, `${name}.pcap`);
  writeFileSync(path, pcap(packets));
  return path;
}

async function rowsOf(...paths: string[]): Promise<readonly FlowRow[]> {
  return (await classifyFiles(paths, siteFromText(SITE, "site.yaml"))).rows;
}

it("a flow of an IPv6-only client is matched by the address behind NAT64", async () => {
  expect(await rowsOf(tap("inside", [INSIDE, "64:ff9b::3470:a14"]))).toMatchObject([
    {
      ip_version: 6,
      server_ip: "64:ff9b::3470:a14",
      server_zone: "microsoft",
      matched_prefix: "52.112.0.0/14",
      service_area: "Skype",
      er_eligible: true,
      match_conflict: undefined,
      nat_ip: "203.0.113.5",
      path_out: "expressroute",
      path_out_basis: ["mapped-address"],
      path_back: "unknown",
      expected_path: "expressroute",
      verdict: "unproven",
      reason: expect.stringContaining("by NAT64 to 52.112.10.20") as unknown,
    },
  ]);
});

it("the two sides of NAT64 are one row with the inside addresses", async () => {
  const rows = await rowsOf(
    tap("in", [INSIDE, "64:ff9b::3470:a14"]),
    tap("out", [OUTSIDE, "52.112.10.20"], [100]),
  );
  expect(rows).toMatchObject([
    {
      client_ip: "2001:db8:5::10",
      server_ip: "64:ff9b::3470:a14",
      nat_ip: "203.0.113.5",
      packets_out: 201,
      path_out: "expressroute",
      path_back: "expressroute",
      symmetry: "symmetric",
      verdict: "ok",
      join_basis: "rtp-ssrc;stun-transaction",
    },
  ]);
});

it.each([
  ["a declared server's public address", "64:ff9b::203.0.113.200", "on-premises-server"],
  ["an address outside", "64:ff9b::198.51.100.9", "internet"],
  // RFC 6052, section 3.1: it stands for no address that is not global.
  ["a private address", "64:ff9b::10.1.1.1", "internet"],
  ["a prefix that is not NAT64's well-known one", "64:ff9b:1::3470:a14", "internet"],
])("%s behind NAT64 has the zone that it has otherwise: %s", async (_, server, zone) => {
  const [row] = await rowsOf(tap("other", [INSIDE, hexOf(server)]));
  expect(row).toMatchObject({ server_zone: zone, matched_prefix: undefined });
});

/** The builder of packets takes no dotted quads in IPv6. */
function hexOf(text: string): string {
  return text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
}
