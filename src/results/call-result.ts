import { CALL_COLUMNS, type CallRow } from "../report/call-rows.ts";
import { CellProblem, cellValue } from "./cell-values.ts";
import { nameOf } from "./input.ts";
import { openRecords } from "./records.ts";
import { ResultError } from "./result-error.ts";

/** A row of a result of `calls`; columns that are not in it are undefined. */
export type ResultCall = { readonly [K in keyof CallRow]: CallRow[K] | undefined };

/** The calls of a result of `calls`, in its order. Throws ResultError, with the line where there is one. */
export async function* readCalls(file: string): AsyncGenerator<ResultCall> {
  const records = await openRecords(file, new Set(CALL_COLUMNS.map(({ name }) => name)));
  if (records.columns?.includes("users") === false)
    throw new ResultError(`${nameOf(file)} is no result of o365flow calls: it has no column users`);
  for await (const batch of records.batches()) {
    for (const record of batch) {
      const call: Record<string, unknown> = {};
      for (const { name, type } of CALL_COLUMNS) {
        const value = cellValue(record.cell(name), type);
        if (value instanceof CellProblem)
          throw new ResultError(`${nameOf(file)}:${record.line}: ${name}: wanted ${value.wanted}`);
        call[name] = value;
      }
      yield call as ResultCall;
    }
  }
}
