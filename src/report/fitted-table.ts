import { terminalSafe } from "../files/shown-name.ts";
import { rowLines } from "./row-lines.ts";
import { padShown, shownWidth } from "./shown-width.ts";
import { wrapText } from "./wrap-text.ts";

/** Spaces between two columns. */
const GAP = 1;
/** What is cut by nothing but want of room, and how long it is at most. */
const PIECE = /[^ ,;/_.-]+[,;/_.-]?/g;
const LONG_PIECE = 24;
/** What stays in one line if it can: an address, a name, one port of a list, a word of a title. */
const WORD = /[^ ,;_]+[,;_]?/g;

/**
 * A small table, all of whose rows are known, in lines of at most `width` where that can be: cells go on in the next line
 * below themselves, so that nothing is left out. Where columns would have to be narrower than their words, each row is a
 * paragraph, with a line for each cell. Line ends within a cell stay.
 */
export function fittedTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const cells = [columns, ...rows].map((row) => row.map((cell) => cell.split("\n").map(terminalSafe)));
  const widths = narrowed(cells, width);
  if (widths !== undefined) return cells.map((row) => lines(row, widths)).join("");
  const titles = columns.map(terminalSafe);
  return cells
    .slice(1)
    .map((row) => `${rowLines(titles, row, width).join("\n")}\n`)
    .join("\n");
}

/** Widths of the columns: titles give way first, then the widest columns, down to their longest word; undefined: too narrow. */
function narrowed(cells: readonly (readonly (readonly string[])[])[], width: number): number[] | undefined {
  const [titles = [], ...rows] = cells;
  const title = titles.map((lines) => longestOf(WORD, lines));
  const texts = titles.map((_, i) => rows.flatMap((row) => row[i] ?? []));
  const words = texts.map((lines, i) => Math.max(title[i] ?? 0, longestOf(WORD, lines)));
  const widths = texts.map((lines, i) => Math.max(longest(titles[i] ?? []), longest(lines)));
  let over = widths.reduce((sum, each) => sum + each + GAP, -GAP) - width;
  for (const floors of [
    texts.map((lines, i) => Math.max(title[i] ?? 0, longest(lines))),
    words,
    texts.map((lines, i) => Math.max(title[i] ?? 0, Math.min(longestOf(PIECE, lines), LONG_PIECE))),
  ])
    while (over > 0) {
      const spare = widths.map((each, i) => (each > (floors[i] ?? 0) ? each : 0));
      const widest = Math.max(...spare);
      if (widest === 0) break;
      widths[spare.lastIndexOf(widest)] = widest - 1;
      over -= 1;
    }
  // A column alone has no others to give way to.
  return over > 0 && widths.length > 1 ? undefined : widths;
}

function lines(row: readonly (readonly string[])[], widths: readonly number[]): string {
  const wrapped = row.map((cell, i) => cell.flatMap((line) => wrapText(line, widths[i] ?? 1)));
  const height = Math.max(...wrapped.map((cell) => cell.length));
  let text = "";
  for (let at = 0; at < height; at++)
    text += `${wrapped
      .map((cell, i) => padShown(cell[at] ?? "", widths[i] ?? 1))
      .join(" ".repeat(GAP))
      .trimEnd()}\n`;
  return text;
}

function longest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, shownWidth(text)), 0);
}

function longestOf(parts: RegExp, lines: readonly string[]): number {
  return longest(lines.flatMap((line) => line.match(parts) ?? []));
}
