import { counted } from "../count-text.ts";
import { clocks, copies, damage, names, visible } from "./capture-findings.ts";
import type { DiagnosisInput, Finding } from "./finding.ts";
import type { FlowTally } from "./flow-tally.ts";
import { nextSteps } from "./next-steps.ts";
import { directions, markers, nat, paths } from "./path-findings.ts";

/** Can these captures answer which path Office 365 took, each way? */
export type Answer = "yes" | "partly" | "no" | "no-office365";

export interface Diagnosis {
  readonly answer: Answer;
  readonly summary: string;
  readonly findings: readonly Finding[];
  /** What to do next, the most useful first; empty where nothing is missing. */
  readonly next: readonly string[];
}

export function diagnose(input: DiagnosisInput): Diagnosis {
  const findings = [
    damage(input),
    names(input),
    visible(input),
    directions(input),
    markers(input),
    nat(input),
    copies(input),
    clocks(input),
    paths(input),
  ].filter((finding) => finding !== undefined);
  const { flows } = input;
  const answer: Answer =
    flows.office365 === 0
      ? "no-office365"
      : flows.bothKnown === flows.office365
        ? "yes"
        : flows.bothKnown + flows.oneKnown > 0
          ? "partly"
          : "no";
  return { answer, summary: summaryOf(answer, flows), findings, next: nextSteps(input) };
}

function summaryOf(answer: Answer, flows: FlowTally): string {
  const all = counted(flows.office365, "Office 365 flow");
  switch (answer) {
    case "no-office365":
      return flows.local > 0
        ? "No: the Office 365 traffic in these captures stays inside your network."
        : "No: no traffic in these captures is Office 365's.";
    case "yes":
      return `Yes: the path of ${flows.office365 === 1 ? "the one Office 365 flow" : `all ${all}`} is known both ways.`;
    case "partly":
      return `Partly: of ${all}, the path of ${flows.bothKnown} is known both ways, of ${flows.oneKnown} one way, of ${flows.noneKnown} neither.`;
    case "no":
      return `No: the path of none of ${all} is known in either direction.`;
  }
}
