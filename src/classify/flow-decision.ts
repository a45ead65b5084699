import type { EndpointMatch } from "../endpoints/match.ts";
import type { Symptom } from "../flows/symptom.ts";
import type { Cause } from "../path/cause.ts";
import type { DirectionPath } from "../path/evidence.ts";
import type { ExpectedDecision } from "../path/expected.ts";
import type { Moment } from "../path/moment.ts";
import type { SymmetryDecision } from "../path/symmetry.ts";
import type { Recognition } from "../protocols/recognition.ts";
import type { HostSource, TrafficType, Verdict } from "../words.ts";
import type { Leg } from "./leg.ts";

/** What was seen of a flow: its parts, the path of each direction, and whether the two agree. */
export interface FlowSight {
  /** The leg with the inside addresses first; more than one where source NAT lay between captures. */
  readonly legs: readonly [Leg, ...Leg[]];
  readonly leg: Leg;
  /** The legs that together saw each packet of a direction once, the one that saw most of them first. */
  readonly outLegs: readonly [Leg, ...Leg[]];
  readonly backLegs: readonly [Leg, ...Leg[]];
  readonly start: Moment;
  readonly end: Moment;
  readonly out: DirectionPath;
  readonly back: DirectionPath;
  readonly symmetry: SymmetryDecision;
  readonly symptom: Symptom | undefined;
  /** What joined legs behind source NAT. */
  readonly joinBasis: string | undefined;
  /** Why legs that have something in common stay apart. */
  readonly note: string | undefined;
}

/** What was concluded from what was seen. */
export interface FlowConclusion {
  /** What all legs together carry. */
  readonly carried: Recognition;
  readonly host: string | undefined;
  readonly hostSource: HostSource | undefined;
  readonly match: EndpointMatch;
  readonly expected: ExpectedDecision;
  readonly verdict: Verdict;
  readonly traffic: TrafficType;
  readonly cause: Cause | undefined;
}

/** Everything that is known of a flow. */
export interface FlowDecision extends FlowSight, FlowConclusion {}

/** A moment in whole microseconds since 1970, as in `flow_id`; exact, since seconds of 32 bits make less than 2^53. */
export function microseconds(moment: Moment): number {
  return moment.seconds * 1_000_000 + Math.floor(moment.nanoseconds / 1000);
}
