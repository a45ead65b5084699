import type { CaptureStatus } from "../words.ts";
import { CaptureError } from "./errors.ts";
import { type ClockLine, NO_OFFSET } from "./clock-line.ts";
import { Frame } from "./frame.ts";
import { compareInputs, type CaptureInput } from "./inputs.ts";
import { CaptureReader, openCapture } from "./reader.ts";
import { CHUNK_LENGTH } from "./window.ts";

/** One capture of a run. */
export interface MergedCapture {
  /** Index into `CaptureMerge.captures`; by base name, then path, whatever the order on the command line. */
  readonly index: number;
  readonly input: CaptureInput;
  /** Its reader once it was opened; it stays readable (interfaces, problems, counts) after its end. */
  readonly reader: CaptureReader | undefined;
  readonly status: CaptureStatus;
  /** Set when it could be opened at first and not again when its turn came. */
  readonly error: CaptureError | undefined;
  /** Size of the input as it is stored; undefined for pipes and streams. */
  readonly size: number | undefined;
}

export interface MergeOptions {
  /** What to add to a capture's times for the order of packets only; nothing when left out. */
  readonly clockOf?: (input: CaptureInput) => ClockLine;
  /** Ends `plan`'s wait for the first packets of pipes and streams; what is open by then is the merge. */
  readonly signal?: AbortSignal | undefined;
}

/** Captures that stay open between the look at their first packet and their turn. */
const MAX_KEPT_OPEN = 16;
/** With more captures than this, each gets a smaller buffer, in case that all overlap. */
const MANY_CAPTURES = 64;
const SMALL_CHUNK_LENGTH = 262_144;

/** A capture in the merge: its place in time is that of its next packet. */
class Track implements MergedCapture {
  index = 0;
  readonly input: CaptureInput;
  reader: CaptureReader | undefined = undefined;
  error: CaptureError | undefined = undefined;
  size: number | undefined = undefined;
  /** False while the reader is closed, before the capture's turn. */
  isOpen = false;
  /** True when the reader's frame lies over a packet that was not yet given out. */
  isPending = false;
  /** Bytes read of it that the merge's sum has. */
  counted = 0;
  seconds = 0;
  nanoseconds = 0;
  readonly #clock: ClockLine;

  constructor(input: CaptureInput, clock: ClockLine) {
    this.input = input;
    this.#clock = clock;
  }

  get status(): CaptureStatus {
    return this.error === undefined ? (this.reader?.status ?? "ok") : "damaged";
  }

  /** Takes the time of the packet that the frame lies over; one without a time stays beside the one before it. */
  takeTime(frame: Frame): void {
    if (!frame.timed) return;
    const offsetNs = this.#clock.at(frame.seconds);
    const offsetSeconds = Math.floor(offsetNs / 1_000_000_000);
    this.seconds = frame.seconds + offsetSeconds;
    this.nanoseconds = frame.nanoseconds + (offsetNs - offsetSeconds * 1_000_000_000);
    if (this.nanoseconds < 1_000_000_000) return;
    this.nanoseconds -= 1_000_000_000;
    this.seconds++;
  }

  isBefore(other: Track): boolean {
    if (this.seconds !== other.seconds) return this.seconds < other.seconds;
    if (this.nanoseconds !== other.nanoseconds) return this.nanoseconds < other.nanoseconds;
    return this.index < other.index;
  }
}

/**
 * Steps through many captures by packet time, with the protocol of `CaptureReader`:
 * `next` until it is false, then `refill` until that is false.
 * A capture is opened when its first packet's turn comes, so that hundreds of rotated files need one open file.
 */
export class CaptureMerge {
  readonly captures: readonly MergedCapture[];
  /** Inputs that could not be opened; they are not among `captures`. */
  readonly errors: readonly CaptureError[];
  /** Which capture `frame` belongs to. */
  captureIndex = 0;
  /** The packet that `next` stepped to. Another object in another capture's turn: fetch it anew for each packet. */
  frame: Frame = new Frame();
  /** Size of all inputs as they are stored; undefined when one is a pipe or a stream. */
  readonly size: number | undefined;
  #bytesRead = 0;
  readonly #chunkLength: number;
  /** Captures that wait, the earliest first: a binary heap. */
  readonly #heap: Track[] = [];
  #current: Track | undefined;
  #isClosed = false;
  /** The one reader, where there is only one capture. */
  readonly #only: CaptureReader | undefined;

  /** `plan` makes merges. */
  private constructor(
    tracks: readonly Track[],
    errors: readonly CaptureError[],
    only: CaptureReader | undefined,
    chunkLength: number,
  ) {
    this.captures = tracks;
    this.errors = errors;
    this.#chunkLength = chunkLength;
    this.#only = only;
    let size: number | undefined = 0;
    for (const track of tracks) {
      size = size === undefined || track.size === undefined ? undefined : size + track.size;
      this.#count(track);
    }
    this.size = size;
    if (only === undefined) {
      for (const track of tracks) if (track.isPending || !track.isOpen) this.#push(track);
    } else {
      this.#current = tracks[0];
      this.frame = only.frame;
    }
  }

  /** Looks at each input's first packet time. Does not throw for inputs that cannot be opened: see `errors`. */
  static async plan(inputs: readonly CaptureInput[], options: MergeOptions = {}): Promise<CaptureMerge> {
    const chunkLength = inputs.length > MANY_CAPTURES ? SMALL_CHUNK_LENGTH : CHUNK_LENGTH;
    const tracks: Track[] = [];
    const errors: CaptureError[] = [];
    const { signal } = options;
    const isAborted = (): boolean => signal?.aborted === true;
    for (const input of inputs.toSorted(compareInputs)) {
      if (isAborted()) break;
      const track = new Track(input, options.clockOf?.(input) ?? NO_OFFSET);
      try {
        track.reader = await openCapture(input.source, { name: input.name, chunkLength, signal });
      } catch (error) {
        if (!(error instanceof CaptureError)) throw error;
        if (!isAborted()) errors.push(error);
        continue;
      }
      track.index = tracks.length;
      track.size = track.reader.size;
      track.isOpen = true;
      tracks.push(track);
      if (inputs.length === 1) return new CaptureMerge(tracks, errors, track.reader, chunkLength);
      await lookAhead(track, signal);
      // Pipes and streams cannot be opened twice.
      if (track.isPending && track.size !== undefined && inputs.length > MAX_KEPT_OPEN) {
        track.reader.close();
        track.reader = undefined;
        track.isOpen = false;
        track.isPending = false;
      }
    }
    return new CaptureMerge(tracks, errors, undefined, chunkLength);
  }

  /** Reader of `frame`; undefined before the first packet. */
  get reader(): CaptureReader | undefined {
    return this.captures[this.captureIndex]?.reader;
  }

  /** Bytes read so far of all inputs as they are stored, for progress. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Steps to the next packet by time among what is buffered; false: call `refill`. */
  next(): boolean {
    if (this.#only !== undefined) return this.#only.next();
    let track = this.#current;
    for (;;) {
      if (track?.reader === undefined || !track.isOpen) return false;
      if (track.isPending) {
        track.isPending = false;
        return true;
      }
      if (!track.reader.next()) return false;
      track.takeTime(track.reader.frame);
      const first = this.#heap[0];
      if (first === undefined || !first.isBefore(track)) return true;
      track.isPending = true;
      this.#push(track);
      track = this.#turn();
    }
  }

  /** Reads more, or opens the capture whose turn it is. False: nothing more. */
  refill(): boolean | Promise<boolean> {
    const track = this.#current;
    if (track === undefined) return this.#turn() !== undefined;
    if (!track.isOpen) return this.#open(track);
    const more = track.reader?.refill() ?? false;
    if (typeof more !== "boolean") return more.then((later) => this.#refilled(track, later));
    return this.#refilled(track, more);
  }

  #refilled(track: Track, more: boolean): boolean {
    this.#count(track);
    return more || this.#turn() !== undefined;
  }

  /** Asked for between all chunks, the sum of thousands of captures is not made anew. */
  #count(track: Track): void {
    const bytes = track.reader?.bytesRead ?? 0;
    this.#bytesRead += bytes - track.counted;
    track.counted = bytes;
  }

  close(): void {
    this.#isClosed = true;
    for (const capture of this.captures) capture.reader?.close();
    this.#heap.length = 0;
    this.#current = undefined;
  }

  /** Gives the turn to the earliest capture that waits; undefined when none does. */
  #turn(): Track | undefined {
    const track = this.#pop();
    this.#current = track;
    if (track !== undefined) {
      this.captureIndex = track.index;
      if (track.reader !== undefined) this.frame = track.reader.frame;
    }
    return track;
  }

  async #open(track: Track): Promise<boolean> {
    try {
      track.reader = await openCapture(track.input.source, {
        name: track.input.name,
        chunkLength: this.#chunkLength,
      });
      if (this.#isClosed) {
        track.reader.close(); // nobody waited for it
        return false;
      }
      track.isOpen = true;
      this.frame = track.reader.frame;
      await lookAhead(track);
      this.#count(track);
      if (track.isPending) return true;
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      track.error = error; // it was there when the run was planned
    }
    return this.#turn() !== undefined;
  }

  #push(track: Track): void {
    const heap = this.#heap;
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

  #pop(): Track | undefined {
    const heap = this.#heap;
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

/** Steps to a capture's first packet; where it has none, it is read to its end, and `isPending` stays false. */
async function lookAhead(track: Track, signal?: AbortSignal): Promise<void> {
  const reader = track.reader;
  if (reader === undefined) return;
  const close = (): void => reader.close();
  signal?.addEventListener("abort", close);
  try {
    for (;;) {
      if (reader.next()) {
        track.isPending = true;
        track.takeTime(reader.frame);
        return;
      }
      const more = reader.refill();
      if (!(typeof more === "boolean" ? more : await more)) return;
    }
  } finally {
    signal?.removeEventListener("abort", close);
  }
}
