import type { EndpointHistory } from "./history.ts";
import type { EndpointSet } from "./endpoint-set.ts";

/** A stretch of neighbouring stored versions in which a set listed one prefix or name. */
export interface Spell {
  readonly set: EndpointSet;
  /** The prefix or name. */
  readonly text: string;
  /** First and last stored version of the stretch; versions between stored ones are not known. */
  readonly first: string;
  readonly last: string;
  /** Whether nothing older is stored: it may be older than `first`. */
  readonly fromBeginning: boolean;
  /** Whether the stretch reaches the newest version. */
  readonly toNewest: boolean;
}

/** A spell while versions are read; `first` and `last` are their indexes. */
interface RunningSpell {
  set: EndpointSet;
  readonly text: string;
  readonly first: number;
  last: number;
}

/**
 * Every stretch of versions in which a set had a prefix or name that `wanted` accepts, oldest first.
 * `set` is as it stood in the last version of the stretch. Reads all stored versions.
 */
export function spellsOf(
  history: EndpointHistory,
  textsOf: (set: EndpointSet) => readonly string[],
  wanted: (text: string) => boolean,
): Spell[] {
  const accepted = new Map<string, boolean>();
  const accepts = (text: string): boolean => {
    let answer = accepted.get(text);
    if (answer === undefined) accepted.set(text, (answer = wanted(text)));
    return answer;
  };
  const all: RunningSpell[] = [];
  const open = new Map<string, RunningSpell>();
  for (const [index, stored] of history.stored.entries()) {
    for (const set of stored.sets()) {
      for (const text of textsOf(set)) {
        if (!accepts(text)) continue;
        const key = `${set.id} ${text}`;
        const running = open.get(key);
        if (running !== undefined && running.last === index - 1) {
          running.last = index;
          running.set = set;
        } else {
          const started = { set, text, first: index, last: index };
          open.set(key, started);
          all.push(started);
        }
      }
    }
  }
  const newest = history.versions.length - 1;
  return all.map((each) => ({
    set: each.set,
    text: each.text,
    first: history.versions[each.first] ?? "",
    last: history.versions[each.last] ?? "",
    fromBeginning: each.first === 0,
    toNewest: each.last === newest,
  }));
}
