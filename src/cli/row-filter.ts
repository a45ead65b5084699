import type { JudgedFlow } from "../classify/judged-flow.ts";
import type { Moment } from "../path/symmetry.ts";
import { UsageError } from "./exit.ts";
import { isBefore } from "./moment-option.ts";

/** Verdicts that the symmetry alone does not give. */
const VERDICT_WORDS = [
  "not-office365",
  "mixed",
  "return-missing",
  "internet-instead",
  "expressroute-instead",
  "ok",
  "unproven",
];

/** Words that `--only` and `--fail-on` take: verdicts and symmetries. */
const WORDS = new Set(["asymmetric", ...VERDICT_WORDS, "symmetric", "suspect", "one-way", "unknown"]);

/** True when the flow's symmetry or verdict is one of the words; concluded is only what a word asks for. */
export function holdsWord(flow: JudgedFlow, words: ReadonlySet<string>): boolean {
  if (!mayHold(flow, words)) return false;
  if (words.has(flow.symmetry.symmetry)) return true;
  return VERDICT_WORDS.some((word) => words.has(word)) && words.has(flow.verdict);
}

/**
 * False where the paths alone rule all words out (CONTRACT, section 4): most flows of a capture show none, and their endpoints
 * need not be looked up then.
 */
function mayHold(flow: JudgedFlow, words: ReadonlySet<string>): boolean {
  for (const word of words) {
    switch (word) {
      case "asymmetric":
        if (flow.isAsymmetric) return true;
        break;
      case "internet-instead":
        if (flow.shows("internet")) return true;
        break;
      case "expressroute-instead":
        if (flow.shows("expressroute")) return true;
        break;
      case "mixed":
        if (flow.shows("mixed")) return true;
        break;
      default:
        return true;
    }
  }
  return false;
}

/** The words of an option, or undefined where it was not given. */
export function wordsOption(option: string, text: string | undefined): ReadonlySet<string> | undefined {
  if (text === undefined) return undefined;
  const words = text.split(",").map((word) => word.trim());
  for (const word of words) {
    if (!WORDS.has(word))
      throw new UsageError(`${option} ${word}: wanted words out of ${[...WORDS].join(", ")}`);
  }
  return new Set(words);
}

/** Which flows lie in a span of time; asked before a row is made. A flow without a time is in every span. */
export function timeFilter(
  since: Moment | undefined,
  until: Moment | undefined,
): (flow: JudgedFlow) => boolean {
  return (flow) => {
    if ((since === undefined && until === undefined) || !flow.legs[0].timed) return true;
    if (since !== undefined && isBefore(flow.end, since)) return false;
    return until === undefined || isBefore(flow.start, until);
  };
}
