import type { CaptureStatus } from "../words.ts";
import type { BlockWatcher } from "./block-watcher.ts";
import type { ClockLine } from "./clock-line.ts";
import type { CaptureError } from "./errors.ts";
import type { Frame } from "./frame.ts";
import type { CaptureInput } from "./inputs.ts";
import type { CaptureReader } from "./reader.ts";

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

/** From here on a packet is far away in time, seconds: 2^32 microseconds, for which copies are remembered. */
const FAR_SECONDS = 4295;

/** A capture in the merge: its place in time is that of its next packet. */
export class Track implements MergedCapture {
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
  readonly watcher: BlockWatcher | undefined;
  readonly #clock: ClockLine;

  constructor(input: CaptureInput, clock: ClockLine, watcher: BlockWatcher | undefined) {
    this.input = input;
    this.#clock = clock;
    this.watcher = watcher;
  }

  get status(): CaptureStatus {
    return this.error === undefined ? (this.reader?.status ?? "ok") : "damaged";
  }

  /** Takes the time of the packet that the frame lies over; one without a time stays beside the one before it. */
  takeTime(frame: Frame): void {
    if (!frame.timed) return;
    const offsetNs = this.#clock.at(frame.seconds);
    const offsetSeconds = Math.floor(offsetNs / 1_000_000_000);
    if (frame.seconds + offsetSeconds - this.seconds > FAR_SECONDS && this.#isStray(offsetSeconds)) return;
    this.seconds = frame.seconds + offsetSeconds;
    this.nanoseconds = frame.nanoseconds + (offsetNs - offsetSeconds * 1_000_000_000);
    if (this.nanoseconds < 1_000_000_000) return;
    this.nanoseconds -= 1_000_000_000;
    this.seconds++;
  }

  /**
   * Whether a packet far ahead is one of a few (a wrong clock, a damaged record), behind which time goes on as before. They stay
   * where they are: the whole capture would wait for their time, until all others are at their ends.
   */
  #isStray(offsetSeconds: number): boolean {
    const pace = this.seconds - offsetSeconds;
    return this.seconds > 0 && this.reader?.soonWithin(pace - FAR_SECONDS, pace + FAR_SECONDS) === true;
  }

  isBefore(other: Track): boolean {
    if (this.seconds !== other.seconds) return this.seconds < other.seconds;
    if (this.nanoseconds !== other.nanoseconds) return this.nanoseconds < other.nanoseconds;
    return this.index < other.index;
  }

  /** Steps to the capture's first packet; where it has none, it is read to its end, and `isPending` stays false. */
  async lookAhead(signal?: AbortSignal): Promise<void> {
    const reader = this.reader;
    if (reader === undefined) return;
    const close = (): void => reader.close();
    signal?.addEventListener("abort", close);
    try {
      for (;;) {
        if (reader.next()) {
          this.isPending = true;
          this.takeTime(reader.frame);
          return;
        }
        const more = reader.refill();
        if (!(typeof more === "boolean" ? more : await more)) return;
      }
    } finally {
      signal?.removeEventListener("abort", close);
    }
  }
}
