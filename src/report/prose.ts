import { terminalSafe } from "../files/shown-name.ts";
import { shownWidth } from "./shown-width.ts";

/**
 * A sentence in lines of at most `width` columns, cut at spaces alone, so that names, addresses and numbers stay whole: a word
 * that is longer goes beyond. The first line is indented by `indent`, the others by `hanging`, on narrow terminals by less.
 */
export function proseLines(text: string, width: number, indent = 0, hanging: number = indent): string[] {
  const deep = Math.max(indent, Math.min(hanging, Math.floor(width / 4)));
  const lines: string[] = [];
  let line = "";
  let used = 0;
  for (const word of terminalSafe(text).split(" ")) {
    const length = shownWidth(word);
    if (line !== "" && used + 1 + length <= width) {
      line += ` ${word}`;
      used += 1 + length;
      continue;
    }
    if (line !== "") lines.push(line.trimEnd());
    const space = lines.length === 0 ? indent : deep;
    line = " ".repeat(space) + word;
    used = space + length;
  }
  lines.push(line);
  return lines;
}
