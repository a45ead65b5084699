import type { Compression } from "./compressed-input.ts";

/** No way to read a compression on this machine. */
export class ProgramMissingError extends Error {
  readonly program: string;
  constructor(compression: Compression, program: string) {
    super(
      `is compressed with ${compression}, and the program "${program}" that would read it is not installed`,
    );
    this.name = "ProgramMissingError";
    this.program = program;
  }
}

/** Compression by the first 12 bytes (or all there are); undefined when it is none that is known. */
export function compressionOf(view: DataView, at: number, length: number): Compression | undefined {
  if (length < 3) return undefined;
  const start = view.getUint16(at);
  if (start === 0x1f8b && view.getUint8(at + 2) === 8) return "gzip"; // RFC 1952, section 2.3.1
  if (length < 4) return undefined;
  const word = view.getUint32(at);
  // RFC 8878: a frame, or a skippable frame, which lz4 has too but nobody begins a capture with.
  if (word === 0x28b52ffd || (word & 0xf0ffffff) >>> 0 === 0x502a4d18) return "zstd";
  if (word === 0x04224d18 || word === 0x02214c18) return "lz4"; // frame format, and the older one
  if (word === 0xfd377a58 && length >= 6 && view.getUint16(at + 4) === 0x5a00) return "xz";
  const isBzip2 = word >>> 8 === 0x425a68 && (word & 0xff) >= 0x31 && (word & 0xff) <= 0x39;
  return isBzip2 ? "bzip2" : undefined;
}
