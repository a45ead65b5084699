import type { CallFlow } from "../callflow/call-flow.ts";
import { MAX_RUNS_PER_DIRECTION } from "../flows/link-detail.ts";
import type { DirectionPath } from "../path/evidence.ts";
import type { EvidenceKind, OutBack } from "../words.ts";
import type { FlowSight } from "./flow-decision.ts";
import type { Leg } from "./leg.ts";

/** Evidence of the flow itself, which is seen now and then: between two sightings nobody knows. */
const NOW_AND_THEN: ReadonlySet<EvidenceKind> = new Set([
  "tunnel",
  "hop",
  "nat-pool",
  "mapped-address",
  "absence",
]);

/** The path of each direction over time, for a flow that moved and of which it is known for each moment. */
export function courseOf({ legs, out, back }: FlowSight): CallFlow["course"] {
  if (out.stretches.length < 2 && back.stretches.length < 2) return undefined;
  const known = isKnown(legs, "out", out) && isKnown(legs, "back", back);
  return known ? { out: out.stretches, back: back.stretches } : undefined;
}

function isKnown(legs: readonly Leg[], direction: OutBack, path: DirectionPath): boolean {
  if (path.stretches.length < 2) return true;
  if (path.basis.some((kind) => NOW_AND_THEN.has(kind))) return false;
  return legs.every((leg) => (leg.detail?.runs[leg[direction]].length ?? 0) < MAX_RUNS_PER_DIRECTION);
}
