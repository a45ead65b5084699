import { readFile } from "node:fs/promises";
import { placeOf } from "./layout.ts";
import type { AuditFile } from "./tasks.ts";

const BUCKET_BITS = 4;

/** Buckets that map tasks sort packets into, whatever the number of parts: by the first bits of their keys. */
const BUCKETS: number = 1 << BUCKET_BITS;

/** The bucket of fragments, which every part reads. */
export const FRAGMENTS: number = BUCKETS;

export function bucketOf(high: number): number {
  return high >>> (32 - BUCKET_BITS);
}

/** The buckets that a part reads; `parts` is a power of two, at most BUCKETS. */
export function bucketsOf(part: number, parts: number): readonly number[] {
  const each = BUCKETS / parts;
  return Array.from({ length: each }, (_, i) => part * each + i);
}

/** Each part learns the lessons of all captures anew: with a part a window, that took most of the time of 20 windows. */
const WINDOWS_A_PART = 4;

/** How many reduce tasks an audit of so many windows has: a power of two. */
export function partsFor(windows: number): number {
  let parts = 1;
  while (parts < BUCKETS && parts * 2 * WINDOWS_A_PART <= windows) parts *= 2;
  return parts;
}

/** A file of sorted keys, pairs of words. */
export async function readKeys(directory: string, file: AuditFile): Promise<Uint32Array> {
  const bytes = await readFile(placeOf(directory, file));
  return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
