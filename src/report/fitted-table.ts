import { terminalSafe } from "../files/shown-name.ts";
import { fittingEnd, padShown, shownWidth } from "./shown-width.ts";

/** Spaces between two columns. */
const GAP = 1;
/** No column is made narrower than the first for what others need, nor than the second while one of them is wider. */
const [LEAST, LEGIBLE] = [4, 10];
/** What stays in one line if it can: an address, a name, one port of a list, a word of a title. */
const WORD = /[^ ,;_]+[,;_]?/g;

/**
 * A small table, all of whose rows are known, in lines of at most `width` where that can be: cells go on in the next line
 * below themselves, so that nothing is left out. Line ends within a cell stay.
 */
export function fittedTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const cells = [columns, ...rows].map((row) => row.map((cell) => cell.split("\n").map(terminalSafe)));
  const widths = narrowed(cells, width);
  return cells.map((row) => lines(row, widths)).join("");
}

/** Widths of the columns: titles give way first, then the widest columns, down to their longest word, then further. */
function narrowed(cells: readonly (readonly (readonly string[])[])[], width: number): number[] {
  const [titles = [], ...rows] = cells;
  const title = titles.map((lines) => longestWord(lines));
  const texts = titles.map((_, i) => rows.flatMap((row) => row[i] ?? []));
  const words = texts.map((lines, i) => Math.max(title[i] ?? 0, longestWord(lines)));
  const widths = texts.map((lines, i) => Math.max(longest(titles[i] ?? []), longest(lines)));
  let over = widths.reduce((sum, each) => sum + each + GAP, -GAP) - width;
  for (const floors of [
    texts.map((lines, i) => Math.max(title[i] ?? 0, longest(lines))),
    words,
    words.map((each) => Math.min(each, LEGIBLE)),
    words.map(() => LEAST),
  ])
    while (over > 0) {
      const spare = widths.map((each, i) => (each > (floors[i] ?? 0) ? each : 0));
      const widest = Math.max(...spare);
      if (widest === 0) break;
      widths[spare.lastIndexOf(widest)] = widest - 1;
      over -= 1;
    }
  return widths;
}

function lines(row: readonly (readonly string[])[], widths: readonly number[]): string {
  const wrapped = row.map((cell, i) => cell.flatMap((line) => wrapText(line, widths[i] ?? LEAST)));
  const height = Math.max(...wrapped.map((cell) => cell.length));
  let text = "";
  for (let at = 0; at < height; at++)
    text += `${wrapped
      .map((cell, i) => padShown(cell[at] ?? "", widths[i] ?? LEAST))
      .join(" ".repeat(GAP))
      .trimEnd()}\n`;
  return text;
}

/** A text in lines of at most `width` columns, cut behind a separator rather than inside a word. */
export function wrapText(text: string, width: number): string[] {
  const found: string[] = [];
  let rest = text;
  for (;;) {
    // At least one character, also where none fits.
    const most = fittingEnd(rest, width) || fittingEnd(rest, 2) || width;
    if (most >= rest.length) break;
    const piece = rest.slice(0, most);
    const at = /^.*[ ,;/_.-]/.exec(rest[most] === " " ? `${piece} ` : piece)?.[0].length ?? 0;
    const word = /^[^ ,;/_.-]*/.exec(rest.slice(at))?.[0] ?? "";
    const end = at > 0 && (at * 2 >= most || fittingEnd(word, width) === word.length) ? at : most;
    found.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  found.push(rest);
  return found;
}

function longest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, shownWidth(text)), 0);
}

function longestWord(lines: readonly string[]): number {
  return longest(lines.flatMap((line) => line.match(WORD) ?? []));
}
