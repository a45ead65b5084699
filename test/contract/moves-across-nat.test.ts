import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { classifyFiles } from "../classify/classify-files.ts";
import { Noise } from "../support/bytes.ts";
import { at, milliseconds, type Tap, Tape, UdpConversation } from "../support/conversation.ts";
import { rtp } from "../support/payloads-media.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { sendAudio } from "./steady-audio.ts";

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
    sendAudio(media, START, i, noise);
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

/** Media whose packets were captured outside source NAT alone, each path with a pool of its own. */
async function outsideOnly(
  count: number,
  outOnIsp: (packet: number) => boolean,
  backOnIsp: (packet: number) => boolean = outOnIsp,
) {
  const packets = new Tape();
  const er: Tap = { ...outside("203.0.113.5", 100), tape: packets };
  const isp: Tap = { ...outside("203.0.113.70", 200), tape: packets };
  const media = new UdpConversation({
    client: { address: "10.1.1.5", port: 50123 },
    server: { address: "52.112.10.20", port: 3479 },
    start: START,
    forward: [er],
    backward: [er],
  });
  const noise = new Noise(3);
  for (let i = 0; i < count; i++) {
    const out = outOnIsp(i) ? isp : er;
    media.forward = [out];
    media.backward = [{ ...out, vlans: [backOnIsp(i) ? 200 : 100] }];
    sendAudio(media, START, i, noise, 65_500 + i);
  }
  const [capture, site] = [join(folder, "outside.pcap"), join(folder, "outside.yaml")];
  writeFileSync(capture, packets.pcap());
  writeFileSync(
    site,
    `version: 1
paths:
  - { name: er, kind: expressroute, vlans: ["100"], nat: [203.0.113.0/28] }
  - { name: isp, kind: internet, vlans: ["200"], nat: [203.0.113.64/28] }
`,
  );
  return (await classifyFiles([capture], site)).rows;
}

test.each([
  ["after a fifth of a second", 100, (packet: number) => packet >= 11],
  ["in the middle of two seconds", 100, (packet: number) => packet >= 50],
  ["in the middle of one second", 50, (packet: number) => packet >= 25],
  ["and back", 200, (packet: number) => packet >= 50 && packet < 120],
])("captured outside source NAT alone, a flow moved from pool to pool %s", async (_name, count, onIsp) => {
  const rows = await outsideOnly(count, onIsp);
  expect(rows).toMatchObject([
    {
      path_out: "mixed",
      path_back: "mixed",
      join_basis: "rtp-ssrc",
      reason: expect.not.stringContaining("contradict"),
    },
  ]);
});

test("and its directions differed from the first packet on, not from the first of the pool with most packets", async () => {
  const rows = await outsideOnly(
    200,
    (packet) => packet >= 70,
    () => true,
  );
  expect(rows).toMatchObject([{ path_out: "mixed", path_back: "internet", symmetry: "symmetric" }]);
  expect(rows[0]?.asymmetric_s).toBeCloseTo(1.395, 2);
});

test("and its return to the first pool is a change, which its answers may not have made", async () => {
  const away = (packet: number): boolean => packet >= 50 && packet < 120;
  const [both] = await outsideOnly(200, away);
  expect(both).toMatchObject({ symmetry: "symmetric", path_out: "mixed", path_back: "mixed" });
  expect(both?.path_changes).toHaveLength(2);
  const [one] = await outsideOnly(200, away, (packet) => packet >= 50);
  expect(one).toMatchObject({ symmetry: "asymmetric", verdict: "asymmetric" });
  expect(one?.asymmetric_s).toBeCloseTo(1.6, 1);
});

test("by the numbers of RTP it moved also where the clock of the second tap is slow and the times of both overlap", async () => {
  const [er, isp] = [new Tape(), new Tape()];
  const noise = new Noise(3);
  for (let i = 0; i < 200; i++) {
    const tap: Tap =
      i < 170
        ? { ...outside("203.0.113.5", 100), tape: er }
        : { ...outside("203.0.113.70", 200), tape: isp, laterMs: -2000 };
    const media = new UdpConversation({
      client: { address: "10.1.1.5", port: 50123 },
      server: { address: "52.112.10.20", port: 3479 },
      start: START + milliseconds(20 * i),
      forward: [tap],
      backward: [tap],
    });
    const stream = { payloadType: 104, sequence: i, timestamp: i * 320 };
    media.send("client", rtp({ ...stream, ssrc: 77, payload: noise.bytes(60) }));
    media
      .until(START + milliseconds(20 * i + 5))
      .send("server", rtp({ ...stream, ssrc: 78, payload: noise.bytes(60) }));
  }
  const captures = Object.entries({ er, isp }).map(([name, tape]) => {
    const path = join(folder, `slow-${name}.pcap`);
    writeFileSync(path, tape.pcap());
    return path;
  });
  const { rows } = await classifyFiles(captures, join(folder, "outside.yaml"));
  expect(rows).toMatchObject([{ path_out: "mixed", path_back: "mixed", join_basis: "rtp-ssrc" }]);
});

test("and does not come back because a point inside sees the last answers later than the tap outside", async () => {
  const tape = new Tape();
  const lan: Tap = { tape };
  const er: Tap = { tape, vlans: [100], laterMs: 1 };
  const isp: Tap = { ...outside("203.0.113.70", 200), tape };
  const media = new UdpConversation({
    client: { address: "198.51.100.10", port: 50123 },
    server: { address: "52.112.10.20", port: 3479 },
    start: START,
    forward: [],
    backward: [],
  });
  const noise = new Noise(3);
  for (let i = 0; i < 200; i++) {
    const uplink = i < 100 ? er : isp;
    media.forward = [lan, uplink];
    media.backward = [
      { ...uplink, laterMs: 0 },
      { ...lan, laterMs: 1 },
    ];
    sendAudio(media, START, i, noise);
  }
  const [capture, site] = [join(folder, "isp-only.pcap"), join(folder, "isp-only.yaml")];
  writeFileSync(capture, tape.pcap());
  writeFileSync(
    site,
    `version: 1
internal: [198.51.100.0/24]
paths:
  - { name: er, kind: expressroute, vlans: ["100"] }
  - { name: isp, kind: internet, vlans: ["200"], nat: [203.0.113.64/28] }
`,
  );
  const { rows } = await classifyFiles([capture], site);
  expect(rows).toMatchObject([{ path_out: "mixed", path_back: "mixed", symmetry: "symmetric" }]);
  expect(rows[0]?.path_changes).toHaveLength(1);
});
