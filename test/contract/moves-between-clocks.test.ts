import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { classifyFiles } from "../classify/classify-files.ts";
import { Noise } from "../support/bytes.ts";
import { at, Tape } from "../support/conversation.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { explainFlow } from "../../src/report/explain.ts";
import { siteWithMarkers } from "../../src/site/options.ts";
import { defaultSite } from "../../src/site/site.ts";
import { callOf, sendAudio } from "./steady-audio.ts";

/** Media that moves between two taps of which no packet tells how their clocks differ. */

const START = at("2026-11-10T09:00:00Z");
const folder = temporaryFolder();
const SITE = siteWithMarkers(defaultSite(), {
  expressroute: ["file=er*"],
  internet: ["file=isp*"],
  internal: [],
  remote: [],
});

/** A packet every 20 ms each way for 20 seconds; `onIsp` says where one is seen, whose tap is `lateMs` off. */
async function rowOf(onIsp: (seconds: number) => boolean, lateMs: number) {
  const tapes = { er: new Tape(), isp: new Tape() };
  const media = callOf(START);
  const noise = new Noise(3);
  for (let i = 0; i < 1000; i++) {
    const tap = onIsp(i / 50) ? { tape: tapes.isp, laterMs: lateMs } : { tape: tapes.er };
    media.forward = media.backward = [tap];
    sendAudio(media, START, i, noise);
  }
  const paths = Object.entries(tapes).map(([name, tape]) => {
    const path = join(folder, `${name}.pcap`);
    writeFileSync(path, tape.pcap());
    return path;
  });
  const { rows, flows } = await classifyFiles(paths, SITE);
  expect(rows).toHaveLength(1);
  const explained = JSON.stringify(flows.map((flow) => explainFlow(flow, SITE)));
  expect(explained.includes("the two directions cannot be compared")).toBe(rows[0]?.symmetry === "unknown");
  expect(rows[0]).toMatchObject({ path_out: "mixed", path_back: "mixed", verdict: "mixed" });
  return rows[0];
}

const once = (seconds: number): boolean => seconds >= 10;
const thereAndBack = (seconds: number): boolean => seconds >= 8 && seconds < 12;

describe("a flow that moves from one tap to another", () => {
  test.each([
    ["clocks that agree", once, 0, 1],
    ["clocks that nearly agree", once, -70, 1],
    ["there and back, clocks that agree", thereAndBack, 0, 2],
  ])("tells when it moved: %s", async (_name, onIsp, lateMs, moments) => {
    const row = await rowOf(onIsp, lateMs);
    expect(row?.symmetry).toBe("symmetric");
    expect(row?.path_changes).toHaveLength(moments);
  });

  test.each([
    ["once", once, -5000],
    ["there and back", thereAndBack, 2500],
  ])("does not, where clocks alone make it move to and fro: %s", async (_name, onIsp, lateMs) => {
    const row = await rowOf(onIsp, lateMs);
    expect(row?.path_changes).toEqual([]);
    expect(row?.asymmetric_s).toBeUndefined();
    expect(row?.symmetry).toBe("unknown");
    expect(row?.reason).toContain(
      "out: when it moved is not known, since the clocks of er.pcap and isp.pcap could not be compared",
    );
  });
});
