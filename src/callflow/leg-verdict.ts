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
  unknown: "is not known",
  none: "is not in the captures",
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
  const deviating = [
    ...(wrong(pathOut) ? [`out ${NAMES[pathOut]}`] : []),
    ...(wrong(pathBack) ? [`back ${NAMES[pathBack]}`] : []),
  ];
  if (deviating.length > 0)
    return { verdict: "deviates", how: `${deviating.join(", ")}; documented: ${documented}` };
  if (right(pathOut) && right(pathBack)) return { verdict: "as-documented", how: "" };
  const missing = [
    ...(right(pathOut) ? [] : [`out ${NAMES[pathOut]}`]),
    ...(right(pathBack) ? [] : [`back ${NAMES[pathBack]}`]),
  ];
  return { verdict: "unproven", how: `${missing.join(", ")}; documented: ${documented}` };
}
