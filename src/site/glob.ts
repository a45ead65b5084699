/** Whether a name fits a glob. */
export type GlobTest = (name: string) => boolean;

/** Most globs without braces that one with braces may stand for: `{a,b}{c,d}` stands for four. */
export const MOST_ALTERNATIVES = 1_024;

/**
 * Globs of site descriptions and policies: `*`, `?`, `[abc]`, `[!a-c]` and `{a,b}`; a backslash before one of these signs
 * takes it as it is. `*` also crosses slashes ("Gi0/0/*"), letter case does not count, and a name that looks like a glob
 * matches itself: "\Device\NPF_{...}", "trace (1).pcapng". Takes time with the product of the two lengths at most,
 * which a regular expression of several stars does not: the names come from captures.
 */
export function globTest(glob: string): GlobTest {
  const literal = glob.toLowerCase();
  const plain = (expandBraces(literal) ?? [literal]).map(tokensOf);
  return (name) => {
    const text = name.toLowerCase();
    return text === literal || plain.some((tokens) => fits(tokens, text));
  };
}

/** A glob that this name alone fits (letter case aside): the name itself where it stands for no other. */
export function globOf(name: string): string {
  const choices = expandBraces(name);
  const tokens = tokensOf(name);
  const isPlain =
    choices?.length === 1 &&
    choices[0] === name &&
    tokens.every((token) => typeof token === "string") &&
    tokens.join("") === name;
  return isPlain ? name : name.replace(/[*?[\]{},\\]/g, "\\$&");
}

/** The globs without braces that a glob stands for; undefined for more than `MOST_ALTERNATIVES`. */
export function expandBraces(glob: string): readonly string[] | undefined {
  const done: string[] = [];
  const open = [glob];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const braces = firstBraces(next);
    if (braces === undefined) done.push(next);
    else {
      const [before, after] = [next.slice(0, braces.start), next.slice(braces.end)];
      for (const choice of braces.choices.toReversed()) open.push(`${before}${choice}${after}`);
    }
    if (done.length + open.length > MOST_ALTERNATIVES) return undefined;
  }
  return done;
}

interface Braces {
  readonly start: number;
  readonly end: number;
  readonly choices: readonly string[];
}

/** The first braces with a comma of their own; others are text. */
function firstBraces(glob: string): Braces | undefined {
  const levels: { start: number; commas: number[] }[] = [];
  let first: Braces | undefined;
  for (let at = 0; at < glob.length; at++) {
    const sign = glob[at];
    if (sign === "\\" && SIGNS.has(glob[at + 1] ?? "")) at += 1;
    else if (sign === "{") levels.push({ start: at, commas: [] });
    else if (sign === ",") levels.at(-1)?.commas.push(at);
    else if (sign === "}") {
      const level = levels.pop();
      if (level === undefined || level.commas.length === 0) continue;
      // Braces inside others are closed sooner and begin later.
      if (first !== undefined && first.start < level.start) continue;
      const ends = [level.start, ...level.commas, at];
      const choices = ends.slice(1).map((end, i) => glob.slice((ends[i] ?? 0) + 1, end));
      first = { start: level.start, end: at + 1, choices };
    }
  }
  return first;
}

const SIGNS: ReadonlySet<string> = new Set(["*", "?", "[", "]", "{", "}", ",", "\\"]);

/** `*`, one character, or a test of one: `?` is a test that all pass. */
type Token = typeof STAR | string | ((character: string) => boolean);
const STAR = Symbol("*");

function tokensOf(glob: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < glob.length; at++) {
    const sign = glob[at] ?? "";
    if (sign === "*") {
      if (tokens.at(-1) !== STAR) tokens.push(STAR);
    } else if (sign === "?") tokens.push(() => true);
    else if (sign === "\\" && SIGNS.has(glob[at + 1] ?? "")) tokens.push(glob[++at] ?? "");
    else if (sign === "[") {
      // A closing bracket that comes first is one of the characters.
      const negated = glob[at + 1] === "!" || glob[at + 1] === "^";
      const from = negated ? at + 2 : at + 1;
      const end = glob.indexOf("]", from + 1);
      if (end < 0) tokens.push(sign);
      else {
        tokens.push(classOf(glob.slice(from, end), negated));
        at = end;
      }
    } else tokens.push(sign);
  }
  return tokens;
}

/** A test of one character: those of a list in which `a-c` is a range. */
function classOf(list: string, negated: boolean): (character: string) => boolean {
  const ranges: [string, string][] = [];
  for (let at = 0; at < list.length; at++) {
    const [first = "", dash, last] = list.slice(at, at + 3);
    if (dash !== "-" || last === undefined) ranges.push([first, first]);
    else {
      ranges.push([first, last]);
      at += 2;
    }
  }
  return (character) => ranges.some(([first, last]) => character >= first && character <= last) !== negated;
}

/** Goes back to the last star alone: what an earlier one took cannot help. */
function fits(tokens: readonly Token[], text: string): boolean {
  let at = 0;
  let token = 0;
  let afterStar = -1;
  let starEnd = 0;
  while (at < text.length) {
    const wanted = tokens[token];
    if (wanted === STAR) {
      afterStar = ++token;
      starEnd = at;
    } else if (wanted !== undefined && isOne(wanted, text[at] ?? "")) {
      token += 1;
      at += 1;
    } else {
      if (afterStar < 0) return false;
      token = afterStar;
      at = ++starEnd;
    }
  }
  while (tokens[token] === STAR) token += 1;
  return token === tokens.length;
}

function isOne(wanted: Exclude<Token, typeof STAR>, character: string): boolean {
  return typeof wanted === "string" ? wanted === character : wanted(character);
}
