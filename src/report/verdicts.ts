import type { Verdict } from "../words.ts";

/** All verdicts, what an engineer has to look at first in front. */
export const VERDICTS: readonly Verdict[] = [
  "asymmetric",
  "return-missing",
  "internet-instead",
  "expressroute-instead",
  "mixed",
  "unproven",
  "ok",
  "not-office365",
];

/** Verdicts that say that something is wrong. */
export const FINDINGS: ReadonlySet<string> = new Set<Verdict>([
  "asymmetric",
  "return-missing",
  "internet-instead",
  "expressroute-instead",
  "mixed",
]);
