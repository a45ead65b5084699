import { compareText } from "../compare-text.ts";
import { ownText } from "../own-text.ts";

/** Most words that all counters share: paths, verdicts, states of symmetry. */
const MOST_SHARED = 1_000;
const shared = new Map<string, string>();

/** A word to keep, without the row that it is a piece of; the same one for all counters. */
function keptWord(word: string): string {
  const known = shared.get(word);
  if (known !== undefined) return known;
  const own = ownText(word);
  if (shared.size < MOST_SHARED) shared.set(own, own);
  return own;
}

/** Lists of counters that have counted nothing; never changed. */
const [NO_WORDS, NO_COUNTS]: [string[], number[]] = [[], []];

/** Counts of a few different words; small where there are few. */
export class Counter {
  #words: string[] = NO_WORDS;
  #counts: number[] = NO_COUNTS;
  total = 0;

  add(word: string): void {
    this.total += 1;
    const at = this.#words.indexOf(word);
    if (at >= 0) this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    else this.#append(keptWord(word), 1);
  }

  /** The first of a list that is pushed to would make room for seventeen. */
  #append(word: string, count: number): void {
    if (this.#words.length === 0) {
      this.#words = [word];
      this.#counts = [count];
      return;
    }
    this.#words.push(word);
    this.#counts.push(count);
  }

  of(word: string): number {
    return this.#counts[this.#words.indexOf(word)] ?? 0;
  }

  /** Words and counts, the most frequent first, then by word. */
  ranked(): [string, number][] {
    return this.#words
      .map((word, i): [string, number] => [word, this.#counts[i] ?? 0])
      .sort(([a, x], [b, y]) => y - x || compareText(a, b));
  }

  /** The same for what words are turned into; undefined leaves a word out. */
  mapped(to: (word: string) => string | undefined): Counter {
    const counter = new Counter();
    this.#words.forEach((word, i) => {
      const name = to(word);
      if (name === undefined) return;
      const count = this.#counts[i] ?? 0;
      counter.total += count;
      const at = counter.#words.indexOf(name);
      if (at >= 0) counter.#counts[at] = (counter.#counts[at] ?? 0) + count;
      else counter.#append(name, count);
    });
    return counter;
  }
}

/** The largest difference of a share between two counters, in percentage points. */
export function largestShift(before: Counter, after: Counter): number {
  let most = 0;
  for (const [word] of [...before.ranked(), ...after.ranked()])
    most = Math.max(most, Math.abs(share(after, word) - share(before, word)));
  return most;
}

/** Share of a word, percent; 0 of nothing. */
export function share(counter: Counter, word: string): number {
  return counter.total === 0 ? 0 : (100 * counter.of(word)) / counter.total;
}

/** "expressroute", or "expressroute 95 %, internet 5 %" where there are several; empty for nothing. */
export function sharesText(counter: Counter): string {
  const ranked = counter.ranked();
  const [first] = ranked;
  if (first === undefined) return "";
  if (ranked.length === 1) return first[0];
  return ranked.map(([word, count]) => `${word} ${percentText((100 * count) / counter.total)}`).join(", ");
}

/** Whole percents, but for what is near none or all. */
export function percentText(percent: number): string {
  if (percent === 0 || percent === 100) return `${percent} %`;
  return percent < 1 || percent > 99
    ? `${percent.toFixed(percent < 0.1 ? 2 : 1)} %`
    : `${Math.round(percent)} %`;
}
