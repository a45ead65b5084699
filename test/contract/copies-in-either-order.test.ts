import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { siteFromText } from "../../src/site/load.ts";
import { classifyFiles } from "../classify/classify-files.ts";
import { Noise } from "../support/bytes.ts";
import { at, type Tap, Tape } from "../support/conversation.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { callOf, sendAudio } from "./steady-audio.ts";

/** A point inside and one on a trunk of both uplinks see each packet, now the one first, now the other. */

const SITE = siteFromText(
  `version: 1
paths:
  - { name: er, kind: expressroute, vlans: ["100"] }
  - { name: isp, kind: internet, vlans: ["200"] }
  - { name: lan, kind: local, interfaces: [lan] }
`,
  "site.yaml",
);
const START = at("2026-11-10T09:00:00Z");

/** `vlansOf` says in which VLANs of the trunk packets of that number are seen. */
async function wayOf(vlansOf: (i: number) => readonly number[]): Promise<readonly [string, string, boolean]> {
  const tape = new Tape();
  const media = callOf(START);
  const noise = new Noise(3);
  for (let i = 0; i < 300; i++) {
    const trunk = vlansOf(i).map((vlan, j): Tap => ({
      tape,
      interface: 1,
      vlans: [vlan],
      laterMs: 2 + j / 10,
    }));
    const taps = [{ tape, interface: 0, laterMs: i % 3 === 0 ? 1 : 3 }, ...trunk];
    [media.forward, media.backward] = [taps, taps];
    sendAudio(media, START, i, noise);
  }
  const path = join(temporaryFolder(), "a.pcapng");
  writeFileSync(path, tape.pcapng([{ name: "lan" }, { name: "trunk" }]));
  const { rows } = await classifyFiles([path], SITE);
  expect(rows).toHaveLength(1);
  const [row] = rows;
  return [row?.path_out ?? "", row?.path_back ?? "", row?.reason.includes("the same 300 packets") ?? false];
}

it("a flow that moves from one VLAN to the other is mixed", async () => {
  expect(await wayOf((i) => [i < 200 ? 200 : 100])).toEqual(["mixed", "mixed", false]);
});

it("a flow whose packets are in both VLANs at once is on no path that is known", async () => {
  expect(await wayOf(() => [200, 100])).toEqual(["unknown", "unknown", true]);
});
