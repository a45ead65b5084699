import { readFile } from "node:fs/promises";
import { placeOf } from "./layout.ts";
import type { AuditFile } from "./tasks.ts";

/** Which part a key belongs to, by its first word. */
export function partOf(high: number, parts: number): number {
  return Math.floor((high * parts) / 2 ** 32);
}

/** A file of sorted keys, pairs of words. */
export async function readKeys(directory: string, file: AuditFile): Promise<Uint32Array> {
  const bytes = await readFile(placeOf(directory, file));
  return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
