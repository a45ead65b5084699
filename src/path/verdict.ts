import type { ExpectedPath, Path, Symmetry, Verdict } from "../words.ts";

export interface VerdictFacts {
  readonly symmetry: Symmetry;
  readonly office365: boolean;
  /** The flow belongs to a call, or to a declared server or partner. */
  readonly concerned: boolean;
  readonly out: Path;
  readonly back: Path;
  readonly expected: ExpectedPath;
}

/** Observed held against expected: the first verdict that holds (docs/evidence.md). */
export function decideVerdict(facts: VerdictFacts): Verdict {
  const { symmetry, out, back, expected } = facts;
  if (symmetry === "asymmetric") return "asymmetric";
  if (!facts.office365 && !facts.concerned) return "not-office365";
  if (out === "mixed" || back === "mixed") return "mixed";
  if (symmetry === "suspect") return "return-missing";
  if (expected === "expressroute" && (out === "internet" || back === "internet")) return "internet-instead";
  if (expected === "internet" && (out === "expressroute" || back === "expressroute"))
    return "expressroute-instead";
  return asExpected(out, expected) && asExpected(back, expected) ? "ok" : "unproven";
}

function asExpected(path: Path, expected: ExpectedPath): boolean {
  if (expected === "either") return path === "expressroute" || path === "internet";
  return expected !== "unknown" && path === expected;
}
