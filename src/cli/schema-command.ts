import type { Command } from "commander";
import { FILE_COLUMNS } from "../audit/file-rows.ts";
import { TOTAL_COLUMNS } from "../audit/totals.ts";
import { CHANGE_COLUMNS } from "../compare/change-rows.ts";
import { CALL_LEG_COLUMNS } from "../report/call-leg-rows.ts";
import { CALL_COLUMNS } from "../report/call-rows.ts";
import { FLOW_COLUMNS } from "../report/columns.ts";
import { columnSchema, type ReportTable } from "../report/json-schema.ts";
import { VIOLATION_COLUMNS } from "../policy/violation-rows.ts";
import { UsageError } from "./exit.ts";
import { choice } from "./report-options.ts";

const TABLES: Readonly<Record<string, ReportTable>> = {
  flows: { title: "A row of o365flow classify", columns: FLOW_COLUMNS, ofOneFlow: true },
  calls: { title: "A row of o365flow calls", columns: CALL_COLUMNS, ofOneFlow: false },
  changes: { title: "A change that o365flow compare found", columns: CHANGE_COLUMNS, ofOneFlow: false },
  violations: {
    title: "A violation that o365flow check found",
    columns: VIOLATION_COLUMNS,
    ofOneFlow: false,
  },
  "call-legs": { title: "A leg of a call", columns: CALL_LEG_COLUMNS, ofOneFlow: true },
  files: { title: "A capture of an audit", columns: FILE_COLUMNS, ofOneFlow: false },
  totals: { title: "A sum over flows of an audit", columns: TOTAL_COLUMNS, ofOneFlow: false },
};

export const TABLE_NAMES: readonly string[] = Object.keys(TABLES);

/** `o365flow schema`: the columns as JSON Schema. */
export function registerSchema(program: Command): void {
  program
    .command("schema")
    .description("the columns of a report as JSON Schema: names, types, meaning")
    .argument("[table]", TABLE_NAMES.join(", "), "flows")
    .option("--time <style>", "describe rows written with --time iso or epoch", "iso")
    .action((name: string, raw: { readonly time: string }) => {
      const table = Object.hasOwn(TABLES, name) ? TABLES[name] : undefined;
      if (table === undefined)
        throw new UsageError(`schema ${name}: wanted one of ${TABLE_NAMES.join(", ")}`);
      const schema = columnSchema(table, choice("--time", raw.time, ["iso", "epoch"] as const));
      process.stdout.write(`${JSON.stringify(schema, undefined, 2)}\n`);
    });
}
