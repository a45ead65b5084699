import type { FlowResult } from "../results/flow-result.ts";
import type { Notes } from "./notes.ts";

/**
 * Says of which results nothing tells whether they have no rows or were never written; true where there is one. Said in
 * spite of `--quiet`: what holds for no flow holds for a file that a failed program left, too.
 */
export function sayEmpty(results: readonly FlowResult[], notes: Notes): boolean {
  const empty = results.filter(({ isEmpty }) => isEmpty);
  for (const { file } of empty)
    notes.error(
      `${file} is empty: taken for a result without rows, which looks no other in NDJSON than one that was never written; CSV and JSON tell them apart`,
    );
  return empty.length > 0;
}
