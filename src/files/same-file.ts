import { type BigIntStats, fstatSync, statSync } from "node:fs";

/** What a name or a descriptor leads to, also through a link such as /dev/stdout; undefined: nothing yet. */
export function found(file: string | number): BigIntStats | undefined {
  try {
    return typeof file === "number" ? fstatSync(file, { bigint: true }) : statSync(file, { bigint: true });
  } catch {
    return undefined;
  }
}

/** Whether two names lead to one file: by a link of either kind, or spelled otherwise where case means nothing. */
export function isSame(one: BigIntStats | undefined, other: BigIntStats | undefined): boolean {
  if (one === undefined || one.dev !== other?.dev || one.ino !== other.ino) return false;
  // Some network shares number no file; Windows gives 0 then.
  return one.ino !== 0n || (one.size === other.size && one.mtimeNs === other.mtimeNs);
}
