import type { ExpectedPath, Path } from "../words.ts";
import type { LegVerdict } from "./call.ts";
import type { CallFlow } from "./call-flow.ts";

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

/** Holds the paths on which a leg was seen against the documented one. Nothing seen is never a deviation. */
export function judgeLeg(
  flow: Pick<CallFlow, "pathOut" | "pathBack" | "symmetry">,
  documented: ExpectedPath,
): LegJudgement {
  const { pathOut, pathBack } = flow;
  if (flow.symmetry === "asymmetric")
    return { verdict: "deviates", how: `asymmetric: out ${NAMES[pathOut]}, back ${NAMES[pathBack]}` };
  if (pathOut === "mixed" || pathBack === "mixed")
    return { verdict: "deviates", how: `${pathOut === "mixed" ? "out" : "back"} moved between paths` };
  if (documented === "unknown")
    return { verdict: "unproven", how: "what is documented depends on the scenario" };
  const wrong = (path: Path): boolean =>
    documented === "local"
      ? path === "internet" || path === "expressroute"
      : (path === "internet" || path === "expressroute") && documented !== "either" && path !== documented;
  const right = (path: Path): boolean =>
    documented === "either" ? path === "internet" || path === "expressroute" : path === documented;
  if (wrong(pathOut) || wrong(pathBack))
    return {
      verdict: "deviates",
      how: `${named(flow, wrong(pathOut), wrong(pathBack))}, documented is ${documented}`,
    };
  if (right(pathOut) && right(pathBack)) return { verdict: "as-documented", how: "" };
  return {
    verdict: "unproven",
    how: `${named(flow, !right(pathOut), !right(pathBack))}, documented is ${documented}`,
  };
}

/** Where the named directions went. */
function named(flow: Pick<CallFlow, "pathOut" | "pathBack">, out: boolean, back: boolean): string {
  if (out && back && flow.pathOut === flow.pathBack) return NAMES[flow.pathOut];
  return [
    ...(out ? [`out ${NAMES[flow.pathOut]}`] : []),
    ...(back ? [`back ${NAMES[flow.pathBack]}`] : []),
  ].join(", ");
}
