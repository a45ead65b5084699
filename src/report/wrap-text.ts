import { fittingEnd } from "./shown-width.ts";

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
