import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type CapturedPacket, pcapng } from "../support/captures.ts";
import { at, milliseconds } from "../support/conversation.ts";
import { Noise } from "../support/bytes.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { rtp } from "../support/payloads-media.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { classifyFiles } from "./classify-files.ts";

const START = at("2026-03-10T12:00:00Z");
const [LAN, ER, ISP] = [0, 1, 2];
const CLIENT = { source: "2001:db8:1::43", sourcePort: 50_010 };
const SERVER = { destination: "2603:1063::11", destinationPort: 3479 };

/** Media out of which packet `n` is seen in these interfaces, in the order in which they wrote it. */
async function media(count: number, seenIn: (n: number) => readonly number[]): Promise<object | undefined> {
  const noise = new Noise(7);
  const packets: CapturedPacket[] = [];
  for (let n = 0; n < count; n++) {
    const content = rtp({
      payloadType: 0,
      sequence: n,
      timestamp: 160 * n,
      ssrc: 0x1234_5678,
      payload: noise.bytes(160),
    });
    const bytes = ethernetIp({}, udp({ ...CLIENT, ...SERVER }, content));
    seenIn(n).forEach((place, i) => {
      packets.push({ time: START + milliseconds(20 * n) + BigInt(i), bytes, interface: place });
    });
  }
  const folder = temporaryFolder();
  const capture = join(folder, "firewall.pcapng");
  writeFileSync(capture, pcapng(packets, [{ name: "lan0" }, { name: "er0" }, { name: "isp0" }]));
  const site = join(folder, "site.yaml");
  writeFileSync(
    site,
    `version: 1
internal: ["2001:db8:1::/64"]
paths:
  - { name: lan, kind: local, interfaces: [lan0] }
  - { name: er, kind: expressroute, interfaces: [er0] }
  - { name: isp, kind: internet, interfaces: [isp0] }
`,
  );
  const { rows } = await classifyFiles([capture], site);
  expect(rows).toHaveLength(1);
  const [row] = rows;
  return row && { path: row.path_out, packets: row.packets_out, reason: row.reason.split(", back")[0] };
}

const reason = (packets: string): string => `out ${packets}`;

it("a direction moved where a point inside saw half of its packets first, and copies of the others", async () => {
  const found = await media(100, (n) => {
    const link = n < 60 ? ER : ISP;
    return n % 2 === 0 ? [LAN, link] : [link, LAN];
  });
  const [er, isp] = [
    "expressroute: interface er0, 60 packets from #2",
    "internet: interface isp0, 40 packets from #122",
  ];
  expect(found).toEqual({ path: "mixed", packets: 100, reason: reason(`mixed (${er}, and ${isp})`) });
});

it("packets of the first point are all counted where another one had most of them first", async () => {
  const found = await media(100, (n) => (n === 0 ? [ER, LAN] : [LAN, ER]));
  const er = "interface er0, 100 packets from #1";
  expect(found).toEqual({ path: "expressroute", packets: 100, reason: reason(`expressroute (${er})`) });
});

it("a direction that two links show at once is on neither, whichever point saw its first packet first", async () => {
  expect(await media(100, (n) => (n === 0 ? [LAN, ER, ISP] : [ER, LAN, ISP]))).toMatchObject({
    path: "unknown",
  });
  expect(await media(100, (n) => (n === 0 ? [ER, LAN, ISP] : [LAN, ISP, ER]))).toMatchObject({
    path: "unknown",
  });
});
