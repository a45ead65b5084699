/** First bytes of a capture: pcapng, and pcap in both byte orders, with nanoseconds, or of Kuznetzov's kind. */
const CAPTURES: ReadonlySet<number> = new Set([
  0x0a0d0d0a, 0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, 0xa1b2cd34, 0x34cdb2a1,
]);
const PARQUET = 0x50415231; // "PAR1"
const GZIP = 0x1f8b;

/** True where bytes begin as a capture does. */
export function isCapture(bytes: Uint8Array): boolean {
  return CAPTURES.has(firstWord(bytes));
}

/**
 * What was named where YAML or JSON that a person writes was wanted: a slip with file names. `undefined` for what may be
 * such a text; YAML would only say of CSV that a key is too long.
 */
export function otherContent(bytes: Uint8Array): string | undefined {
  if (isCapture(bytes)) return "a capture";
  const word = firstWord(bytes);
  if (word === PARQUET) return "a Parquet file";
  if (word >>> 16 === GZIP) return "compressed by gzip";
  const [line = ""] = new TextDecoder().decode(bytes.subarray(0, 4096)).split(/[\r\n]/, 1);
  return isCsvHeader(line) ? "CSV, by its first line" : undefined;
}

function firstWord(bytes: Uint8Array): number {
  return bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}

/** Three names or more without a colon; a comment, a list, a mapping or a document's mark of YAML begin otherwise. */
function isCsvHeader(line: string): boolean {
  return /^"?[A-Za-z_]/.test(line) && !line.includes(":") && /([,;\t])[^,;\t]+\1/.test(line);
}
