import { readFileSync } from "node:fs";
import * as layout from "../flows/layout.ts";
import { contentId } from "./content-id.ts";

/** Changed when stages read or write another form than before, whatever the version of the program. */
const FORM = 8;

/** Legs are stored as the words of their records: where a word means something else, they cannot be read. */
const RECORDS: readonly (readonly [string, number])[] = Object.entries(layout).flatMap(([name, value]) =>
  typeof value === "number" ? [[name, value] as const] : [],
);

let tool: string | undefined;

/** Version of the program: another one may say other things of the same packets. */
function toolVersion(): string {
  tool ??= (
    JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }
  ).version;
  return tool;
}

/** The id of a task: `parts` are all that decides its result, besides the program itself. */
export function idOf(what: string, ...parts: readonly unknown[]): string {
  return contentId(JSON.stringify([what, FORM, RECORDS, toolVersion(), ...parts]));
}
