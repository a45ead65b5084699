import { encodingOf } from "./decode-text.ts";

/** How much of a list tells its encoding. */
const SAMPLE_BYTES = 4096;

/**
 * The names in a list, one a line, or each ended by a NUL byte, as `find -print0` writes them. Lines end by LF, CR LF, or, where
 * there is no LF, by CR alone. UTF-8, or UTF-16 with its mark or without.
 */
export function namesIn(bytes: Uint8Array): string[] {
  const text = new TextDecoder(listEncoding(bytes)).decode(bytes);
  const end = text.includes("\0") ? "\0" : text.includes("\n") ? /\r?\n/ : "\r";
  return text.split(end).filter((name) => name !== "");
}

function listEncoding(bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return encodingOf(bytes);
  const sample = bytes.subarray(0, SAMPLE_BYTES & ~1);
  if (looksWide(sample, 0)) return "utf-16le";
  return looksWide(sample, 1) ? "utf-16be" : "utf-8";
}

/**
 * Whether nearly every second byte is zero, and among the others, from `at` on, there is none and some that no name of one
 * letter is: a list with a NUL behind each name has longer ones.
 */
function looksWide(bytes: Uint8Array, at: 0 | 1): boolean {
  const other = 1 - at;
  let zeros = 0;
  let isList = false;
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    if (bytes[i + at] === 0) return false;
    if (bytes[i + other] !== 0) continue;
    zeros += 1;
    isList ||= /[\n\r./\\]/.test(String.fromCharCode(bytes[i + at] ?? 0));
  }
  return isList && zeros * 2 > bytes.length * 0.75;
}
