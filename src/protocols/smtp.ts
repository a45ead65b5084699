import { type Direction, opposite } from "../words.ts";
import { hostNameOf, latin1 } from "./host-name.ts";

/** Longest line of a reply or command that is looked at (RFC 5321, section 4.5.3.1). */
const LONGEST_LINE = 512;

/** What a stream that may be SMTP begins with: a server's greeting, a client's EHLO, neither. */
export type SmtpLook = "greeting" | "hello" | "no";

/** Looks at the first bytes of one direction. A greeting without "SMTP" in it may as well be FTP's, and is no. */
export function lookForSmtp(view: DataView, start: number, end: number): SmtpLook {
  if (end - start < 6) return "no";
  const first = view.getUint32(start);
  // "220 " or "220-"
  if (first === 0x32323020 || first === 0x3232302d)
    return /^220[ -][^\r\n]*SMTP/i.test(latin1(view, start, Math.min(end, start + LONGEST_LINE)))
      ? "greeting"
      : "no";
  const upper = first & 0xdfdfdfdf;
  // EHLO, HELO, LHLO
  if (upper !== 0x45484c4f && upper !== 0x48454c4f && upper !== 0x4c484c4f) return "no";
  const line = latin1(view, start, Math.min(end, start + LONGEST_LINE));
  return /^[EHL][EH]LO [\x21-\x7e]+\s*?\r?\n/i.test(line) ? "hello" : "no";
}

/** The name with which a server greets ("220 mail.example.com ESMTP"), or undefined. */
export function greetingName(view: DataView, start: number, end: number): string | undefined {
  const text = latin1(view, start, Math.min(end, start + LONGEST_LINE));
  const name = /^220[ -]([A-Za-z0-9._-]+)/.exec(text)?.[1];
  return name?.includes(".") === true ? hostNameOf(name) : undefined;
}

/** The direction of the client, when `look` was seen in `direction`. */
export function smtpClient(look: SmtpLook, direction: Direction): Direction {
  if (look === "hello") return direction;
  return opposite(direction);
}
