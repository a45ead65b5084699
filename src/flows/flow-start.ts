import * as layout from "./layout.ts";

/** The direction whose earliest packet is the flow's: FIRST_SECONDS and FIRST_NANOSECONDS of it are the flow's start. */
export function startDirection(page: Uint32Array, at: number): 0 | 1 {
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
