import { SIGNALING_SECONDS } from "../callflow/group.ts";
import { lastSeconds, startSeconds } from "../flows/flow-span.ts";
import * as layout from "../flows/layout.ts";
import { isUnderway } from "../flows/underway.ts";
import type { FlowObserver } from "../flows/observer.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import type { SiteView } from "./site-view.ts";

/**
 * Rows of a call wait no longer than this for its end; flows that end later still tell a call of their own client. Rows
 * wait as long as TCP's idle time-out (an hour) anyway.
 */
const MAX_HOLD_SECONDS = 7200;

/** Decides how long rows wait for a call that is still going on, so that all its rows are written with all known. */
export class CallHold {
  readonly #observer: FlowObserver;
  readonly #view: SiteView;
  /** Start of the first live media, seconds, by a hash of its user's address: two users rarely share one. */
  readonly #firstStart = new Map<number, number>();
  /** Hashes of the addresses and ports of live media: who was on hold goes on at them (callflow/join-moves.ts). */
  readonly #tuples = new Set<number>();

  constructor(observer: FlowObserver, view: SiteView) {
    this.#observer = observer;
    this.#view = view;
  }

  /** Flows that ended at or after the answer (seconds) wait; never later than `bound`. */
  bound(bound: number, waiting: Uint32Array): number {
    const { clock, table } = this.#observer;
    let earliest = Math.min(bound, clock - SIGNALING_SECONDS);
    this.#findLiveMedia();
    if (this.#firstStart.size === 0) return earliest;
    const oldest = clock - MAX_HOLD_SECONDS;
    for (const flow of waiting) {
      const page = table.page(flow);
      const at = table.base(flow);
      const last = lastSeconds(page, at);
      if (last >= earliest || last < oldest) continue;
      const media = this.#observer.detail(flow)?.mayBeMedia === true;
      if (media && this.#tuples.has(tupleHash(page, at))) {
        earliest = last;
        continue;
      }
      for (const end of [layout.ADDRESS_A, layout.ADDRESS_B]) {
        const start = this.#firstStart.get(addressHash(page, at + end));
        if (start === undefined || last + SIGNALING_SECONDS < start) continue;
        if (media || startSeconds(page, at) <= start || wasThereBefore(page, at)) earliest = last;
      }
    }
    return earliest;
  }

  #findLiveMedia(): void {
    this.#firstStart.clear();
    this.#tuples.clear();
    const { table } = this.#observer;
    table.forEachLive((flow) => {
      const page = table.page(flow);
      const at = table.base(flow);
      if (((page[at + layout.META] ?? 0) & layout.META_DETAIL) === 0) return;
      if (this.#observer.detail(flow)?.mayBeMedia !== true) return;
      const start = startSeconds(page, at);
      this.#note(page, at + layout.ADDRESS_A, start);
      this.#note(page, at + layout.ADDRESS_B, start);
      this.#tuples.add(tupleHash(page, at));
    });
  }

  /** Users only: servers take part in many calls at once. */
  #note(page: Uint32Array, at: number, start: number): void {
    const { zone } = this.#view.site.zoneOf(
      page[at] ?? 0,
      page[at + 1] ?? 0,
      page[at + 2] ?? 0,
      page[at + 3] ?? 0,
    );
    if (zone !== "internal" && zone !== "remote") return;
    const hash = addressHash(page, at);
    const known = this.#firstStart.get(hash);
    if (known === undefined || start < known) this.#firstStart.set(hash, start);
  }
}

function wasThereBefore(page: Uint32Array, at: number): boolean {
  return (
    ((page[at + layout.META] ?? 0) & layout.META_PROTOCOL) === IpProtocol.tcp &&
    isUnderway(page[at + layout.TCP_STATE] ?? 0)
  );
}

function addressHash(page: Uint32Array, at: number): number {
  const high = Math.imul((page[at] ?? 0) ^ Math.imul(page[at + 1] ?? 0, 0x9e3779b1), 0x85ebca6b);
  return ((page[at + 3] ?? 0) ^ Math.imul((page[at + 2] ?? 0) ^ high, 0xc2b2ae35)) >>> 0;
}

/** Flows keep their two ends in an order that does not depend on who sent first. */
function tupleHash(page: Uint32Array, at: number): number {
  const ends =
    addressHash(page, at + layout.ADDRESS_A) ^ Math.imul(addressHash(page, at + layout.ADDRESS_B), 5);
  return (ends ^ Math.imul(page[at + layout.PORTS] ?? 0, 0x9e3779b1)) >>> 0;
}
