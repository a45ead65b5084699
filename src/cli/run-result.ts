import { isWhole, type RunSummary } from "../classify/run-summary.ts";
import { EXIT_CONDITION, EXIT_INTERRUPTED, EXIT_OK, EXIT_PARTIAL, EXIT_USAGE } from "./exit.ts";

/** What a run came to, as far as the exit status is concerned. */
export interface RunResult {
  readonly interrupted: boolean;
  readonly nothingRead: boolean;
  readonly conditionMet: boolean;
  readonly partial: boolean;
}

/**
 * `missing`: how many of the captures that were named could not be looked at. What is said besides is false of a command
 * that no condition ends and that leaves nothing half done.
 */
export function resultOf(
  { captures, errors }: RunSummary,
  missing: number,
  {
    interrupted = false,
    conditionMet = false,
  }: Partial<Pick<RunResult, "interrupted" | "conditionMet">> = {},
): RunResult {
  return {
    interrupted,
    nothingRead: captures.length === 0,
    conditionMet,
    partial: missing + errors.length > 0 || !captures.every(isWhole),
  };
}

/** The first status that applies, in the order 130, 2, 1, 3, 0; `--strict` makes 3 a 2. */
export function statusOf(result: RunResult, strict: boolean): number {
  if (result.interrupted) return EXIT_INTERRUPTED;
  if (result.nothingRead || (strict && result.partial && !result.conditionMet)) return EXIT_USAGE;
  if (result.conditionMet) return EXIT_CONDITION;
  return result.partial ? EXIT_PARTIAL : EXIT_OK;
}
