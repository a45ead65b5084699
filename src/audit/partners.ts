import type { LegRecords } from "../classify/leg-records.ts";
import type { LoadedLegs } from "./loaded-legs.ts";
import type { OrderedLegs, StoredLeg } from "./ordered-legs.ts";

/** Most legs that go on looked at for one batch. */
const MOST_GOING_ON = 100_000;

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

  /**
   * Those from `from` on that began before a moment and end at it or later, seconds, and that something is known of by which legs
   * are joined; by their numbers in the order.
   */
  of(moment: number, from: number): Uint32Array {
    return this.#legs.goingOn(moment, from, MOST_GOING_ON, "any").filter((number) => {
      const flow = this.#load(this.#legs.leg(number));
      let isKnown = false;
      const know = (): void => {
        isKnown = true;
      };
      this.#records.identityKeys(flow, { add: know, addAnswer: know });
      this.#loaded.release(flow);
      return isKnown;
    });
  }
}
