import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { assembleCalls } from "../../src/callflow/assemble.ts";
import type { Call } from "../../src/callflow/call.ts";
import type { CallFlow } from "../../src/callflow/call-flow.ts";
import { callFlowOf } from "../../src/classify/call-flow.ts";
import type { FlowRow } from "../../src/classify/row.ts";
import { classify } from "../../src/classify/run.ts";
import { openEndpoints } from "../../src/endpoints/history.ts";
import { siteFromText } from "../../src/site/load.ts";
import { Markers } from "../../src/site/markers.ts";
import type { CallTruth, MediaTruth } from "../support/call-players.ts";
import { type CallWorld, makeCallWorld } from "../support/call-world.ts";
import type { Address } from "../support/conversation.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** Made networks of people who talk: calls are those that took place, with the paths and the losses that they had. */

const folder = temporaryFolder();
const WORDS = { er: "expressroute", isp: "internet", local: "local" } as const;
const INTERVALS_MS = { audio: 20, video: 33 } as const;

interface Read {
  readonly calls: readonly Call[];
  readonly rows: ReadonlyMap<string, FlowRow>;
}

async function read(world: CallWorld, seed: number): Promise<Read> {
  const place = join(folder, `${seed}`);
  mkdirSync(place);
  const paths = world.tapes
    .flatMap((tape) => tape.captures())
    .map(({ name, bytes }) => {
      const path = join(place, `${name}.pcap`);
      writeFileSync(path, bytes);
      return path;
    });
  const site = siteFromText(world.site, "site.yaml");
  const markers = new Markers(site);
  const flows: CallFlow[] = [];
  const rows = new Map<string, FlowRow>();
  await classify({
    site,
    history: await openEndpoints("worldwide"),
    inputs: paths.map((path) => ({ name: basename(path), path, source: path })),
    onFlow: (judged) => {
      rows.set(judged.flowId, judged.row);
      if (judged.row.traffic_type === "media") flows.push(callFlowOf(judged, site, markers));
    },
  });
  rmSync(place, { recursive: true });
  return { calls: assembleCalls(flows, { hasExpressRoute: true }), rows };
}

function text({ address, port }: Address): string {
  return `${address}:${port}`;
}

/** Truth by the ends of a flow, as the taps inside or outside of NAT have them. */
function truths(world: CallWorld): ReadonlyMap<string, readonly [CallTruth, MediaTruth]> {
  const found = new Map<string, readonly [CallTruth, MediaTruth]>();
  for (const call of world.calls)
    for (const flow of call.flows) {
      const seen = (world.isOutside ? world.outsideOf(flow.client, flow.out) : undefined) ?? flow.client;
      found.set(`${text(seen)} ${text(flow.server)}`, [call, flow]);
    }
  return found;
}

/** What a row says that is not so of its flow. */
function untrueOfFlow(row: FlowRow, call: CallTruth, truth: MediaTruth, world: CallWorld): string[] {
  const found: string[] = [];
  if (row.path_out !== WORDS[truth.out]) found.push(`out took ${truth.out}, not ${row.path_out}`);
  if (row.path_back !== WORDS[truth.back]) found.push(`back took ${truth.back}, not ${row.path_back}`);
  if (row.modality !== truth.modality) found.push(`it was ${truth.modality}, not ${row.modality}`);
  // What went by another flow meanwhile counts as lost in this one.
  if (!world.isWhole || call.kind === "switch") return found;
  const sent = ((truth.to - truth.from) * 1000) / INTERVALS_MS[truth.modality];
  for (const [direction, share, percent] of [
    ["out", truth.lossOut, row.loss_out_pct],
    ["back", truth.lossBack, row.loss_back_pct],
  ] as const) {
    const chance = 5 * Math.sqrt((share * (1 - share)) / sent);
    if (percent === undefined || Math.abs(percent / 100 - share) > chance + 0.001)
      found.push(`${direction} lost ${share}, not ${percent} %`);
  }
  return found;
}

/** What is said of a call that is not so. */
function untrueOfCall(call: Call, world: CallWorld, { rows }: Read): string[] {
  const known = truths(world);
  const found: string[] = [];
  const were = new Set<CallTruth>();
  let isAstray = false;
  for (const { flow, part } of call.legs) {
    const ends = [text(flow.client), text(flow.server)];
    const hit = known.get(ends.join(" ")) ?? known.get(ends.toReversed().join(" "));
    const row = rows.get(flow.flowId);
    if (hit === undefined || row === undefined) return [`nobody spoke from ${ends.join(" to ")}`];
    const [truth, media] = hit;
    were.add(truth);
    isAstray ||= media.out !== "local" && (media.out === "isp" || media.back === "isp");
    if (part !== "media") found.push(`${ends.join(" ")} has media, and is ${part}`);
    if (row.call_id !== call.id) found.push(`the row of ${ends.join(" ")} has another call`);
    found.push(...untrueOfFlow(row, truth, media, world).map((said) => `${ends.join(" ")}: ${said}`));
  }
  // Behind source NAT of which nothing says that it is that, several users are one (docs/calls.md, Limits).
  if (were.size > 1) return world.isOutside && !world.isDeclared ? [] : [`it was ${were.size} calls`];
  const [truth] = were;
  const strangers = call.users.filter(({ address }) => !truth?.users.includes(address));
  if (!world.isOutside && strangers.length > 0) found.push(`${strangers[0]?.address} took no part`);
  if (isAstray === (call.verdict === "as-documented")) found.push(`it was ${call.verdict}: ${call.reason}`);
  if (!isAstray && call.verdict === "deviates") found.push(`nothing went astray: ${call.reason}`);
  return found;
}

/** Calls that are not there, or are several. Two sides of a relay have nothing to tell each other by. */
function missing(world: CallWorld, { calls }: Read): string[] {
  const known = truths(world);
  return world.calls.flatMap((truth) => {
    const ids = calls.filter(({ legs }) =>
      legs.some(
        ({ flow: { client, server } }) => known.get(`${text(client)} ${text(server)}`)?.[0] === truth,
      ),
    );
    if (ids.length === 0) return [`the ${truth.kind} of ${truth.users.join(" and ")} is not there`];
    const mayBe = truth.kind === "relayed" || world.isOutside ? truth.flows.length : 1;
    return ids.length > mayBe ? [`the ${truth.kind} of ${truth.users.join(" and ")} is ${ids.length}`] : [];
  });
}

describe("calls are those that took place", () => {
  // CALL_WORLDS=1-400 looks at others.
  const asked = process.env["CALL_WORLDS"]?.split("-").map(Number) ?? [1, 10];
  const [from = 1, to = from] = asked;
  it.each(Array.from({ length: to - from + 1 }, (_, i) => from + i))("world %i", async (seed) => {
    const world = makeCallWorld(seed);
    const result = await read(world, seed);
    const found = [
      ...result.calls.flatMap((call) => untrueOfCall(call, world, result)),
      ...missing(world, result),
    ];
    expect({ found, nature: world.nature }).toEqual({ found: [], nature: world.nature });
  });
});
