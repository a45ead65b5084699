import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { found, isSame } from "../files/same-file.ts";
import { UsageError } from "./exit.ts";

/** Its descriptor. */
const STANDARD_INPUT = 0;

/** Throws when a report would take the place of one of the captures or results that it is made from. */
export function refuseInputAsOutput(
  file: string | undefined,
  inputs: readonly { readonly path: string }[],
  what: "captures" | "inputs" = "captures",
): void {
  const target = found(file ?? process.stdout.fd);
  if (target?.isFile() !== true) return;
  // What a shell has emptied behind `>` is lost already, and told of as an empty input; behind `>>` it is not.
  if (file === undefined && target.size === 0n) return;
  if (!inputs.some(({ path }) => isSame(target, readFrom(path)))) return;
  throw new UsageError(
    `${file ?? "what standard output is written into"} is one of the ${what}: give the output another name`,
  );
}

/** `-` is standard input, which a shell may have opened on a file. */
function readFrom(path: string): ReturnType<typeof found> {
  return found(path === "-" ? STANDARD_INPUT : path);
}

/** The same for what tells a run how to judge: a slip would cost the only copy of it. */
export function refuseToldAsOutput(file: string | undefined, told: readonly string[]): void {
  refuseInputAsOutput(
    file,
    told.map((path) => ({ path })),
    "inputs",
  );
}

/** What `audit` calls the files from which it goes on and the tables of its result; its page can be made again. */
const OF_AUDIT =
  /^(?:(?:flows|calls|files|totals)\.(?:parquet|csv|ndjson)|(?:manifest|plan|captures|exceptions|settings-[0-9a-f]+)\.json)$/;

/** The same for a result: of an audit's folder no file of its own, read in this run or not. `read`: what is read of it. */
export function refuseResultAsOutput(
  file: string | undefined,
  result: string,
  read: readonly string[],
): void {
  const ofAudit = isAudit(result)
    ? readdirSync(result)
        .filter((name) => OF_AUDIT.test(name))
        .map((name) => join(result, name))
    : [];
  refuseToldAsOutput(file, [...read, ...ofAudit]);
}

function isAudit(result: string): boolean {
  return existsSync(join(result, "manifest.json")) && statSync(result).isDirectory();
}
