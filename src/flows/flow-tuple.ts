import { finish, mix } from "../hash/murmur.ts";
import { RUN_SEED } from "../hash/run-seed.ts";
import type { FiveTuple } from "../wire/five-tuple.ts";
import * as layout from "./layout.ts";

/** The fields of a packet that name its flow. */
export interface Tuple extends FiveTuple {
  readonly ipVersion: number;
}

/** True when the source is side A of the record. */
export function isForward(t: Tuple): boolean {
  if (t.source3 !== t.destination3) return t.source3 < t.destination3;
  if (t.source2 !== t.destination2) return t.source2 < t.destination2;
  if (t.source1 !== t.destination1) return t.source1 < t.destination1;
  if (t.source0 !== t.destination0) return t.source0 < t.destination0;
  return t.sourcePort <= t.destinationPort;
}

/**
 * The same in both directions; every word is mixed in on its own, so that made-up addresses do not pile up in one slot. A
 * signed word: the engine boxes an unsigned one above 2^31 on its way from function to function.
 */
export function flowHash(t: Tuple, forward: boolean, ports: number): number {
  let hash = forward
    ? hashOfEnds(t.source3, t.destination3, ports)
    : hashOfEnds(t.destination3, t.source3, ports);
  if (t.ipVersion === 6) {
    hash = mix(mix(hash, forward ? t.source0 : t.destination0), forward ? t.destination0 : t.source0);
    hash = mix(mix(hash, forward ? t.source1 : t.destination1), forward ? t.destination1 : t.source1);
    hash = mix(mix(hash, forward ? t.source2 : t.destination2), forward ? t.destination2 : t.source2);
  }
  return finish(hash + t.protocol) | 0;
}

/** The first part of `flowHash`: of the last words of A's address and B's, and `portsOf`. */
export function hashOfEnds(a: number, b: number, ports: number): number {
  let hash = Math.imul(a ^ RUN_SEED, 0x9e3779b1);
  hash = Math.imul((hash ^ (hash >>> 15)) + b, 0x85ebca6b);
  return Math.imul((hash ^ (hash >>> 13)) + ports, 0xc2b2ae35);
}

/** True when a record is that of the tuple's flow. */
export function sameTuple(page: Uint32Array, at: number, t: Tuple, forward: boolean): boolean {
  const meta = page[at + layout.META] ?? 0;
  if (
    (meta & layout.META_PROTOCOL) !== t.protocol ||
    ((meta & layout.META_IPV6) !== 0) !== (t.ipVersion === 6)
  ) {
    return false;
  }
  const a = at + (forward ? layout.ADDRESS_A : layout.ADDRESS_B);
  const b = at + (forward ? layout.ADDRESS_B : layout.ADDRESS_A);
  return (
    page[a + 3] === t.source3 &&
    page[b + 3] === t.destination3 &&
    page[a + 2] === t.source2 &&
    page[b + 2] === t.destination2 &&
    page[a + 1] === t.source1 &&
    page[b + 1] === t.destination1 &&
    page[a] === t.source0 &&
    page[b] === t.destination0
  );
}

/** A's port in the upper half, B's in the lower, signed as the hash. */
export function portsOf(t: Tuple, forward: boolean): number {
  return forward ? (t.sourcePort << 16) | t.destinationPort : (t.destinationPort << 16) | t.sourcePort;
}
