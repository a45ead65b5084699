import type { CallFlow } from "./call-flow.ts";

const SECOND_US = 1_000_000;
/** Times of streams are less precise than those of flows. */
const SAME_US = 1000;

/** When a flow's media begins, microseconds since 1970: an allocation may be long before it. Its own start where no stream was read. */
export function mediaStartUs({ streams, fax, startUs }: CallFlow): number {
  if (streams.length === 0 || startUs === 0) return startUs;
  const first = streams.reduce(
    (least, { startSeconds }) => Math.min(least, startSeconds),
    fax?.startSeconds ?? Infinity,
  );
  return first * SECOND_US - startUs > SAME_US ? Math.round(first * SECOND_US) : startUs;
}

/** When it ends: checks and refreshes may go on. */
export function mediaEndUs({ streams, fax, endUs }: CallFlow): number {
  if (streams.length === 0 || endUs === 0) return endUs;
  const last = streams.reduce((most, { endSeconds }) => Math.max(most, endSeconds), fax?.endSeconds ?? 0);
  return endUs - last * SECOND_US > SAME_US ? Math.round(last * SECOND_US) : endUs;
}
