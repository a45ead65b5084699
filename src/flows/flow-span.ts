import type { Direction } from "../words.ts";
import * as layout from "./layout.ts";

/** The direction whose earliest packet is the flow's: FIRST_SECONDS and FIRST_NANOSECONDS of it are the flow's start. */
export function startDirection(page: Uint32Array, at: number): Direction {
  if (page[at + layout.PACKETS] === 0) return 1;
  if (page[at + layout.PACKETS + 1] === 0) return 0;
  const x = page[at + layout.FIRST_SECONDS] ?? 0;
  const y = page[at + layout.FIRST_SECONDS + 1] ?? 0;
  if (x !== y) return x < y ? 0 : 1;
  const isLater = (page[at + layout.FIRST_NANOSECONDS] ?? 0) > (page[at + layout.FIRST_NANOSECONDS + 1] ?? 0);
  return isLater ? 1 : 0;
}

/** The flow's earliest packet, whole seconds. */
export function startSeconds(page: Uint32Array, at: number): number {
  return page[at + layout.FIRST_SECONDS + startDirection(page, at)] ?? 0;
}

/** Seconds of a record's latest packet, either direction. */
export function lastSeconds(page: Uint32Array, at: number): number {
  const x = page[at + layout.LAST_SECONDS] ?? 0;
  const y = page[at + layout.LAST_SECONDS + 1] ?? 0;
  return x > y ? x : y;
}

/** Seconds from a record's latest packet, either direction, to a moment. */
export function silenceUntil(page: Uint32Array, at: number, seconds: number, nanoseconds: number): number {
  const x = seconds - (page[at + layout.LAST_SECONDS] ?? 0);
  const y = seconds - (page[at + layout.LAST_SECONDS + 1] ?? 0);
  return Math.min(
    x + (nanoseconds - (page[at + layout.LAST_NANOSECONDS] ?? 0)) / 1e9,
    y + (nanoseconds - (page[at + layout.LAST_NANOSECONDS + 1] ?? 0)) / 1e9,
  );
}

/** True of a flow that has only packets without a time: it cannot have been idle. */
export function isWithoutTime(page: Uint32Array, at: number): boolean {
  return ((page[at + layout.META] ?? 0) & layout.META_UNTIMED) !== 0 && lastSeconds(page, at) === 0;
}
