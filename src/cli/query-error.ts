import { firstLine } from "../audit/run/result-database.ts";
import { shownWidth } from "../report/shown-width.ts";
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

/**
 * Line and character, both from 1. The engine counts letters up to the place, and then marks the byte of that number: with
 * letters of several bytes before it, its mark stands too far ahead, maybe in an earlier line. That is undone here.
 */
function placeOf(text: string, near: string, sql: string): string | undefined {
  const mark = /\nLINE (\d+): (.*)\n( *)\^/.exec(text);
  if (mark === null) return undefined;
  const [, number = "1", shown = "", blanks = ""] = mark;
  const lines = sql.split("\n");
  const line = lines[Number(number) - 1] ?? "";
  const before = lines.slice(0, Number(number) - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const cut = shown.startsWith("...") && !line.startsWith("...") ? 3 : 0;
  const part = shown.slice(cut).replace(/\.\.\.$/, "");
  const word = near.split("\n", 1)[0] ?? "";
  const columns = blanks.length - `LINE ${number}: `.length - cut;
  // At the end of a line it marks its beginning.
  const marks =
    columns === 0 && cut === 0
      ? [0, line.length]
      : [endOfColumns(line, Math.max(line.indexOf(part), 0), columns)];
  const found = marks
    .map((inLine) => nearest(sql, word, sql.slice(0, before + inLine)))
    .reduce((best, each) => (each.away < best.away ? each : best));
  if (found.at < 0) return `line ${number}`;
  const upTo = sql.slice(0, found.at).split("\n");
  return `line ${upTo.length}, character ${Array.from(upTo.at(-1) ?? "").length + 1}`;
}

/** Where text ends that begins at `from` and takes so many columns, as the engine draws it: a tab takes none. */
function endOfColumns(line: string, from: number, columns: number): number {
  let at = from;
  let left = columns;
  for (const letter of line.slice(from)) {
    left -= letter < " " ? 0 : shownWidth(letter);
    if (left < 0) break;
    at += letter.length;
  }
  return at;
}

/**
 * The occurrence of a word that has as many letters before it as `ahead` has bytes, or nearly. The last byte may be any of a
 * letter's: the engine marks what is behind it.
 */
function nearest(sql: string, word: string, ahead: string): { readonly at: number; readonly away: number } {
  const most = Buffer.byteLength(ahead);
  const least = most - Math.max(0, Buffer.byteLength(/.$/su.exec(ahead)?.[0] ?? "") - 1);
  let best = { at: -1, away: Infinity };
  let letters = 0;
  let counted = 0;
  for (let at = sql.indexOf(word); at >= 0; at = sql.indexOf(word, at + 1)) {
    letters += Array.from(sql.slice(counted, at)).length;
    counted = at;
    const away = Math.max(least - letters, letters - most, 0);
    if (away >= best.away) break;
    best = { at, away };
    if (at >= sql.length) break; // an empty word is everywhere
  }
  return best;
}

function shortened(near: string): string {
  const word = near.split("\n", 1)[0] ?? "";
  return word.length > 60 ? `${word.slice(0, 60)}...` : word;
}
