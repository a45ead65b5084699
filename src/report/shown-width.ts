/** Signs of which a terminal makes one picture; grapheme clusters of UAX #29. */
const SEGMENTER = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Text of which every character takes one column. */
const PLAIN = /^[\x20-\x7e\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0373\u0391-\u03ff\u2010-\u2027\u2190-\u21ff]*$/;

/** What takes two columns: East Asian Width W and F (UAX #11), by scripts, and emoji that are pictures by themselves. */
const WIDE =
  /^(?:[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\p{Script=Tangut}\u3000-\u303e\u30fb\u30fc\u3190-\u32ff\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f)/u;
/** Half-width forms of the scripts above. */
const HALF_WIDTH = /^[\uff61-\uffdc]/u;
/** What stands over or in the character before it, or joins two. */
const NO_COLUMN = /^[\p{Mn}\p{Me}\u200b-\u200d]/u;

/** Of a letter with its marks; more is a heap of marks that would cover other lines. */
const MOST_UNITS = 32;

function widthOf(cluster: string): number {
  if (cluster.length > MOST_UNITS) return cluster.length;
  if (NO_COLUMN.test(cluster)) return 0;
  return WIDE.test(cluster) && !HALF_WIDTH.test(cluster) ? 2 : 1;
}

/** Columns of a terminal that a text takes: those without what steers one, see `terminalSafe`. */
export function shownWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of SEGMENTER.segment(text)) width += widthOf(segment);
  return width;
}

/** Where the longest beginning of a text ends that fits into so many columns: an index that cuts no character in two. */
export function fittingEnd(text: string, width: number): number {
  // What stands next could belong to the last one.
  if (PLAIN.test(text.slice(0, width + 1))) return Math.min(text.length, width);
  let left = width;
  for (const { segment, index } of SEGMENTER.segment(text)) {
    left -= widthOf(segment);
    if (left < 0) return index;
  }
  return text.length;
}

/** The same for the end of a text: where the longest end that fits begins. */
export function fittingStart(text: string, width: number): number {
  if (PLAIN.test(text)) return Math.max(0, text.length - width);
  let left = width;
  let start = text.length;
  for (const { segment, index } of [...SEGMENTER.segment(text)].reverse()) {
    left -= widthOf(segment);
    if (left < 0) break;
    start = index;
  }
  return start;
}

/** A text with spaces behind it, up to so many columns. */
export function padShown(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - shownWidth(text)));
}
