import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { classifyFiles } from "../classify/classify-files.ts";
import { Noise } from "../support/bytes.ts";
import { at, milliseconds, type Tap, Tape, UdpConversation } from "../support/conversation.ts";
import { rtp } from "../support/payloads-media.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** A flow that moves to another path, which translates its source address as the first one did not, or otherwise did. */

const START = at("2026-11-10T09:00:00Z");
const folder = temporaryFolder();
type Place = Omit<Tap, "tape">;
const inside = (vlan?: number): Place => (vlan === undefined ? {} : { vlans: [vlan] });
const outside = (pool: string, vlan: number, laterMs = 1): Place => ({
  vlans: [vlan],
  laterMs,
  nat: { address: pool, port: 30123 },
});

test.each([
  [
    "a path without source NAT, then one with it",
    ["100"],
    [inside(), { ...inside(100), laterMs: 1 }],
    [inside(), outside("203.0.113.70", 200)],
  ],
  [
    "VLANs on both sides of source NAT, from one pool to the other",
    ["100", "110"],
    [inside(110), outside("203.0.113.5", 100)],
    [inside(210), outside("203.0.113.70", 200)],
  ],
  [
    "VLANs on both sides of source NAT, one pool",
    ["100", "110"],
    [inside(110), outside("203.0.113.5", 100)],
    [inside(210), outside("203.0.113.5", 200)],
  ],
])("%s: the flow moved", async (name, vlans, first, then) => {
  const packets = new Tape();
  const on = (places: readonly Place[]): Tap[] => places.map((place) => ({ ...place, tape: packets }));
  const media = new UdpConversation({
    client: { address: "198.51.100.10", port: 50123 },
    server: { address: "52.112.10.20", port: 3479 },
    start: START,
    forward: on(first),
    backward: on(first),
  });
  const noise = new Noise(3);
  for (let i = 0; i < 200; i++) {
    if (i === 100) media.forward = media.backward = on(then);
    const stream = { payloadType: 104, sequence: i, timestamp: i * 320 };
    media
      .until(START + milliseconds(20 * i))
      .send("client", rtp({ ...stream, ssrc: 77, payload: noise.bytes(60) }));
    media
      .until(START + milliseconds(20 * i + 5))
      .send("server", rtp({ ...stream, ssrc: 78, payload: noise.bytes(60) }));
  }
  const [capture, site] = [join(folder, `${name.length}.pcap`), join(folder, "site.yaml")];
  writeFileSync(capture, packets.pcap());
  writeFileSync(
    site,
    `version: 1
internal: [198.51.100.0/24]
paths:
  - { name: er, kind: expressroute, vlans: ${JSON.stringify(vlans)}, nat: [203.0.113.0/28] }
  - { name: isp, kind: internet, vlans: ["200", "210"], nat: [203.0.113.64/28] }
`,
  );
  const { rows } = await classifyFiles([capture], site);
  expect(rows).toMatchObject([
    {
      client_ip: "198.51.100.10",
      path_out: "mixed",
      path_back: "mixed",
      symmetry: "symmetric",
      verdict: "mixed",
    },
  ]);
  expect(rows[0]?.join_basis).toBe("rtp-ssrc");
  expect(rows[0]?.path_changes).toHaveLength(1);
});
