import type { CaptureStatus } from "../words.ts";
import { CaptureError } from "./errors.ts";
import { Frame } from "./frame.ts";
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
}

export interface MergeOptions {
  /** Nanoseconds to add to a capture's times for the order of packets only; 0 when left out. */
  readonly clockOffsetNs?: (input: CaptureInput) => number;
}

/**
 * Steps through many captures by packet time, with the protocol of `CaptureReader`:
 * `next` until it is false, then `refill` until that is false.
 */
export class CaptureMerge {
  readonly captures: readonly MergedCapture[] = [];
  /** Inputs that could not be opened; they are not among `captures`. */
  readonly errors: readonly CaptureError[] = [];
  /** Which capture `frame` belongs to. */
  captureIndex = 0;
  /** The packet that `next` stepped to. Another object after another capture's turn: fetch it anew for each packet. */
  frame: Frame = new Frame();

  /** Looks at each input's first packet time. Does not throw for inputs that cannot be opened: see `errors`. */
  static async plan(inputs: readonly CaptureInput[], options: MergeOptions = {}): Promise<CaptureMerge> {
    void inputs;
    void options;
    throw new Error("being written");
  }

  /** Reader of `frame`. */
  get reader(): CaptureReader {
    throw new Error("being written");
  }

  next(): boolean {
    throw new Error("being written");
  }

  refill(): boolean | Promise<boolean> {
    throw new Error("being written");
  }

  close(): void {
    throw new Error("being written");
  }
}
