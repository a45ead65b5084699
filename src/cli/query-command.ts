import type { Command } from "commander";
import type { RawQueryOptions } from "./run-query.ts";

/** `o365flow query`: SQL over the result of an audit. */
export function registerQuery(program: Command): void {
  const command = program
    .command("query")
    .description("query the result of an audit in SQL (DuckDB), read-only")
    .argument("<dir>", "directory of an audit, or one .parquet file")
    .argument("<sql>", 'a SELECT, or .tables, .schema, ".schema TABLE"')
    .option("-f, --format <format>", "table, csv, tsv, json or ndjson; a table on a terminal, else csv")
    .option("--csv", "short for --format csv")
    .option("--json", "short for --format json")
    .option("-o, --output <file>", "write to a file; its extension sets the format")
    .option(
      "--memory <size>",
      "most memory that the query may use, such as 2GB; by default 80 % of the machine's",
    )
    .option("--color <when>", "auto, always or never; respects NO_COLOR", "auto")
    .addHelpText(
      "after",
      '\nExamples:\n  o365flow query out .schema\n  o365flow query out "SELECT verdict, count(*) AS flows FROM flows GROUP BY ALL"\n',
    );
  command.action(async (directory: string, sql: string, raw: RawQueryOptions) => {
    const { runQuery } = await import("./run-query.ts");
    await runQuery(directory, sql, raw);
  });
}
