import { counted } from "../count-text.ts";
import type { DirectionPath } from "../path/evidence.ts";
import { mappedAddresses } from "./flow-evidence.ts";
import type { Leg } from "./leg.ts";
import { isPublic } from "./public-address.ts";

/** Most source addresses watched; a NAT pool has few. */
const MAX_ADDRESSES = 4096;

/** A public address of ours that flows used as their source on ExpressRoute and on the Internet. */
export interface SharedSource {
  readonly address: string;
  readonly expressroute: number;
  readonly internet: number;
}

/**
 * Which public addresses of our side were the source of flows on which path. Microsoft wants each on one path only:
 * one that is advertised on both draws answers to the wrong one (expressroute-nat, "NAT pools").
 */
export class NatSources {
  readonly #flows: Map<string, { expressroute: number; internet: number }> = new Map();

  /** Takes in a judged flow; answers with a source address of it that was seen on the other path before. */
  observe(legs: readonly Leg[], out: DirectionPath): string | undefined {
    const { path } = out;
    if (path !== "expressroute" && path !== "internet") return undefined;
    // What follows from the pool itself cannot speak against it.
    if (out.basis.every((kind) => kind === "nat-pool" || kind === "mapped-address")) return undefined;
    let shared: string | undefined;
    for (const address of sourcesOf(legs)) {
      let counts = this.#flows.get(address);
      if (counts === undefined) {
        if (this.#flows.size >= MAX_ADDRESSES) continue;
        this.#flows.set(address, (counts = { expressroute: 0, internet: 0 }));
      }
      counts[path] += 1;
      if (counts[path === "internet" ? "expressroute" : "internet"] > 0) shared ??= address;
    }
    return shared;
  }

  /** Addresses seen on both, in the order in which they were first seen. */
  shared(): SharedSource[] {
    return [...this.#flows]
      .filter(([, { expressroute, internet }]) => expressroute > 0 && internet > 0)
      .map(([address, counts]) => ({ address, ...counts }));
  }
}

function sourcesOf(legs: readonly Leg[]): Set<string> {
  const found = new Set<string>();
  for (const leg of legs) {
    if (!leg.ends.openedByUs) continue;
    if (isPublic(leg.near.words)) found.add(leg.near.text);
    for (const { words, text } of mappedAddresses(leg)) if (isPublic(words)) found.add(text);
  }
  return found;
}

/** Addresses that are named; where hosts have public addresses of their own, as with IPv6, each of them may be shared. */
const MOST_NAMED = 10;

/** Each shared address as a sentence; of many those with most flows, and how many more there are. */
export function sharedSourceNotes(shared: readonly SharedSource[]): string[] {
  const named =
    shared.length <= MOST_NAMED
      ? shared
      : shared.toSorted((x, y) => flowsOf(y) - flowsOf(x)).slice(0, MOST_NAMED);
  const notes = named.map(
    ({ address, expressroute, internet }) =>
      `source address ${address} was seen on both paths: ${counted(expressroute, "flow")} over ExpressRoute, ${counted(internet, "flow")} over the Internet; a NAT pool of its own for each path keeps answers on the way they came`,
  );
  const more = shared.length - named.length;
  if (more > 0)
    notes.push(
      `${counted(more, "more source address was", "more source addresses were")} seen on both paths, none with more flows`,
    );
  return notes;
}

function flowsOf({ expressroute, internet }: SharedSource): number {
  return expressroute + internet;
}
