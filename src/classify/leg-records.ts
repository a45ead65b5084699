import type { EndpointHistory } from "../endpoints/history.ts";
import * as layout from "../flows/layout.ts";
import type { FlowRecords } from "../flows/flow-records.ts";
import { commonIdentity, identityKey, type LegKeySink } from "../protocols/identity-key.ts";
import type { LoneStun } from "../protocols/lone-stun.ts";
import type { Recognition } from "../protocols/recognition.ts";
import type { LegReader } from "./leg-group.ts";
import { Leg } from "./leg.ts";
import { quickRecognition } from "./quick-codes.ts";
import type { SiteView } from "./site-view.ts";

/** What an inspector said of an ended flow, asked once; undefined where none watched it. */
export function endedRecognition(records: FlowRecords, flow: number): Recognition | undefined {
  return records.detail(flow)?.settle();
}

/** A server's random: the client's joins legs as well, where there is one. */
const TLS_ANSWER = "tls-server:";

const CONTEXTS_MIXED = layout.META_CONTEXT_MIXED | (layout.META_CONTEXT_MIXED << 1);

/** Reads legs out of the observer's records. */
export class LegRecords implements LegReader {
  readonly #observer: FlowRecords;
  readonly #view: SiteView;
  readonly #history: EndpointHistory;
  readonly #asOf: number | string | undefined;
  readonly #lone: LoneStun | undefined;

  constructor(
    observer: FlowRecords,
    view: SiteView,
    history: EndpointHistory,
    asOf: number | string | undefined,
    lone?: LoneStun,
  ) {
    this.#observer = observer;
    this.#view = view;
    this.#history = history;
    this.#asOf = asOf;
    this.#lone = lone;
  }

  leg(flow: number): Leg {
    return this.#leg(flow, this.recognition(flow));
  }

  /** A flow that is live still, but whose inspector has nothing more to learn. */
  liveLeg(flow: number): Leg {
    return this.#leg(flow, this.#observer.detail(flow)?.recognition ?? this.#quick(flow));
  }

  #leg(flow: number, recognition: Recognition): Leg {
    return new Leg(this.#observer, flow, this.#view.site, this.#history, this.#asOf, recognition);
  }

  recognition(flow: number): Recognition {
    return this.details(flow) ?? this.#lone?.recognition(flow) ?? this.#quick(flow);
  }

  /** What an inspector said of an ended flow, asked once; undefined where none watched it. */
  details(flow: number): Recognition | undefined {
    return endedRecognition(this.#observer, flow);
  }

  isUnreadStun(flow: number): boolean {
    return this.#lone?.has(flow) ?? false;
  }

  identityKeys(flow: number, sink: LegKeySink): void {
    const detail = this.#observer.detail(flow);
    if (detail?.inspector?.identityKeys !== undefined) {
      detail.inspector.identityKeys(sink);
      return;
    }
    const known = detail === undefined ? undefined : this.details(flow); // most have neither
    if (known === undefined) this.#lone?.identityKeys(flow, sink);
    else addKeys(known, sink);
  }

  touches(flow: number, lowWords: ReadonlySet<number>): boolean {
    const { table } = this.#observer;
    return (
      lowWords.has(table.word(flow, layout.ADDRESS_A + 3)) ||
      lowWords.has(table.word(flow, layout.ADDRESS_B + 3))
    );
  }

  mayProve(flow: number, proves: (context: number) => boolean): boolean {
    const page = this.#observer.table.page(flow);
    const at = this.#observer.table.base(flow);
    if (((page[at + layout.META] ?? 0) & CONTEXTS_MIXED) !== 0) return true;
    // Counted from one; 0 stands for a direction without packets.
    const x = page[at + layout.CONTEXT] ?? 0;
    const y = page[at + layout.CONTEXT + 1] ?? 0;
    return (x !== 0 && proves(x - 1)) || (y !== 0 && y !== x && proves(y - 1));
  }

  #quick(flow: number): Recognition {
    const { table } = this.#observer;
    const direction = (table.word(flow, layout.META) & layout.META_FIRST_DIRECTION) === 0 ? 0 : 1;
    return quickRecognition(
      table.word(flow, layout.RECOGNITION),
      table.word(flow, layout.FIRST_PACKET + direction),
    );
  }
}

function addKeys({ identities, streams }: Recognition, sink: LegKeySink): void {
  if (identities !== undefined)
    for (const identity of identities) {
      const key = identityKey(commonIdentity(identity));
      if (identity.startsWith(TLS_ANSWER)) sink.addAnswer(key, identities.length === 1);
      else sink.add(key);
    }
  if (streams !== undefined) for (const stream of streams) sink.add(stream.ssrc | 0);
}
