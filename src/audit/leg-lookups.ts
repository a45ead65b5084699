import { QUICK_DNS } from "../classify/quick-codes.ts";
import type { Lookup, LookupSightings } from "../classify/lookup-sightings.ts";
import { FlowKey } from "../flows/flow-key.ts";
import type { FlowRecords } from "../flows/flow-records.ts";
import { startDirection } from "../flows/flow-span.ts";
import * as layout from "../flows/layout.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";

const NONE: readonly Lookup[] = [];

/** What a flow of lessons is known by, and the time of its first packet, which is in it. */
interface FlowName {
  readonly text: string;
  readonly seconds: number;
  readonly nanoseconds: number;
}

/**
 * Lookups of legs that were read from files. The packets of the lookups were followed anew, as lessons, so their flows
 * have other numbers there: a flow is known by its 5-tuple and the time of its first packet.
 */
export class LegLookups {
  readonly #sightings: LookupSightings;
  readonly #key = new FlowKey();
  /** Flows of the lessons by name, and their names. */
  readonly #followed = new Map<string, number>();
  readonly #names = new Map<number, FlowName>();
  /** Legs by name. */
  readonly #legs = new Map<string, number>();
  /** Lookups with the numbers of legs in place of those of lessons, by the original. */
  #translated = new Map<Lookup, Lookup>();

  constructor(sightings: LookupSightings) {
    this.#sightings = sightings;
  }

  /** A flow of lessons has one more packet; `began`: its first. One that comes late may be earlier than those before it. */
  followed(records: FlowRecords, flow: number, began: boolean): void {
    const known = began ? undefined : this.#names.get(flow);
    const { table } = records;
    const first = startDirection(table.page(flow), table.base(flow));
    const seconds = table.word(flow, layout.FIRST_SECONDS + first);
    const nanoseconds = table.word(flow, layout.FIRST_NANOSECONDS + first);
    if (known?.seconds === seconds && known.nanoseconds === nanoseconds) return;
    if (known !== undefined && this.#followed.get(known.text) === flow) this.#followed.delete(known.text);
    const text = this.#nameOf(records, flow);
    this.#followed.set(text, flow);
    this.#names.set(flow, { text, seconds, nanoseconds });
  }

  /** Its number will name another flow. */
  released(flow: number): void {
    this.#sightings.forget(flow);
    const name = this.#names.get(flow);
    if (name === undefined) return;
    this.#names.delete(flow);
    if (this.#followed.get(name.text) === flow) this.#followed.delete(name.text);
  }

  loaded(legs: FlowRecords, leg: number): void {
    if (isLookup(legs, leg)) this.#legs.set(this.#nameOf(legs, leg), leg);
  }

  unloaded(legs: FlowRecords, leg: number): void {
    if (isLookup(legs, leg)) this.#legs.delete(this.#nameOf(legs, leg));
  }

  /** Lookups of a leg that other legs have, too. */
  of(legs: FlowRecords, leg: number): readonly Lookup[] {
    if (!isLookup(legs, leg)) return NONE;
    const flow = this.#followed.get(this.#nameOf(legs, leg));
    const lookups = flow === undefined ? NONE : this.#sightings.of(flow);
    return lookups.length === 0 ? NONE : lookups.map((lookup) => this.#translate(lookup));
  }

  /** Forgets what was said between two batches of legs. */
  nextBatch(): void {
    this.#translated = new Map();
  }

  #translate(lookup: Lookup): Lookup {
    const known = this.#translated.get(lookup);
    if (known !== undefined) return known;
    const translated = {
      sightings: lookup.sightings.map((sighting) => ({
        ...sighting,
        flow: this.#legs.get(this.#names.get(sighting.flow)?.text ?? "") ?? -1,
      })),
    };
    this.#translated.set(lookup, translated);
    return translated;
  }

  #nameOf(records: FlowRecords, flow: number): string {
    const key = this.#key;
    key.ofFlow(records, flow);
    const { table } = records;
    const first = startDirection(table.page(flow), table.base(flow));
    const seconds = table.word(flow, layout.FIRST_SECONDS + first);
    return `${key.high} ${key.low} ${seconds} ${table.word(flow, layout.FIRST_NANOSECONDS + first)}`;
  }
}

/** A flow that a first look told to be DNS over UDP. */
function isLookup(records: FlowRecords, flow: number): boolean {
  const { table } = records;
  return (
    (table.word(flow, layout.META) & layout.META_PROTOCOL) === IpProtocol.udp &&
    (table.word(flow, layout.RECOGNITION) & 0xff) === QUICK_DNS
  );
}
