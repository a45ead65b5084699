import { finish } from "../hash/murmur.ts";
import { RUN_SEED } from "../hash/run-seed.ts";

/** Where a table of 64-bit keys looks for one first; nobody can make up keys that share a place. */
export function keyHash(high: number, low: number): number {
  return finish(high ^ finish(low ^ RUN_SEED));
}
