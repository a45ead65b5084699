import type { ResultRow } from "../endpoints/affected.ts";
import { openRecords } from "../results/records.ts";
import { ResultError } from "../results/result-error.ts";

/** The rows of a result of `classify`, whatever its form, as they stand in it. Throws ResultError. */
export async function* resultRows(file: string): AsyncGenerator<ResultRow> {
  const records = await openRecords(file);
  if (records.columns?.includes("server_ip") === false)
    throw new ResultError(`${file} has no column server_ip: is it a result of o365flow classify?`);
  for await (const batch of records.batches()) for (const record of batch) yield record.cells();
}
