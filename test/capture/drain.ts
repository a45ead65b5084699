import { Readable } from "node:stream";
import { openCapture, type CaptureReader } from "../../src/capture/reader.ts";

/** A packet as a plain value, to compare. */
export interface Seen {
  readonly number: number;
  readonly time: string;
  readonly interfaceIndex: number;
  readonly linkType: number;
  readonly originalLength: number;
  readonly offset: number;
  readonly hex: string;
}

export function seen(reader: CaptureReader): Seen {
  const { frame } = reader;
  const bytes = Buffer.from(frame.view.buffer, frame.view.byteOffset + frame.start, frame.end - frame.start);
  return {
    number: frame.number,
    time: frame.timed ? `${frame.seconds}.${String(frame.nanoseconds).padStart(9, "0")}` : "",
    interfaceIndex: frame.interfaceIndex,
    linkType: frame.linkType,
    originalLength: frame.originalLength,
    offset: frame.offset,
    hex: bytes.toString("hex"),
  };
}

/** Reads a capture to its end. */
export async function drain(reader: CaptureReader): Promise<Seen[]> {
  const all: Seen[] = [];
  for (;;) {
    while (reader.next()) all.push(seen(reader));
    const more = reader.refill();
    if (!(typeof more === "boolean" ? more : await more)) return all;
  }
}

/** What a reader says of its capture as a whole. */
export function summary(reader: CaptureReader): unknown {
  return {
    status: reader.status,
    format: reader.format,
    packets: reader.packets,
    problemCount: reader.problemCount,
    skippedBytes: reader.skippedBytes,
    problems: reader.problems.map(({ code, offset, found, wanted, packetsBefore, skippedBytes }) => ({
      code,
      offset,
      found,
      wanted,
      packetsBefore,
      skippedBytes,
    })),
    interfaces: reader.interfaces.map((each) => ({ ...each })),
    names: [...reader.names],
  };
}

/** A stream that hands out bytes in chunks of the given lengths, which are used over and over. */
export function streamOf(bytes: Uint8Array, lengths: readonly number[] = [bytes.length || 1]): Readable {
  const chunks: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = Math.max(1, lengths[i % lengths.length] ?? 1);
    chunks.push(bytes.slice(at, at + length));
    at += length;
  }
  return Readable.from(chunks);
}

export interface Whole {
  readonly frames: readonly Seen[];
  readonly reader: CaptureReader;
}

/** Opens bytes as a stream and reads all of it. */
export async function readAll(bytes: Uint8Array, lengths?: readonly number[]): Promise<Whole> {
  const reader = await openCapture(streamOf(bytes, lengths));
  return { frames: await drain(reader), reader };
}

/** Frames and summary, or the error's code: everything that must not depend on how the bytes arrive. */
export async function outcome(bytes: Uint8Array, lengths?: readonly number[]): Promise<unknown> {
  try {
    const { frames, reader } = await readAll(bytes, lengths);
    return { frames, summary: summary(reader) };
  } catch (error) {
    if (error instanceof Error && error.name === "CaptureError" && "code" in error) {
      return { code: error.code, message: error.message };
    }
    throw error;
  }
}
