import type { ResultFlow } from "../results/flow-result.ts";
import { anyGlobTest } from "./flow-choice.ts";
import type { Requirement } from "./schema.ts";

/** What a flow comes to by one rule: problems (it violates the rule), what could not be told, or neither. */
export interface Finding {
  readonly problems: readonly string[];
  /** What is required, but not seen in this flow, one way or the other. */
  readonly open: readonly string[];
}

type Check = (flow: ResultFlow) => { readonly problem: string } | { readonly open: string } | undefined;

/** Holds a flow against what a rule requires. What was not seen is a problem only where the rule demands proof. */
export function requirementTest(required: Requirement): (flow: ResultFlow) => Finding {
  const checks: Check[] = [];
  for (const way of ["out", "back"] as const) {
    const paths = required[`path-${way}`] ?? required.path;
    if (paths !== undefined) checks.push((flow) => pathCheck(flow, way, paths));
    const names = required["path-names"];
    if (names !== undefined) {
      const test = anyGlobTest(names);
      checks.push((flow) => nameCheck(flow, way, test, names));
    }
  }
  const { symmetry, verdicts, quality } = required;
  if (symmetry !== undefined)
    checks.push((flow) => wordCheck("symmetry", flow.symmetry, symmetry, ["unknown", "one-way"]));
  if (verdicts !== undefined)
    checks.push((flow) => wordCheck("verdict", flow.verdict, verdicts, ["unproven"]));
  if (quality !== undefined) checks.push((flow) => wordCheck("quality", flow.quality, [quality], []));
  const limit = (
    name: string,
    unit: string,
    most: number | undefined,
    of: (flow: ResultFlow) => number | undefined,
  ): void => {
    if (most === undefined) return;
    checks.push((flow) => {
      const value = of(flow);
      if (value === undefined) return { open: `${name} was not measured` };
      return value <= most
        ? undefined
        : { problem: `${name} is ${value}${unit}, wanted at most ${most}${unit}` };
    });
  };
  limit("loss", " %", required["max-loss-pct"], (flow) => flow.loss_pct);
  limit("jitter", " ms", required["max-jitter-ms"], (flow) => flow.jitter_ms);
  limit("round trip", " ms", required["max-rtt-ms"], (flow) => flow.rtt_ms);
  const leastMos = required["min-mos"];
  if (leastMos !== undefined)
    checks.push(({ mos }) => {
      if (mos === undefined) return { open: "MOS was not measured" };
      return mos >= leastMos ? undefined : { problem: `MOS is ${mos}, wanted at least ${leastMos}` };
    });
  const proof = required.proof === true;
  return (flow) => {
    const problems: string[] = [];
    const open: string[] = [];
    for (const check of checks) {
      const found = check(flow);
      if (found === undefined) continue;
      if ("problem" in found) problems.push(found.problem);
      else if (proof) problems.push(`${found.open}, and proof is demanded`);
      else open.push(found.open);
    }
    return { problems, open };
  };
}

function pathCheck(flow: ResultFlow, way: "out" | "back", wanted: readonly string[]): ReturnType<Check> {
  const path = flow[`path_${way}`];
  if (path !== undefined && wanted.includes(path)) return undefined;
  if (path === undefined || path === "unknown") return { open: `the path ${way} is unknown` };
  if (path === "none") return { open: `the way ${way} was not captured` };
  const name = flow[`path_${way}_name`];
  const went = path === "mixed" ? "moved between paths" : `went by ${path}`;
  return {
    problem: `${way} ${went}${name === undefined ? "" : ` (${name})`}, wanted ${wanted.join(" or ")}`,
  };
}

function nameCheck(
  flow: ResultFlow,
  way: "out" | "back",
  fits: (text: string) => boolean,
  wanted: readonly string[],
): ReturnType<Check> {
  const path = flow[`path_${way}`];
  const name = flow[`path_${way}_name`];
  if (name !== undefined)
    return name.split(";").every(fits)
      ? undefined
      : { problem: `${way} went by ${name}, wanted ${wanted.join(" or ")}` };
  if (path === undefined || path === "unknown" || path === "none")
    return { open: `the name of the path ${way} is unknown` };
  return { problem: `${way} went by ${path} without a name, wanted ${wanted.join(" or ")}` };
}

function wordCheck(
  what: string,
  found: string | undefined,
  wanted: readonly string[],
  open: readonly string[],
): ReturnType<Check> {
  if (found !== undefined && wanted.includes(found)) return undefined;
  if (found === undefined) return { open: `${what} was not measured` };
  if (open.includes(found)) return { open: `${what} is ${found}` };
  return { problem: `${what} is ${found}, wanted ${wanted.join(" or ")}` };
}
