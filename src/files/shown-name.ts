/** Control characters, those that nobody sees or that turn the direction of writing, line ends, halves of a pair; not joiners. */
const UNSEEN = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** Of a name in a list, also what ends it, and what begins an escape. */
const UNSEEN_IN_LIST = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp};\\]/u;

/** Text of the outside world for a terminal, a page or a message: what could steer one stands as `\x1b` or `\u{202e}`. */
export function terminalSafe(text: string): string {
  return text.replace(UNSEEN, escapeOf);
}

/**
 * A file's name as rows have it, in every format: as it is, but for characters that nobody sees or that steer a terminal,
 * and for `;`, which joins names: `\x3b`. A backslash is `\\`, so that the name can be told from what stands there.
 */
export function listedName(name: string): string {
  if (!UNSEEN_IN_LIST.test(name)) return name;
  return terminalSafe(name.replaceAll("\\", "\\\\")).replaceAll(";", "\\x3b");
}

/**
 * Names and paths as rows have them, of the machine on which a file has this absolute path. On Windows no name has a
 * backslash: it parts folders, and a slash does so, too, without being doubled.
 */
export function listedAs(path: string): (name: string) => string {
  const isOfWindows = /^(?:[A-Za-z]:\\|\\\\)/.test(path);
  return isOfWindows ? (name) => listedName(name.replaceAll("\\", "/")) : listedName;
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  return code < 0x100 ? `\\x${digits.padStart(2, "0")}` : `\\u{${digits}}`;
}
