import type { ExpectedPath, Path } from "../words.ts";
import type { LegVerdict } from "./call.ts";
import type { LegPath } from "./leg-path.ts";

export interface LegJudgement {
  readonly verdict: LegVerdict;
  /** How it deviates, or what is missing; empty for as-documented. */
  readonly how: string;
}

const NAMES: Readonly<Record<Path, string>> = {
  local: "stayed local",
  internet: "took the Internet",
  expressroute: "took ExpressRoute",
  other: "took another declared path",
  mixed: "moved between paths",
  unknown: "path not known",
  none: "not in the captures",
};

/**
 * Holds the paths on which a leg was seen against the documented one. Nothing seen is never a deviation. `isUnplaced`: nobody
 * declared whether its client is inside, and only for one outside the Internet is right.
 */
export function judgeLeg(taken: LegPath, documented: ExpectedPath, isUnplaced: boolean): LegJudgement {
  const { pathOut, pathBack } = taken;
  if (taken.symmetry === "asymmetric") return { verdict: "deviates", how: `asymmetric: ${apart(taken)}` };
  if (pathOut === "mixed" || pathBack === "mixed")
    return { verdict: "deviates", how: named(taken, pathOut === "mixed", pathBack === "mixed") };
  if (documented === "unknown")
    return { verdict: "unproven", how: "what is documented depends on the scenario" };
  const isUplink = (path: Path): boolean => path === "internet" || path === "expressroute";
  const right = (path: Path): boolean => (documented === "either" ? isUplink(path) : path === documented);
  const wrong = (path: Path): boolean => isUplink(path) && !right(path);
  if (wrong(pathOut) || wrong(pathBack))
    return {
      verdict: "deviates",
      how: `${named(taken, wrong(pathOut), wrong(pathBack))}, documented is ${documented}`,
    };
  if (isUnplaced && documented === "either" && (pathOut === "internet" || pathBack === "internet"))
    return {
      verdict: "unproven",
      how: "took the Internet, documented for a client outside (remote) and not for one behind your NAT (nat of a path): neither is declared",
    };
  if (right(pathOut) && right(pathBack)) return { verdict: "as-documented", how: "" };
  return {
    verdict: "unproven",
    how: `${named(taken, !right(pathOut), !right(pathBack))}, documented is ${documented}`,
  };
}

/** How directions differ. Those of one kind lie on different circuits. */
function apart({ pathOut, pathBack }: LegPath): string {
  if (pathOut === pathBack && pathOut !== "mixed")
    return `both directions ${NAMES[pathOut]}, on different circuits`;
  return `out ${NAMES[pathOut]}, back ${NAMES[pathBack]}`;
}

/** Where the named directions went. */
function named({ pathOut, pathBack }: LegPath, out: boolean, back: boolean): string {
  if (out && back && pathOut === pathBack) return NAMES[pathOut];
  return [...(out ? [`out ${NAMES[pathOut]}`] : []), ...(back ? [`back ${NAMES[pathBack]}`] : [])].join(", ");
}
