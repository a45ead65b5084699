import { shownWidth } from "./shown-width.ts";
import { wrapText } from "./wrap-text.ts";

/** Spaces between a title and what stands behind it. */
const GAP = 2;
/** Columns that a value has at least, however long the titles are. */
const LEAST_VALUE = 16;

/**
 * A row of a table that is too narrow for its columns, as lines: a title and its value, which goes on below itself. Values
 * without text are left out. `cells`: the lines of each cell.
 */
export function rowLines(
  titles: readonly string[],
  cells: readonly (readonly string[])[],
  width: number,
): string[] {
  const longest = titles.reduce((most, title) => Math.max(most, shownWidth(title)), 0);
  const label = Math.max(1, Math.min(longest, width - GAP - LEAST_VALUE));
  const room = Math.max(LEAST_VALUE, width - label - GAP);
  return titles.flatMap((title, i) => {
    const values = (cells[i] ?? []).flatMap((line) => wrapText(line, room));
    if (values.every((line) => line === "")) return [];
    const labels = wrapText(title, label);
    return Array.from({ length: Math.max(labels.length, values.length) }, (_, at) => {
      const name = labels[at] ?? "";
      const space = " ".repeat(Math.max(0, label - shownWidth(name)) + GAP);
      return `${name}${space}${values[at] ?? ""}`.trimEnd();
    });
  });
}
