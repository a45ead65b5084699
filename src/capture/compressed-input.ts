import { SourceError } from "./bytes.ts";

export type Compression = "gzip" | "zstd" | "lz4" | "xz" | "bzip2";

/** Compressed bytes that are given to a decoder at a time; at its best it makes a thousand times as many of them. */
export const COMPRESSED_CHUNK = 32_768;
/** The same where the decoder is zlib: each time costs a way to another thread and back. */
export const ZLIB_CHUNK = 131_072;

/** Compressed bytes, in chunks that a decoder may be given at a time. */
export interface CompressedInput {
  /** Each holds until the next one is asked for. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** The same chunks from the start; left out where the input can be read only once. */
  readonly again: (() => AsyncIterable<Uint8Array>) | undefined;
}

/** The error of data that simply stop. */
export function cutError(compression: Compression): SourceError {
  return new SourceError("cut", `${compression} data end too soon`);
}
