import { join } from "node:path";
import { kindOf } from "../files/kind-of.ts";
import { ResultError } from "./result-error.ts";

/** Forms of a result, the quickest to read first. */
const EXTENSIONS = ["parquet", "ndjson", "csv", "tsv", "json"];

/** The name that stands for standard input. */
export const STANDARD_INPUT = "-";

/** The file that holds the flows of a result: the file itself, or flows.* of an audit's folder. Throws ResultError. */
export function flowsFileOf(result: string): string {
  if (result === STANDARD_INPUT) return result;
  const kind = kindAt(result);
  if (kind === "nothing") throw new ResultError(`${result} does not exist`);
  if (kind === "file") return result;
  const found = fileOf(result, "flows");
  if (found !== undefined) return found;
  throw new ResultError(
    kindAt(join(result, "manifest.json")) !== "nothing"
      ? `${result}: the audit has no result yet; o365flow audit status ${result} says how far it is`
      : `${result} is a folder without a result: wanted flows.${EXTENSIONS.join(", flows.")}`,
  );
}

/** The file that holds the calls of an audit's folder; undefined where there is none, or the result is one file. */
export function callsFileOf(result: string): string | undefined {
  if (result === STANDARD_INPUT || kindAt(result) !== "folder") return undefined;
  return fileOf(result, "calls");
}

function fileOf(folder: string, name: string): string | undefined {
  return EXTENSIONS.map((extension) => join(folder, `${name}.${extension}`)).find(
    (file) => kindAt(file) !== "nothing",
  );
}

function kindAt(path: string): "file" | "folder" | "nothing" {
  return kindOf(path, (message) => new ResultError(message));
}
