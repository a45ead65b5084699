import type { RunSummary } from "../classify/run-summary.ts";
import type { LearnedMarker } from "../site/learn.ts";
import type { Site } from "../site/site.ts";
import type { CaptureFacts } from "./capture-facts.ts";
import type { FlowTally } from "./flow-tally.ts";

/** `good`: nothing in the way; `mind`: something to know; `bad`: it stands in the way of an answer. */
export type FindingState = "good" | "mind" | "bad";

/** One thing that was looked at. */
export interface Finding {
  /** Kept for ever, for scripts. */
  readonly id: string;
  readonly heading: string;
  readonly state: FindingState;
  readonly lines: readonly string[];
}

/** What there is to look at. */
export interface DiagnosisInput {
  readonly captures: readonly CaptureFacts[];
  readonly run: RunSummary;
  readonly flows: FlowTally;
  /** Everything that links show, most Office 365 packets first. */
  readonly markers: readonly LearnedMarker[];
  /** As it was declared. */
  readonly site: Site;
}

export function finding(id: string, heading: string, state: FindingState, lines: readonly string[]): Finding {
  return { id, heading, state, lines };
}
