import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { classifyFiles } from "../classify/classify-files.ts";
import { Noise } from "../support/bytes.ts";
import { at, milliseconds, type Tap, Tape, UdpConversation } from "../support/conversation.ts";
import { rtp } from "../support/payloads-media.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** Several capture points saw each packet, and a marker of another kind shows where the flow went later. */

const START = at("2026-11-10T09:00:00Z");
const PACKETS = 400;
const MOVED_AT = 300;
const NAMES = ["lan", "lan-2", "er", "isp"];
const [LAN, LAN_2, ER, ISP] = [0, 1, 2, 3];
const ROUTER = "00:00:5e:00:53:77";
const folder = temporaryFolder();

/** VLAN 100 is ExpressRoute, and so is the interface "er", of another circuit where one is named. */
function site(local: readonly string[], circuits: readonly [string, string] = ["", ""]): string {
  const path = join(folder, `site-${circuits.join("")}-${local.join("")}.yaml`);
  const circuit = (name: string): string => (name === "" ? "" : `circuit: ${name}, `);
  writeFileSync(
    path,
    `version: 1
paths:
  - { name: er-a, kind: expressroute, ${circuit(circuits[0])}vlans: ["100"], next-hops: ["${ROUTER}"] }
  - { name: er-b, kind: expressroute, ${circuit(circuits[1])}interfaces: ["er"] }
  - { name: isp, kind: internet, interfaces: ["isp"] }
  - { name: inside, kind: local, interfaces: [${local.join(", ")}] }
`,
  );
  return path;
}

async function rowOf(first: readonly Tap[], then: readonly Tap[], back: readonly Tap[], siteFile: string) {
  const media = new UdpConversation({
    client: { address: "10.1.1.5", port: 50123 },
    server: { address: "52.112.10.20", port: 3479 },
    start: START,
    forward: first,
    backward: back,
  });
  const noise = new Noise(3);
  for (let i = 0; i < PACKETS; i++) {
    if (i === MOVED_AT) media.forward = then;
    const stream = { payloadType: 104, sequence: i, timestamp: i * 320, ssrc: 77 };
    for (const [side, ms] of [
      ["client", 0],
      ["server", 5],
    ] as const)
      media.until(START + milliseconds(20 * i + ms)).send(side, rtp({ ...stream, payload: noise.bytes(60) }));
  }
  const path = join(folder, "a.pcapng");
  const tapes = new Set([...first, ...then, ...back].map(({ tape }) => tape));
  for (const tape of tapes) writeFileSync(path, tape.pcapng(NAMES.map((name) => ({ name }))));
  const { rows } = await classifyFiles([path], siteFile);
  expect(rows).toHaveLength(1);
  return rows[0];
}

const tape = () => {
  const tape = new Tape();
  return (point: number | undefined, vlan?: number): Tap => ({
    tape,
    interface: point ?? 0,
    ...(vlan === undefined ? {} : { vlans: [vlan] }),
    laterMs: (point ?? 0) / 10,
  });
};

describe("a flow that leaves a VLAN of ExpressRoute for an interface of the Internet", () => {
  test.each([
    ["no other point", [], []],
    ["a point inside, undeclared", [LAN], []],
    ["a point inside, declared local", [LAN], ["lan"]],
    ["two points inside, declared local", [LAN, LAN_2], ["lan", "lan-2"]],
    ["a point inside, and two on ExpressRoute", [LAN, ER], []],
    ["a second point on ExpressRoute", [ER], []],
  ])("is mixed, and moved once: %s", async (_name, points, local) => {
    const tap = tape();
    const inside = points.filter((point) => point !== ER).map((point) => tap(point));
    const first = [...inside, ...(points.includes(ER) ? [tap(ER)] : []), tap(ISP, 100)];
    const then = [...inside, tap(ISP)];
    const row = await rowOf(first, then, [...inside, tap(ISP)], site(local));
    expect(row).toMatchObject({ path_out: "mixed", path_back: "internet", packets_out: PACKETS });
    expect(row?.path_changes).toHaveLength(1);
    // Alike from the move on, after six seconds.
    expect(row?.symmetry).toBe("symmetric");
    expect(row?.asymmetric_s).toBeCloseTo(5.995, 2);
  });
});

test("copies on a VLAN and to a next hop of one path, which is shown one way only, do not hide a move", async () => {
  const tap = tape();
  const first = [tap(LAN), { ...tap(LAN_2), destination: ROUTER }, tap(ISP, 100)];
  const row = await rowOf(first, [tap(LAN), tap(ISP)], [tap(ISP)], site([]));
  expect(row).toMatchObject({ path_out: "mixed", path_back: "internet" });
  expect(row?.path_changes).toHaveLength(1);
});

describe("packets seen at two points of different strength", () => {
  test("a stronger kind decides the circuit, too", async () => {
    const tap = tape();
    const [vlan, both] = [[tap(LAN, 100)], [tap(LAN, 100), tap(ER)]];
    const row = await rowOf(both, both, vlan, site([], ["london", "paris"]));
    expect(row).toMatchObject({ path_out: "expressroute", path_out_name: "er-a", path_out_basis: ["vlan"] });
    expect(row).toMatchObject({ symmetry: "symmetric", path_changes: [] });
  });

  test("VLANs at odds behind a point declared local leave the path unknown", async () => {
    const path = join(folder, "odds.yaml");
    writeFileSync(
      path,
      `version: 1
paths:
  - { name: er, kind: expressroute, vlans: ["100"] }
  - { name: isp, kind: internet, vlans: ["200"] }
  - { name: inside, kind: local, interfaces: [lan] }
`,
    );
    const tap = tape();
    const all = [tap(LAN), tap(ER, 100), tap(ISP, 200)];
    const row = await rowOf(all, all, all, path);
    expect(row).toMatchObject({ path_out: "unknown", path_back: "unknown", path_changes: [] });
    expect(row?.reason).toContain("as expressroute (VLAN 100) and as internet (VLAN 200)");
  });
});
