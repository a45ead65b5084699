import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { o365flow, PROGRAM } from "../cli/run.ts";
import { at, milliseconds, Tape } from "../support/conversation.ts";
import { call } from "../support/scenarios.ts";
import { exchange, longSignaling } from "./long-signaling.ts";

const START = at("2026-03-10T06:00:00Z");
const HOUR = 3600;
const SITE = `version: 1
paths:
  - { name: er, kind: expressroute, vlans: ["100"] }
  - { name: isp, kind: internet, vlans: ["200"] }
`;

interface Leg {
  readonly part: string;
  readonly verdict: string;
  readonly path_out: string;
  readonly path_back: string;
  readonly symmetry: string;
  readonly how: string | null;
}

/**
 * Six hours of a connection for signaling that says something every two minutes, with a call of two minutes
 * after the fourth hour. `lanes`: from which second on each direction is seen in which VLAN.
 */
function day(lanes: readonly (readonly [from: number, out: number, back: number])[]): Uint8Array {
  const tape = new Tape();
  const tap = (vlan: number): [{ tape: Tape; vlans: number[] }] => [{ tape, vlans: [vlan] }];
  const signaling = longSignaling({ forward: tap(100), backward: tap(100) }, START);
  for (let second = 120; second < 6 * HOUR; second += 120) {
    const [, out, back] = lanes.findLast(([from]) => from <= second) ?? [0, 100, 100];
    signaling.forward = tap(out);
    signaling.backward = tap(back);
    exchange(signaling, START + milliseconds(second * 1000));
  }
  call({
    forward: tap(100),
    backward: tap(100),
    client: { address: "10.20.30.41", port: 50_012 },
    server: { address: "52.115.60.11", port: 3479 },
    start: START + milliseconds((4 * HOUR + 20) * 1000),
    seed: 2,
    packets: 240,
    intervalMs: 500,
  });
  return tape.pcap();
}

describe.skipIf(!existsSync(PROGRAM))("signaling that lasts longer than a call", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "o365flow-moved-"));
    writeFileSync(join(folder, "site.yaml"), SITE);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const signalingOf = (lanes: Parameters<typeof day>[0]): Leg | undefined => {
    writeFileSync(join(folder, "day.pcap"), day(lanes));
    const run = o365flow(["calls", "day.pcap", "--site", "site.yaml", "--legs", "-q", "--json"], {
      cwd: folder,
    });
    expect(run.status, run.stderr).toBe(0);
    return (JSON.parse(run.stdout) as Leg[]).find(({ part }) => part === "signaling");
  };

  it.each([
    {
      moved: "long before it, and back",
      lanes: [
        [HOUR, 200, 200],
        [2 * HOUR, 100, 100],
      ] as const,
    },
    { moved: "long after it", lanes: [[5 * HOUR, 200, 200]] as const },
    {
      moved: "one way for an hour before it",
      lanes: [
        [HOUR, 100, 200],
        [2 * HOUR, 100, 100],
      ] as const,
    },
  ])("says nothing of the call where it moved $moved", ({ lanes }) => {
    expect(signalingOf(lanes)).toMatchObject({
      verdict: "as-documented",
      path_out: "expressroute",
      path_back: "expressroute",
      symmetry: "symmetric",
    });
  });

  it("deviates where the call finds it on the other path, or its directions apart", () => {
    expect(signalingOf([[HOUR, 200, 200]])).toMatchObject({
      verdict: "deviates",
      path_out: "internet",
      path_back: "internet",
    });
    expect(signalingOf([[HOUR, 100, 200]])).toMatchObject({
      verdict: "deviates",
      path_out: "expressroute",
      path_back: "internet",
      symmetry: "asymmetric",
    });
  });

  it.each([
    { when: "during the call", second: 4 * HOUR + 120 },
    { when: "as the call was set up", second: 4 * HOUR },
  ])("deviates where it moved $when", ({ second }) => {
    expect(signalingOf([[second, 200, 200]])).toMatchObject({
      verdict: "deviates",
      path_out: "mixed",
      how: "moved between paths",
    });
  });
});
