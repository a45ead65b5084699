import type { FlowRow } from "../classify/row.ts";
import { CALL_COLUMNS, type CallRow } from "../report/call-rows.ts";
import { FLOW_COLUMNS } from "../report/columns.ts";
import { FILE_COLUMNS, type FileRow } from "./file-rows.ts";
import { ResultFile } from "./result-file.ts";
import type { PendingFiles } from "./stage-files.ts";
import type { AuditFile, ResultFormat } from "./tasks.ts";
import { TOTAL_COLUMNS, type TotalRow } from "./totals.ts";

/** The tables of a result. */
export interface ResultTables {
  readonly flows: ResultFile<FlowRow>;
  readonly calls: ResultFile<CallRow>;
  readonly files: ResultFile<FileRow>;
  readonly totals: ResultFile<TotalRow>;
}

export async function createTables(
  pending: PendingFiles,
  formats: readonly ResultFormat[],
): Promise<ResultTables> {
  return {
    flows: await ResultFile.create<FlowRow>(pending, "flows", FLOW_COLUMNS, formats),
    calls: await ResultFile.create<CallRow>(pending, "calls", CALL_COLUMNS, formats),
    files: await ResultFile.create<FileRow>(pending, "files", FILE_COLUMNS, formats),
    totals: await ResultFile.create<TotalRow>(pending, "totals", TOTAL_COLUMNS, formats),
  };
}

/** Writes what the tables still hold; answers with the names of their files. */
export function finishTables(tables: ResultTables): AuditFile[] {
  const all = [tables.flows, tables.calls, tables.files, tables.totals];
  for (const table of all) table.finish();
  return all.flatMap((table) => table.files);
}

export function closeTables({ flows, calls, files, totals }: ResultTables): void {
  for (const table of [flows, calls, files, totals]) table.close();
}
