import type { Readable } from "node:stream";
import type { CaptureStatus } from "../words.ts";
import { Frame } from "./frame.ts";
import type { CaptureInterface } from "./interface.ts";
import type { CaptureProblem } from "./problems.ts";

/** An address with its names, from a pcapng name resolution block. */
export interface CapturedName {
  readonly address: string;
  readonly name: string;
}

export interface OpenOptions {
  /** Name for messages and rows instead of the base name of the path ("-" for a stream). */
  readonly name?: string;
}

/**
 * Reads one capture, packet after packet. The loop is
 *
 *     for (;;) {
 *       while (reader.next()) use(reader.frame);
 *       const more = reader.refill();
 *       if (!(typeof more === "boolean" ? more : await more)) break;
 *     }
 */
export class CaptureReader {
  /** Base name of the file, or "-". */
  readonly name: string = "";
  readonly path: string = "";
  /** Grows while interface blocks are read. */
  readonly interfaces: readonly CaptureInterface[] = [];
  /** The packet that `next` stepped to. */
  readonly frame: Frame = new Frame();
  /** Container, in words: "pcap", "pcapng", "nanosecond pcap" ... */
  readonly format: string = "";
  /** "", or "gzip", "zstd" ... */
  readonly compression: string = "";
  /** Names of name resolution blocks, at most 4,096. */
  readonly names: readonly CapturedName[] = [];
  /** What is broken, in the order of the capture, at most 100; `problemCount` has all. */
  readonly problems: readonly CaptureProblem[] = [];
  problemCount = 0;
  /** Bytes in all that had to be passed over because of damage. */
  skippedBytes = 0;
  status: CaptureStatus = "ok";
  /** Packets read so far. */
  packets = 0;
  /** Bytes read of the input as it is stored (compressed). */
  bytesRead = 0;
  /** Size of the input as it is stored; undefined for streams. */
  readonly size: number | undefined = undefined;

  /** Steps to the next packet among what is buffered; false: call `refill`. */
  next(): boolean {
    throw new Error("being written");
  }

  /** Reads more. False: nothing more. Only compressed captures, pipes and streams answer with a promise. */
  refill(): boolean | Promise<boolean> {
    throw new Error("being written");
  }

  /** Lets go of file, memory and helper programs; interfaces, problems and counts stay readable. */
  close(): void {
    throw new Error("being written");
  }
}

/**
 * Opens a capture: a path, or a stream such as standard input. Throws `CaptureError` when the input is missing,
 * a directory, empty, or no capture.
 */
export async function openCapture(
  source: string | Readable,
  options: OpenOptions = {},
): Promise<CaptureReader> {
  void source;
  void options;
  throw new Error("being written");
}
