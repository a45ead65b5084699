import type { LegRecords } from "../classify/leg-records.ts";
import type { LegKeySink } from "../protocols/identity-key.ts";
import type { LoadedLegs } from "./loaded-legs.ts";
import type { OrderedLegs, StoredLeg } from "./ordered-legs.ts";

/** Most legs that go on looked at for one batch. */
const MOST_GOING_ON = 100_000;

/** Keys by which legs of one flow are found, of whichever kind. */
export class SharedKeys implements LegKeySink {
  readonly #keys = new Set<number>();
  /** Whether a key was asked for that is there. */
  isMet = false;

  add(key: number): void {
    this.#keys.add(key);
  }

  addAnswer(key: number): void {
    this.add(key);
  }

  /** Takes keys that are only asked for. */
  asking(): LegKeySink {
    this.isMet = false;
    const ask = (key: number): void => {
      this.isMet ||= this.#keys.has(key);
    };
    return { add: ask, addAnswer: ask };
  }
}

/** Finds legs that go on when a batch is judged, and that may be of one flow with a leg of it. */
export class Partners {
  readonly #legs: OrderedLegs;
  readonly #loaded: LoadedLegs;
  readonly #records: LegRecords;
  readonly #load: (leg: StoredLeg) => number;

  /** `load` puts a leg into `loaded`, whose `records` those are. */
  constructor(legs: OrderedLegs, loaded: LoadedLegs, records: LegRecords, load: (leg: StoredLeg) => number) {
    this.#legs = legs;
    this.#loaded = loaded;
    this.#records = records;
    this.#load = load;
  }

  /** Those that began before a moment and end at it or later, seconds, and have one of the keys; by their numbers in the order. */
  of(moment: number, keys: SharedKeys): number[] {
    const legs = this.#legs;
    const goingOn = legs.goingOn(moment, legs.firstEndingFrom(moment), MOST_GOING_ON, "any");
    return [...goingOn].filter((number) => {
      const flow = this.#load(legs.leg(number));
      this.#records.identityKeys(flow, keys.asking());
      this.#loaded.release(flow);
      return keys.isMet;
    });
  }
}
