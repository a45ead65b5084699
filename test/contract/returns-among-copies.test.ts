import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { classifyFiles } from "../classify/classify-files.ts";
import { Noise } from "../support/bytes.ts";
import { at, milliseconds, type Tap, Tape, UdpConversation } from "../support/conversation.ts";
import { rtp } from "../support/payloads-media.ts";
import { temporaryFolder } from "../support/temporary.ts";

/**
 * A point inside shows by the next hop what goes to the Internet and nothing of the rest, which a tap on ExpressRoute has: the
 * way out goes there, to the Internet, and comes back.
 */

const START = at("2026-11-10T09:00:00Z");
const ISP_GATEWAY = "00:00:5e:00:53:77";
const folder = temporaryFolder();

async function rowOf(away: (packet: number) => boolean, ofErTap: Partial<Tap>, insideMs: number) {
  const tape = new Tape();
  const er: Tap = { tape, vlans: [100], laterMs: 1, ...ofErTap };
  const inside: Tap = { tape, laterMs: insideMs };
  const media = new UdpConversation({
    client: { address: "10.1.1.5", port: 50123 },
    server: { address: "52.112.10.20", port: 3479 },
    start: START,
    forward: [],
    backward: [inside, er],
  });
  const noise = new Noise(3);
  for (let i = 0; i < 400; i++) {
    media.forward = away(i) ? [{ ...inside, destination: ISP_GATEWAY }] : [inside, er];
    for (const [side, ms, ssrc] of [
      ["client", 0, 77],
      ["server", 5, 78],
    ] as const)
      media
        .until(START + milliseconds(20 * i + ms))
        .send(
          side,
          rtp({ payloadType: 104, sequence: i, timestamp: i * 320, ssrc, payload: noise.bytes(60) }),
        );
  }
  const [capture, site] = [join(folder, "a.pcap"), join(folder, "site.yaml")];
  writeFileSync(capture, tape.pcap());
  writeFileSync(
    site,
    `version: 1
paths:
  - { name: er, kind: expressroute, vlans: ["100"] }
  - { name: isp, kind: internet, next-hops: ["${ISP_GATEWAY}"] }
`,
  );
  const { rows } = await classifyFiles([capture], site);
  expect(rows).toHaveLength(1);
  return rows[0];
}

const NAT: Partial<Tap> = { nat: { address: "203.0.113.5", port: 30123 } };

test.each([
  ["without source NAT, the point inside first", {}, 0],
  ["without source NAT, the point inside last", {}, 2],
  ["across source NAT", NAT, 0],
])("is seen to come back: %s", async (_name, ofErTap, insideMs) => {
  const row = await rowOf((packet) => packet >= 100 && packet < 200, ofErTap, insideMs);
  expect(row).toMatchObject({ path_out: "mixed", path_back: "expressroute", symmetry: "symmetric" });
  expect(row?.path_changes).toHaveLength(2);
  expect(row?.asymmetric_s).toBeCloseTo(2, 1);
});

test.each([
  ["without source NAT", {}],
  ["across source NAT", NAT],
])("is not seen to come back where it does not: %s", async (_name, ofErTap) => {
  const row = await rowOf((packet) => packet >= 100, ofErTap, 0);
  expect(row).toMatchObject({ path_out: "mixed", path_back: "expressroute", symmetry: "asymmetric" });
  expect(row?.path_changes).toHaveLength(1);
});
