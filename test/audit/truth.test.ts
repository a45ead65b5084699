import fc from "fast-check";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AuditSettings } from "../../src/audit/settings.ts";
import { loadEndpoints } from "../../src/endpoints/history.ts";
import { siteWithMarkers } from "../../src/site/options.ts";
import { defaultSite } from "../../src/site/site.ts";
import { pcap, type CapturedPacket } from "../support/captures.ts";
import { at, milliseconds, Tape, UdpConversation } from "../support/conversation.ts";
import { audit, classified, rowsOf } from "./pipeline.ts";

const START = at("2026-03-05T09:00:00Z");
const SERVER = { address: "52.112.7.9", port: 5000 };

const settings: AuditSettings = {
  site: siteWithMarkers(defaultSite(), {
    expressroute: ["file=er-*"],
    internet: ["file=inet-*"],
    internal: [],
    remote: [],
  }),
  history: loadEndpoints("worldwide", { userData: null }),
  asOf: undefined,
  timeouts: undefined,
  convergeSeconds: undefined,
  maxFlows: undefined,
};

/** A flow as it is made: what its row has to say. */
interface Made {
  /** Seconds after the beginning. */
  readonly start: number;
  /** Milliseconds between packets; direction of each. */
  readonly gapMs: number;
  readonly packets: readonly ("client" | "server")[];
  readonly outBy: "er" | "inet";
  readonly backBy: "er" | "inet";
}

const made = fc.record({
  start: fc.integer({ min: 0, max: 900 }),
  gapMs: fc.oneof(fc.integer({ min: 2, max: 50 }), fc.integer({ min: 1000, max: 100_000 })),
  packets: fc.array(fc.constantFrom("client" as const, "server" as const), { minLength: 1, maxLength: 12 }),
  outBy: fc.constantFrom("er" as const, "inet" as const),
  backBy: fc.constantFrom("er" as const, "inet" as const),
});

/** Plays the flows past two taps; each flow has a port of its own. */
function play(flows: readonly Made[]): Record<"er" | "inet", Tape> {
  const tapes = { er: new Tape(), inet: new Tape() };
  flows.forEach((flow, i) => {
    const conversation = new UdpConversation({
      client: { address: "10.1.2.3", port: 20_000 + i },
      server: SERVER,
      start: START,
      forward: [{ tape: tapes[flow.outBy] }],
      backward: [{ tape: tapes[flow.backBy] }],
    });
    const first = START + milliseconds(flow.start * 1000 + i);
    flow.packets.forEach((side, n) => {
      // The first packet tells the client; what follows goes either way.
      conversation.until(first + milliseconds(n * flow.gapMs));
      conversation.send(n === 0 ? "client" : side, Uint8Array.of(1, 2, 3, n, i));
    });
  });
  return tapes;
}

/** Writes a tape as files that begin at the given seconds, as a ring buffer does. */
function rotate(folder: string, tap: string, tape: Tape, cuts: readonly number[]): string[] {
  const bounds = [0, ...cuts, Number.MAX_SAFE_INTEGER].map((second) => START + milliseconds(second * 1000));
  const paths: string[] = [];
  for (let i = 0; i + 1 < bounds.length; i++) {
    const inside = (packet: CapturedPacket): boolean =>
      packet.time >= (bounds[i] ?? 0n) && packet.time < (bounds[i + 1] ?? 0n);
    const path = join(folder, `${tap}-${i}.pcap`);
    writeFileSync(path, pcap(tape.packets.filter(inside)));
    paths.push(path);
  }
  return paths;
}

const KIND = { er: "expressroute", inet: "internet" } as const;

/** What the rows of a CSV say, and what they must say by construction, in the order of ports. */
function said(csv: string): string[] {
  return rowsOf(csv)
    .map((row) =>
      [row["client_port"], row["packets_out"], row["packets_back"], row["path_out"], row["path_back"]].join(
        " ",
      ),
    )
    .toSorted();
}

function truth(flows: readonly Made[]): string[] {
  return flows
    .map(({ packets, outBy, backBy }, i) => {
      const out = packets.filter((side, n) => n === 0 || side === "client").length;
      const back = packets.length - out;
      return [20_000 + i, out, back, KIND[outBy], back === 0 ? "none" : KIND[backBy]].join(" ");
    })
    .toSorted();
}

describe("flows known by construction", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "o365flow-truth-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("are none lost and none twice, whatever the files, windows, order of tasks and batches", async () => {
    let run = 0;
    const cuts = fc
      .uniqueArray(fc.integer({ min: 1, max: 1500 }), { maxLength: 5 })
      .map((list) => list.toSorted((x, y) => x - y));
    await fc.assert(
      fc.asyncProperty(
        fc.array(made, { minLength: 1, maxLength: 25 }),
        cuts,
        cuts,
        fc.uniqueArray(fc.integer({ min: 1, max: 1500 }), { maxLength: 12 }),
        async (flows, erCuts, inetCuts, borders) => {
          const place = join(folder, `${run++}`);
          mkdirSync(place);
          const tapes = play(flows);
          const paths = [
            ...rotate(place, "er", tapes.er, erCuts),
            ...rotate(place, "inet", tapes.inet, inetCuts),
          ];
          const extraBorders = borders.map((second) => Number(START / 1_000_000_000n) + second);
          const one = await audit(paths, settings, { extraBorders }, join(place, "one"));
          expect(said(one.csv)).toEqual(truth(flows));
          const other = await audit(
            paths,
            settings,
            {
              windowBytes: 400,
              order: (tasks) => [...tasks].reverse(),
              batch: { wanted: 1, most: 5 },
            },
            join(place, "other"),
          );
          expect(other.csv).toBe(one.csv);
          expect(one.csv).toBe(await classified(paths, settings));
          rmSync(place, { recursive: true });
        },
      ),
      { numRuns: 12 },
    );
  });
});
