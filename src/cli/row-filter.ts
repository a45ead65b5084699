import type { JudgedFlow } from "../classify/judged-flow.ts";
import { isBefore, type Moment } from "../path/moment.ts";
import { wordsOption } from "./words-option.ts";

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
const WORDS = ["asymmetric", ...VERDICT_WORDS, "symmetric", "suspect", "one-way", "unknown"];

/** Tells the flows whose symmetry or verdict is one of the words; concluded is only what a word asks for. */
export function wordFilter(words: ReadonlySet<string>): (flow: JudgedFlow) => boolean {
  // Worked out once: of a million flows most show no path, and little else is done with them.
  const paths = PATH_WORDS.filter(([word]) => words.has(word)).map(([, path]) => path);
  const asymmetric = words.has("asymmetric");
  const byPath = [...words].every((word) => word === "asymmetric" || PATH_WORDS.some(([w]) => w === word));
  const asksVerdict = VERDICT_WORDS.some((word) => words.has(word));
  // Paths alone rule words out (docs/evidence.md); endpoints need not be looked up then.
  const mayHold = (flow: JudgedFlow): boolean =>
    !byPath || (flow.isSeen && ((asymmetric && flow.isAsymmetric) || paths.some((path) => flow.shows(path))));
  return (flow) =>
    mayHold(flow) && (words.has(flow.symmetry.symmetry) || (asksVerdict && words.has(flow.verdict)));
}

/** Words that no flow has unless a direction of it shows the path. */
const PATH_WORDS = [
  ["internet-instead", "internet"],
  ["expressroute-instead", "expressroute"],
  ["mixed", "mixed"],
] as const;

/** The verdicts and symmetries that an option names, or undefined where it was not given. */
export function rowWords(option: string, text: string | undefined): ReadonlySet<string> | undefined {
  return wordsOption(option, text, WORDS);
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
