import type { SpareWords } from "../flows/spare-words.ts";
import { finish } from "../hash/murmur.ts";
import { RUN_SEED } from "../hash/run-seed.ts";
import type { LegKeySink } from "../protocols/identity-key.ts";
import type { LegReader } from "./leg-group.ts";

/**
 * Those of the flows that share an identity or a stream with another one, so that `joinLegs` has to look at them. Keys
 * that are equal by chance only cost a closer look. What it takes of `spare` is of no use afterwards.
 */
export function sharing(
  flows: readonly number[] | Uint32Array,
  reader: LegReader,
  spare: SpareWords,
): Set<number> {
  const keys = new FlowKeys(spare);
  for (const flow of flows) {
    keys.flow = flow;
    reader.identityKeys(flow, keys);
  }
  // Mostly there is none, and the keys of a million flows take as much memory as what they are sorted out of.
  if (keys.hasAnswersAlone) {
    const answers: LegKeySink = {
      add: () => undefined,
      addAnswer: (key, isAlone) => {
        if (!isAlone) keys.add(key);
      },
    };
    for (const flow of flows) {
      keys.flow = flow;
      reader.identityKeys(flow, answers);
    }
  }
  return keys.flowsWithEqual();
}

const FIRST_KEYS = 1024;

function signed(words: Uint32Array): Int32Array {
  return new Int32Array(words.buffer, words.byteOffset, words.length);
}

/** Keys, and the flow of each. */
class FlowKeys implements LegKeySink {
  /** Whose keys are added. */
  flow = 0;
  hasAnswersAlone = false;
  readonly #spare: SpareWords;
  #keys: Int32Array;
  #flows: Uint32Array;
  #count = 0;

  constructor(spare: SpareWords) {
    this.#spare = spare;
    this.#keys = signed(spare.take(FIRST_KEYS));
    this.#flows = spare.take(FIRST_KEYS);
  }

  add(key: number): void {
    if (this.#count === this.#keys.length) this.#grow();
    this.#keys[this.#count] = key;
    this.#flows[this.#count] = this.flow;
    this.#count += 1;
  }

  addAnswer(key: number, isAlone: boolean): void {
    if (!isAlone) return;
    this.hasAnswersAlone = true;
    this.add(key);
  }

  #grow(): void {
    const keys = signed(this.#spare.take(this.#count * 2));
    const flows = this.#spare.take(this.#count * 2);
    keys.set(this.#keys);
    flows.set(this.#flows);
    this.#keys = keys;
    this.#flows = flows;
  }

  /** By a table of the first note of each key: as a Map of a million keys it would take several times as long. */
  flowsWithEqual(): Set<number> {
    const keys = this.#keys;
    const flows = this.#flows;
    const found = new Set<number>();
    const mask = 2 ** Math.ceil(Math.log2(this.#count * 2 + 2)) - 1;
    const first = this.#spare.take(mask + 1);
    for (let i = 0; i < this.#count; i++) {
      const key = keys[i] ?? 0;
      let slot = finish(key ^ RUN_SEED) & mask;
      let entry = first[slot] ?? 0;
      while (entry !== 0 && keys[entry - 1] !== key) {
        slot = (slot + 1) & mask;
        entry = first[slot] ?? 0;
      }
      if (entry === 0) first[slot] = i + 1;
      else if (flows[entry - 1] !== flows[i]) found.add(flows[entry - 1] ?? 0).add(flows[i] ?? 0);
    }
    return found;
  }
}
