import { firstLine } from "../audit/run/result-database.ts";
import { UsageError } from "./exit.ts";

/** What the engine says of a query is for whoever wrote it; only its own defects are ours. */
export function queryError(error: unknown, sql: string): Error {
  if (error instanceof UsageError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (/^(INTERNAL|FATAL) Error/.test(text)) return error instanceof Error ? error : new Error(text);
  return new UsageError(syntaxText(text, sql) ?? text.split("\n\n", 1)[0]?.trimEnd() ?? firstLine(error));
}

/** What is no SQL, and where; undefined for an error of another kind. */
function syntaxText(text: string, sql: string): string | undefined {
  const found = /^(?:Failed to extract statements: )?Parser Error: ([^]*)$/.exec(text);
  if (found === null) return undefined;
  const said = found[1]?.split("\n\n", 1)[0]?.trimEnd() ?? "";
  if (said === "syntax error at end of input")
    return "the query is not complete SQL: more is wanted at its end";
  const [, what = said, near] = /^(.*) at or near "([^]*)"$/.exec(said) ?? [];
  const reason =
    what === "syntax error"
      ? `${near === undefined ? "this" : `"${shortened(near)}"`} was not expected`
      : what;
  const place = near === undefined ? undefined : placeOf(text, near, sql);
  return `the query is no SQL${place === undefined ? "" : ` at ${place}`}: ${reason}`;
}

/** Line and character, both from 1. The engine's mark is off behind letters of several bytes, and a long line is cut. */
function placeOf(text: string, near: string, sql: string): string | undefined {
  const mark = /\nLINE (\d+): (.*)\n( *)\^/.exec(text);
  if (mark === null) return undefined;
  const [, number = "1", shown = "", blanks = ""] = mark;
  const line = sql.split("\n")[Number(number) - 1] ?? "";
  const word = near.split("\n", 1)[0] ?? "";
  const part = shown.replace(/^\.\.\./, "").replace(/\.\.\.$/, "");
  const start = Math.max(line.indexOf(part), 0) - (shown.startsWith("...") ? 3 : 0);
  const wanted = start + blanks.length - `LINE ${number}: `.length;
  let best = -1;
  for (let at = line.indexOf(word); at >= 0; at = line.indexOf(word, at + 1))
    if (best < 0 || Math.abs(at - wanted) < Math.abs(best - wanted)) best = at;
  return best < 0
    ? `line ${number}`
    : `line ${number}, character ${Array.from(line.slice(0, best)).length + 1}`;
}

function shortened(near: string): string {
  const word = near.split("\n", 1)[0] ?? "";
  return word.length > 60 ? `${word.slice(0, 60)}...` : word;
}
