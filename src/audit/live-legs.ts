import { parseAddress } from "../address/address.ts";
import { JoinedLegs, type LegGroup } from "../classify/leg-group.ts";
import type { LegRecords } from "../classify/leg-records.ts";
import type { LoadedLegs } from "./loaded-legs.ts";
import type { OrderedLegs, StoredLeg } from "./ordered-legs.ts";

/** Most TCP flows that go on looked at for the calls of one batch. */
const MOST_LIVE = 10_000;

/** Most legs that go on looked at for legs of one flow with what a batch has. */
const MOST_PARTNERS = 100_000;

/** Legs that go on when a batch is judged; those that its calls ask for stay loaded until it is over. */
export class LiveLegs {
  readonly #legs: OrderedLegs;
  readonly #loaded: LoadedLegs;
  readonly #records: LegRecords;
  readonly #load: (leg: StoredLeg) => number;
  /** By their numbers in the order. */
  #goingOn: Uint32Array = NONE;
  readonly #flows: number[] = [];

  /** `load` puts a leg into `loaded`, whose `records` those are. */
  constructor(legs: OrderedLegs, loaded: LoadedLegs, records: LegRecords, load: (leg: StoredLeg) => number) {
    this.#legs = legs;
    this.#loaded = loaded;
    this.#records = records;
    this.#load = load;
  }

  /** A batch of what ended before a moment, seconds, begins. */
  begin(moment: number): void {
    const legs = this.#legs;
    this.#goingOn = legs.goingOn(moment, legs.firstEndingFrom(moment), MOST_LIVE * 10, "tcp");
  }

  end(): void {
    this.#goingOn = NONE;
    for (const flow of this.#flows.splice(0)) this.#loaded.release(flow);
  }

  /**
   * Those from `from` on that began before a moment and end at it or later, seconds, and that something is known of by which legs
   * are joined; by their numbers in the order, without those that are `taken`.
   */
  partners(moment: number, from: number, taken: ReadonlySet<number>): Uint32Array {
    return this.#legs.goingOn(moment, from, MOST_PARTNERS, "any").filter((number) => {
      if (taken.has(number)) return false;
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

  /** Settled TCP flows of some addresses. */
  of(addresses: ReadonlySet<string>): LegGroup[] {
    const lowest = new Set<number>();
    for (const text of addresses) {
      const address = parseAddress(text);
      if (address !== undefined) lowest.add(address.words[3]);
    }
    const found: LegGroup[] = [];
    for (const number of this.#goingOn) {
      if (found.length >= MOST_LIVE) break;
      if (!this.#legs.isSettledOf(number, lowest)) continue;
      const flow = this.#load(this.#legs.leg(number));
      this.#flows.push(flow);
      const leg = this.#records.leg(flow);
      if (addresses.has(leg.a.text) || addresses.has(leg.b.text))
        found.push(new JoinedLegs([leg], undefined));
    }
    return found;
  }

  /** Lets go of the file that it holds open. */
  close(): void {
    this.#loaded.close();
  }
}

const NONE = new Uint32Array();
