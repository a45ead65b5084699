import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { siteWithMarkers } from "../../src/site/options.ts";
import { defaultSite } from "../../src/site/site.ts";
import { classifyFiles } from "../classify/classify-files.ts";
import { Noise } from "../support/bytes.ts";
import { at, milliseconds, type Tap, Tape } from "../support/conversation.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { callOf } from "./steady-audio.ts";

const START = at("2026-11-10T09:00:00Z");
const folder = temporaryFolder();
const SITE = siteWithMarkers(defaultSite(), {
  expressroute: ["vlan=100"],
  internet: ["vlan=200"],
  internal: [],
  remote: [],
});

test.each([
  ["a flow that moves in the last of them", 78, 0],
  ["the same, at two points of the first path and one inside", 78, 2],
  ["a flow that does not move", 80, 0],
])("eighty captures of a rotation: %s", async (name, movesIn, copies) => {
  const captures = 80;
  const media = callOf(START);
  const noise = new Noise(3);
  const paths: string[] = [];
  for (let i = 0; i < captures; i++) {
    const tape = new Tape();
    const on = (vlan: number): Tap[] => [
      ...(copies > 0 ? [{ tape }] : []),
      { tape, vlans: [vlan], laterMs: 0.1 },
      ...(copies > 1 && vlan === 100
        ? [{ tape, vlans: [vlan], source: "02:00:00:00:00:09", laterMs: 0.2 }]
        : []),
    ];
    media.forward = on(i < movesIn ? 100 : 200);
    media.backward = on(100);
    media.until(START + milliseconds(10_000 * i)).send("client", noise.bytes(60));
    media.until(START + milliseconds(10_000 * i + 20)).send("server", noise.bytes(60));
    const path = join(folder, `${name.length}-${String(i).padStart(2, "0")}.pcap`);
    writeFileSync(path, tape.pcap());
    paths.push(path);
  }
  const { rows } = await classifyFiles(paths, SITE);
  const moved = movesIn < captures;
  expect(rows).toMatchObject([
    {
      packets_out: captures,
      packets_back: captures,
      path_out: moved ? "mixed" : "expressroute",
      path_back: "expressroute",
      symmetry: moved ? "asymmetric" : "symmetric",
    },
  ]);
  expect(rows[0]?.path_changes).toHaveLength(moved ? 1 : 0);
});
