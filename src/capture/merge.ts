import type { BlockWatcher } from "./block-watcher.ts";
import { CaptureError } from "./errors.ts";
import { type ClockLine, NO_OFFSET } from "./clock-line.ts";
import { Frame } from "./frame.ts";
import { compareInputs, type CaptureInput } from "./inputs.ts";
import { type MergedCapture, Track } from "./merge-track.ts";
import { type CaptureReader, openCapture } from "./reader.ts";
import { TrackHeap } from "./track-heap.ts";
import { CHUNK_LENGTH } from "./window.ts";

export interface MergeOptions {
  /** What to add to a capture's times for the order of packets only; nothing when left out. */
  readonly clockOf?: (input: CaptureInput) => ClockLine;
  /** Who sees an input's blocks that are no packets. */
  readonly watcherOf?: (input: CaptureInput) => BlockWatcher | undefined;
  /** Ends `plan`'s wait for the first packets of pipes and streams; what is open by then is the merge. */
  readonly signal?: AbortSignal | undefined;
}

/** Captures that stay open between the look at their first packet and their turn. */
const MAX_KEPT_OPEN = 16;
/** With more captures than this, each gets a smaller buffer, in case that all overlap. */
const MANY_CAPTURES = 64;
const SMALL_CHUNK_LENGTH = 262_144;

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
  /** Captures that wait for their turn. */
  readonly #waiting: TrackHeap = new TrackHeap();
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
      for (const track of tracks) if (track.isPending || !track.isOpen) this.#waiting.push(track);
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
      const watcher = options.watcherOf?.(input);
      const track = new Track(input, options.clockOf?.(input) ?? NO_OFFSET, watcher);
      try {
        const { name, shown } = input;
        track.reader = await openCapture(input.source, { name, shown, chunkLength, signal, watcher });
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
      await track.lookAhead(signal);
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
      const first = this.#waiting.first;
      if (first === undefined || !first.isBefore(track)) return true;
      track.isPending = true;
      this.#waiting.push(track);
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
    this.#waiting.clear();
    this.#current = undefined;
  }

  /** Gives the turn to the earliest capture that waits; undefined when none does. */
  #turn(): Track | undefined {
    const track = this.#waiting.pop();
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
        shown: track.input.shown,
        chunkLength: this.#chunkLength,
        watcher: track.watcher,
      });
      if (this.#isClosed) {
        track.reader.close(); // nobody waited for it
        return false;
      }
      track.isOpen = true;
      this.frame = track.reader.frame;
      await track.lookAhead();
      this.#count(track);
      if (track.isPending) return true;
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      track.error = error; // it was there when the run was planned
    }
    return this.#turn() !== undefined;
  }
}
