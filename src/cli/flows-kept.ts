/** Most flows of calls kept in one run, however much memory there is. */
export const MOST_FLOWS = 400_000;
/**
 * What a flow takes with its call, bytes: 4 KB where it has a stream of audio each way, more with video. Measured as the
 * smallest heap in which a capture of 25,000 such calls can be read.
 */
const BYTES_OF_FLOW = 5000;
/** The rest of the heap is for reading, for flows that are larger, and for garbage. */
const SHARE_OF_HEAP = 0.5;

/** How many flows of calls `calls` keeps where the engine lets the heap grow to so many bytes. */
export function mostFlowsKept(heapLimitBytes: number): number {
  return Math.min(MOST_FLOWS, Math.floor((SHARE_OF_HEAP * heapLimitBytes) / BYTES_OF_FLOW));
}
