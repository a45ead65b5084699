import type { Command } from "commander";
import { scenarioTable } from "../callflow/scenarios.ts";
import { scenarioList, scenarioText } from "../report/call-scenarios.ts";
import { UsageError } from "./exit.ts";
import { choice, terminalWidth } from "./report-options.ts";

interface RawScenariosOptions {
  readonly format?: string;
  readonly json?: boolean;
}

/** `o365flow scenarios`: the article's tables, and one of their rows explained. */
export function register(program: Command): void {
  program
    .command("scenarios")
    .description("the documented call flows, as this program applies them")
    .argument("[id]", "explain this one")
    .option("-f, --format <format>", "table or json", "table")
    .option("--json", "short for --format json")
    .action((id: string | undefined, raw: RawScenariosOptions) => {
      const format =
        raw.json === true ? "json" : choice("--format", raw.format ?? "table", ["table", "json"]);
      const table = scenarioTable();
      const width = terminalWidth() ?? Infinity;
      if (id === undefined) {
        process.stdout.write(
          format === "json" ? `${JSON.stringify(table, undefined, 2)}\n` : scenarioList(table, width),
        );
        return;
      }
      const scenario = table.scenarios.find((item) => item.id === id);
      if (scenario === undefined)
        throw new UsageError(
          `${id}: no such scenario; wanted one of ${table.scenarios.map((item) => item.id).join(", ")}`,
        );
      process.stdout.write(
        format === "json"
          ? `${JSON.stringify(scenario, undefined, 2)}\n`
          : scenarioText(scenario, table, width),
      );
    });
}
