import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { siteFromText } from "../../src/site/load.ts";
import { Noise } from "../support/bytes.ts";
import { type CapturedPacket, pcap } from "../support/captures.ts";
import { at, milliseconds } from "../support/conversation.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { rtp } from "../support/payloads-media.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { classifyFiles } from "./classify-files.ts";

const START = at("2026-03-10T12:00:00Z");
const CLIENT = { source: "10.1.1.1", sourcePort: 50_010, destination: "52.112.0.11", destinationPort: 3479 };
const SERVER = { source: "52.112.0.11", sourcePort: 3479, destination: "10.1.1.1", destinationPort: 50_010 };
const SITE = siteFromText(
  `version: 1
paths:
  - { name: er, kind: expressroute, vlans: ["100"] }
  - { name: isp, kind: internet, vlans: ["200"] }
`,
  "site.yaml",
);
/** More than there is room for changes of a direction's path. */
const MANY = 1500;

/** Media both ways past one tap; `linkOf` says the VLAN of each packet. */
async function media(count: number, linkOf: (n: number, out: boolean) => 100 | 200): Promise<object> {
  const noise = new Noise(3);
  const packets: CapturedPacket[] = [];
  for (let n = 0; n < count; n++) {
    for (const out of [true, false]) {
      const content = rtp({
        payloadType: 0,
        sequence: n,
        timestamp: 160 * n,
        ssrc: out ? 1 : 2,
        payload: noise.bytes(40),
      });
      const bytes = ethernetIp({ vlans: [linkOf(n, out)] }, udp(out ? CLIENT : SERVER, content));
      packets.push({ time: START + milliseconds(20 * n + (out ? 0 : 7)), bytes });
    }
  }
  const path = join(temporaryFolder(), "trunk.pcap");
  writeFileSync(path, pcap(packets));
  const { rows } = await classifyFiles([path], SITE);
  expect(rows).toHaveLength(1);
  const [row] = rows;
  return { out: row?.path_out, back: row?.path_back, symmetry: row?.symmetry };
}

it.each([300, 302, MANY, MANY + 2])(
  "of a direction that goes to and fro the end counts, however often it did: %d packets",
  async (count) => {
    const found = await media(count, (n, out) => (out && n % 2 === 0 ? 100 : 200));
    expect(found).toEqual({ out: "mixed", back: "internet", symmetry: "symmetric" });
  },
);

it.each([1000, 1060])(
  "a route that flaps and takes both directions along is symmetric: %d packets",
  async (count) => {
    const found = await media(count, (n) => (Math.floor(n / 50) % 2 === 0 ? 100 : 200));
    expect(found).toMatchObject({ out: "mixed", back: "mixed", symmetry: "symmetric" });
  },
);
