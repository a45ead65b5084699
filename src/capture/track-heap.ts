import type { Track } from "./merge-track.ts";

/** Captures that wait for their turn, the earliest first: a binary heap. */
export class TrackHeap {
  readonly #tracks: Track[] = [];

  /** The earliest. */
  get first(): Track | undefined {
    return this.#tracks[0];
  }

  clear(): void {
    this.#tracks.length = 0;
  }

  push(track: Track): void {
    const heap = this.#tracks;
    let at = heap.length;
    heap.push(track);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !track.isBefore(above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = track;
  }

  /** Takes the earliest out; undefined when none waits. */
  pop(): Track | undefined {
    const heap = this.#tracks;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const left = heap[child];
      const right = heap[child + 1];
      if (left === undefined) break;
      let smaller = left;
      if (right !== undefined && right.isBefore(left)) {
        smaller = right;
        child++;
      }
      if (!smaller.isBefore(last)) break;
      heap[at] = smaller;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
