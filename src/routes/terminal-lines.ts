import { withoutStamps } from "./line-stamps.ts";

/** No router prints longer lines; the rest of one is left out. */
export const MAX_LINE_LENGTH = 8192;

/** Lines end with CR LF, LF or CR; programs that log a terminal write CR CR LF, too. Bounded: a text of CRs alone is slow otherwise. */
const LINE_END = /\r{0,2}\n|\r/;

/** Colours and movements of the cursor (CSI), titles of the window (OSC), and other escape sequences (ECMA-48, section 5). */
const ESCAPE = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])/g;

/**
 * What a pager asks: "--More--", "<--- More --->", "---(more 12%)---"; Nokia's asks to press a key, MikroTik's for a letter, and
 * `more` of Linux says how far it is.
 */
const QUESTION = String.raw`(?:<?-{2,4} ?More ?-{2,4}>?(?: ?\(\d{1,3}%\))?|-{3}\(more(?: \d{1,3}%)?\)-{3}|Press any key to continue \(Q to quit\)|-- \[Q quit[^\]\n]{0,40}\])`;

/**
 * Where the log lost the backspaces or returns that wiped it out, it stands before the row, and the blanks that were written
 * over it do, too: as many as it has characters.
 */
const PAGER = new RegExp(`^ {0,2}${QUESTION} ?`, "i");

/** The last thing that a log has: nobody asked for the rest. What wipes the question out would stand behind it. */
const PAGER_AT_END = new RegExp(String.raw`${QUESTION} ?[\r\n]*$`, "i");

/** NULs, and what a terminal is told of colours and reverse video. */
const UNSEEN = /\0|\x1b\[[\d;]*m/g;
const LONGEST_END = 128;

/** True for a log that ends where a pager asks whether to go on. */
export function endsAtPager(text: string): boolean {
  return PAGER_AT_END.test(text.slice(-LONGEST_END).replace(UNSEEN, ""));
}

/** The cursor goes back over what was asked (Huawei's pager). */
const CURSOR_BACK = /\x1b\[\d*D/g;

/** The lines of a router's output as its terminal showed them; as they stand where there are `most` or more, of which `most` are given. */
export function terminalLines(text: string, most: number): string[] {
  const plain = text.includes("\0") ? text.replaceAll("\0", "") : text;
  const hasEscapes = plain.includes("\x1b");
  const lines = plain.split(LINE_END, most);
  if (lines.length === most) return lines; // refused by who asks
  const seen = hasEscapes ? lines.map((line) => line.replace(CURSOR_BACK, "\b").replace(ESCAPE, "")) : lines;
  return withoutStamps(seen).map(asShown);
}

function asShown(line: string): string {
  // A pager's question is wiped out by backspaces.
  const shown = line.slice(line.lastIndexOf("\b") + 1).slice(0, MAX_LINE_LENGTH);
  const asked = PAGER.exec(shown)?.[0];
  if (asked === undefined) return shown;
  const rest = shown.slice(asked.length);
  const blanks = rest.length - rest.trimStart().length;
  const question = asked.trim().length;
  return blanks < question ? rest : rest.slice(question);
}
