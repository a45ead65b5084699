import type { JudgedFlow } from "../classify/judged-flow.ts";
import { UsageError } from "./exit.ts";

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

/** Seconds since 1970 of an ISO 8601 time (UTC where it names no zone) or a number. */
export function momentOption(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  const zoned = /(Z|[+-]\d\d:?\d\d)$/i.test(text) || /^\d{4}-\d\d-\d\d$/.test(text) ? text : `${text}Z`;
  const milliseconds = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(zoned.replace(" ", "T")) : Number.NaN;
  if (Number.isNaN(milliseconds))
    throw new UsageError(
      `${option} ${text}: wanted a time such as 2026-11-24T08:30:00Z, or seconds since 1970`,
    );
  return milliseconds / 1000;
}

/** Which flows lie in a span of time; asked before a row is made. A flow without a time is in every span. */
export function timeFilter(
  since: number | undefined,
  until: number | undefined,
): (flow: JudgedFlow) => boolean {
  return (flow) => {
    if ((since === undefined && until === undefined) || !flow.legs[0].timed) return true;
    const { start, end } = flow;
    if (since !== undefined && end.seconds + end.nanoseconds / 1e9 < since) return false;
    return until === undefined || start.seconds + start.nanoseconds / 1e9 < until;
  };
}
