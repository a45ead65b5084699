import type { LegKeySink } from "../protocols/identity-key.ts";
import type { Recognition } from "../protocols/recognition.ts";
import type { Leg } from "./leg.ts";

/** Reads what is kept of flows; a million of them are not held as objects. */
export interface LegReader {
  leg(flow: number): Leg;
  /** What the payloads of an ended flow said. */
  recognition(flow: number): Recognition;
  /** The same, of a flow that has more to tell than its record; else undefined. */
  details(flow: number): Recognition | undefined;
  /** True for a flow of STUN messages that nobody has read yet: it sets something up, if anything. */
  isUnreadStun(flow: number): boolean;
  /** Shows the keys of an ended flow's identities and streams, perhaps of more, without making what they are part of. */
  identityKeys(flow: number, sink: LegKeySink): void;
  /** True when one end's address ends in one of these 32-bit words. */
  touches(flow: number, lowWords: ReadonlySet<number>): boolean;
  /** False when all its packets came in link contexts that prove nothing. */
  mayProve(flow: number, proves: (context: number) => boolean): boolean;
}

/** Legs of one flow, and what joined them. */
export interface LegGroup {
  /** The one with the inside addresses first. */
  readonly legs: readonly [Leg, ...Leg[]];
  readonly joinBasis: string | undefined;
  /** Why legs that have something in common stay apart, for the reader. */
  readonly note: string | undefined;
  /** What the payloads of each leg said. */
  readonly recognitions: readonly Recognition[];
  /** False when payloads said no more than a first look can. */
  readonly wasWatched: boolean;
  /** True for STUN messages that nobody has read yet. */
  readonly isUnreadStun: boolean;
  /** False when surely no end has one of the addresses that end in these words. */
  mayTouch(lowWords: ReadonlySet<number>): boolean;
  /** False when surely all packets came in link contexts that prove nothing. */
  mayProve(proves: (context: number) => boolean): boolean;
  has(flow: number): boolean;
}

/** Flows in their order; each is put together when asked for, so that a million of them are not held. */
export interface GroupList {
  readonly length: number;
  /** Another object each time for a flow of one leg. */
  at(index: number): LegGroup;
}

/** A flow of one leg; its record is read when asked for, and anew each time. */
export class SingleLeg implements LegGroup {
  readonly #flow: number;
  readonly #reader: LegReader;

  constructor(flow: number, reader: LegReader) {
    this.#flow = flow;
    this.#reader = reader;
  }

  get legs(): readonly [Leg, ...Leg[]] {
    return [this.#reader.leg(this.#flow)];
  }
  get joinBasis(): undefined {
    return undefined;
  }
  get note(): undefined {
    return undefined;
  }
  get recognitions(): readonly Recognition[] {
    return [this.#reader.recognition(this.#flow)];
  }
  get wasWatched(): boolean {
    return this.#reader.details(this.#flow) !== undefined;
  }
  get isUnreadStun(): boolean {
    return this.#reader.isUnreadStun(this.#flow);
  }
  mayTouch(lowWords: ReadonlySet<number>): boolean {
    return this.#reader.touches(this.#flow, lowWords);
  }
  mayProve(proves: (context: number) => boolean): boolean {
    return this.#reader.mayProve(this.#flow, proves);
  }
  has(flow: number): boolean {
    return this.#flow === flow;
  }
}

/** Legs between which source NAT lay. */
export class JoinedLegs implements LegGroup {
  readonly legs: readonly [Leg, ...Leg[]];
  readonly joinBasis: string | undefined;
  readonly note: string | undefined;

  constructor(legs: readonly [Leg, ...Leg[]], joinBasis: string | undefined, note?: string) {
    this.legs = legs;
    this.joinBasis = joinBasis;
    this.note = note;
  }

  get recognitions(): readonly Recognition[] {
    return this.legs.map((leg) => leg.recognition);
  }
  get wasWatched(): boolean {
    return true;
  }
  get isUnreadStun(): boolean {
    return false;
  }
  mayTouch(): boolean {
    return true;
  }
  mayProve(): boolean {
    return true;
  }
  has(flow: number): boolean {
    return this.legs.some((leg) => leg.flow === flow);
  }
}
