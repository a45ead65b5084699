import { firstWhere } from "../first-where.ts";

/** A capture's place in time, by the clock of the reference, in whole seconds. */
export interface TimedCapture {
  /** Of the first packet with a time; undefined for a capture without one. */
  readonly first: number | undefined;
  /** Of the last one in order: no packet comes after it. */
  readonly last: number;
  readonly size: number;
}

/** Times at the ends: every packet lies between them. */
export const EARLIEST = 0;
export const LATEST: number = 2 ** 32;

/** A window closes at this many bytes of captures that begin in it, unless told otherwise. */
export const WINDOW_BYTES = 1_000_000_000;

/**
 * Where windows of time begin, but for the first. A border is the beginning of a capture; windows are filled from the
 * left, so that captures that come later leave earlier borders where they are. What lies across a border is read again
 * by the next window, so there is none where that is more than two windows' worth.
 */
export function bordersOf(captures: readonly TimedCapture[], windowBytes: number): number[] {
  const sorted = captures
    .filter((capture) => capture.first !== undefined)
    .map(({ first = 0, last, size }) => ({ first, last, size }))
    .sort((x, y) => x.first - y.first || x.last - y.last || x.size - y.size);
  const borders: number[] = [];
  let open: { readonly last: number; readonly size: number }[] = [];
  let bytes = 0;
  let begin = sorted[0]?.first ?? 0;
  for (let i = 0; i < sorted.length;) {
    const at = sorted[i]?.first ?? 0;
    if (bytes >= windowBytes && at > begin) {
      open = open.filter(({ last }) => last >= at);
      if (open.reduce((sum, { size }) => sum + size, 0) <= 2 * windowBytes) {
        borders.push(at);
        bytes = 0;
        begin = at;
      }
    }
    for (; i < sorted.length && sorted[i]?.first === at; i++) {
      const capture = sorted[i];
      if (capture === undefined) break;
      bytes += capture.size;
      open.push(capture);
    }
  }
  return borders;
}

/** Number of the window that a second lies in. */
export function windowOf(borders: readonly number[], second: number): number {
  return firstWhere(borders.length, (window) => (borders[window] ?? 0) > second);
}
