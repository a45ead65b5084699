import { latin1 } from "./host-name.ts";
import { endOfSdpLines } from "./sdp-lines.ts";

/** Most bytes of a message's headers, and of its body, that are read. */
export const LONGEST_SIP_HEAD: number = 16 * 1024;
const LONGEST_BODY = 32 * 1024;

/**
 * Methods: RFC 3261 and its extensions, and Microsoft's SERVICE, BENOTIFY and NEGOTIATE ([MS-SIPRE]). Others are
 * read too; these are the ones that a stream is waited for when its first line is not whole.
 */
const METHODS: ReadonlySet<string> = new Set(
  (
    "INVITE ACK BYE CANCEL OPTIONS REGISTER SUBSCRIBE NOTIFY MESSAGE INFO PRACK UPDATE REFER PUBLISH " +
    "SERVICE BENOTIFY NEGOTIATE"
  ).split(" "),
);

const REQUEST_LINE = /^([A-Z]{3,12}) ((?:sips?|tel|im|pres):\S{1,4096}) SIP\/2\.0\r?$/i;
const STATUS_LINE = /^SIP\/2\.0 ([1-6]\d\d)(?: |\r?$)/;

/** Compact header names (RFC 3261, section 7.3.3, and the IANA registry). */
const COMPACT: ReadonlyMap<string, string> = new Map([
  ["i", "call-id"],
  ["f", "from"],
  ["t", "to"],
  ["c", "content-type"],
  ["l", "content-length"],
]);

/** The headers that are wanted. */
const WANTED: ReadonlySet<string> = new Set(
  "call-id from to cseq content-type content-length user-agent server ms-conversation-id".split(" "),
);
/** A bit for each small letter that a wanted name, or a compact one, begins with. */
const INITIALS = [..."cfilmstu"].reduce((bits, letter) => bits | (1 << (letter.charCodeAt(0) - 97)), 0);
/** Longest name, blanks around it counted. */
const LONGEST_NAME = 40;

/** One SIP message, as far as this program wants it. Texts hold printable ASCII only; whoever keeps one detaches it. */
export interface SipMessage {
  /** Method of a request, undefined for an answer. */
  readonly method: string | undefined;
  /** Status code of an answer, undefined for a request. */
  readonly status: number | undefined;
  /** Lower-case header name to value; of repeated headers the first. */
  readonly headers: ReadonlyMap<string, string>;
  /** Offsets of the body in the view; its end is the message's. */
  readonly bodyStart: number;
  readonly bodyEnd: number;
}

/** What bytes that may be SIP begin with. */
export type SipLook = "sip" | "more" | "no";

/** Looks at the first line (RFC 3261, section 7). `more`: it may become one. */
export function lookForSip(view: DataView, start: number, end: number): SipLook {
  if (end - start < 8) return "no";
  const first = view.getUint32(start);
  const stop = Math.min(end, start + LONGEST_SIP_HEAD);
  if (first === 0x5349502f)
    return STATUS_LINE.test(latin1(view, start, Math.min(stop, start + 12))) ? "sip" : "no";
  if (!isCapital(first >>> 24)) return "no";
  const methodEnd = spaceAfterMethod(view, start, stop);
  if (methodEnd === undefined || !hasScheme(view, methodEnd + 1, stop)) return "no";
  const lineEnd = endOfLine(view, methodEnd, stop);
  if (lineEnd !== undefined) return REQUEST_LINE.test(latin1(view, start, lineEnd)) ? "sip" : "no";
  return stop - start < LONGEST_SIP_HEAD && METHODS.has(latin1(view, start, methodEnd)) ? "more" : "no";
}

function isCapital(byte: number): boolean {
  return byte >= 65 && byte <= 90;
}

function spaceAfterMethod(view: DataView, start: number, stop: number): number | undefined {
  for (let at = start; at < stop && at <= start + 12; at++) {
    const byte = view.getUint8(at);
    if (byte === 32) return at - start >= 3 ? at : undefined;
    if (!isCapital(byte)) return undefined;
  }
  return undefined;
}

/** True when "sip:", "sips:", "tel:", "im:" or "pres:" begins here, or the bytes end within it. */
function hasScheme(view: DataView, at: number, stop: number): boolean {
  return /^(?:sips?|tel|im|pres):/i.test(latin1(view, at, Math.min(stop, at + 5))) || stop - at < 5;
}

function endOfLine(view: DataView, at: number, stop: number): number | undefined {
  for (; at < stop; at++) if (view.getUint8(at) === 10) return at;
  return undefined;
}

/** The beginning of a message in a stream. */
export interface SipBeginning {
  /** Bytes that the whole message has; 0 while its headers have not ended. */
  readonly wanted: number;
}

/**
 * Reads the message at `start`. Its body ends where Content-Length says, or with the bytes of a datagram where there is none or it
 * holds fewer. Undefined: no SIP. In a stream, a message may not be all there yet.
 */
export function readSip(
  view: DataView,
  start: number,
  end: number,
  framing: "datagram" | "stream",
): SipMessage | SipBeginning | undefined {
  const look = lookForSip(view, start, end);
  if (look !== "sip") return look === "more" && framing === "stream" ? { wanted: 0 } : undefined;
  const text = latin1(view, start, Math.min(end, start + LONGEST_SIP_HEAD));
  const blank = /\r?\n\r?\n/.exec(text);
  if (blank === null && framing === "stream")
    return text.length < LONGEST_SIP_HEAD ? { wanted: 0 } : undefined;
  const head = blank === null ? text : text.slice(0, blank.index);
  const bodyStart = blank === null ? start + text.length : start + blank.index + blank[0].length;
  const newline = head.indexOf("\n");
  const line = newline < 0 ? head : head.slice(0, newline);
  const headers = readHeaders(newline < 0 ? "" : head.slice(newline + 1));
  const declared = /^\d{1,6}$/.test(headers.get("content-length") ?? "")
    ? Number(headers.get("content-length"))
    : undefined;
  let bodyEnd = end;
  if (declared !== undefined) {
    if (framing === "stream" && declared <= LONGEST_BODY && bodyStart + declared > end)
      return { wanted: bodyStart + declared - start };
    bodyEnd = Math.min(end, bodyStart + declared);
  } else if (framing === "stream") bodyEnd = endOfUntold(view, bodyStart, end, headers);
  const status = STATUS_LINE.exec(line)?.[1];
  return {
    method: status === undefined ? REQUEST_LINE.exec(line)?.[1]?.toUpperCase() : undefined,
    status: status === undefined ? undefined : Number(status),
    headers,
    bodyStart,
    bodyEnd,
  };
}

/** A stream's message has to tell its length (RFC 3261, section 18.3). Of one that does not, a session description is told by its lines. */
function endOfUntold(
  view: DataView,
  start: number,
  end: number,
  headers: ReadonlyMap<string, string>,
): number {
  if (!/^application\/sdp\b/i.test(headers.get("content-type") ?? "")) return start;
  return endOfSdpLines(view, start, Math.min(end, start + LONGEST_BODY));
}

/** True when the bytes hold the end of a message's headers. */
export function hasBlankLine(view: DataView, start: number, end: number): boolean {
  for (let at = start; at + 1 < end; at++) {
    if (view.getUint8(at) !== 10) continue;
    const next = view.getUint8(at + 1);
    if (next === 10 || (next === 13 && at + 2 < end && view.getUint8(at + 2) === 10)) return true;
  }
  return false;
}

function readHeaders(text: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (let line = 0; line < text.length;) {
    const colon = colonOf(text, line);
    const name = colon < 0 ? undefined : nameOf(text.slice(line, colon));
    // A line that begins with a blank goes on with the one before (RFC 3261, section 7.3.1).
    let end = endOf(text, line);
    while (end + 1 < text.length && isBlank(text.charCodeAt(end + 1))) end = endOf(text, end + 1);
    if (name !== undefined && !headers.has(name))
      headers.set(name, printable(text.slice(colon + 1, end).replace(/\r?\n[ \t]+/g, " ")));
    line = end + 1;
  }
  return headers;
}

/** Where the colon is behind a name that may be wanted; -1 on other lines. */
function colonOf(text: string, line: number): number {
  const stop = Math.min(text.length, line + LONGEST_NAME + 1);
  let at = line;
  while (at < stop && isBlankOrOdd(text.charCodeAt(at))) at++;
  const initial = (text.charCodeAt(at) | 0x20) - 97;
  if (initial < 0 || initial > 25 || (INITIALS & (1 << initial)) === 0) return -1;
  for (; at < stop; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x3a) return at;
    if (code === 0x0a) return -1;
  }
  return -1;
}

/** The wanted name that this is, blanks around it. */
function nameOf(text: string): string | undefined {
  const written = text.trim().toLowerCase();
  const name = COMPACT.get(written) ?? written;
  return WANTED.has(name) ? name : undefined;
}

function endOf(text: string, line: number): number {
  const end = text.indexOf("\n", line);
  return end < 0 ? text.length : end;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Blanks of all kinds that Latin-1 has, but no line feed. */
function isBlankOrOdd(code: number): boolean {
  return isBlank(code) || (code >= 0x0b && code <= 0x0d) || code === 0xa0;
}

/** Printable ASCII, bounded, without blanks around it. */
function printable(text: string): string {
  return text
    .replace(/[^\x20-\x7e]+/g, "")
    .trim()
    .slice(0, 512);
}

/** Parameters that say what a URI is: a telephone number (RFC 3261, section 19.1.1), a conference ([MS-CONFBAS], 3.1.4). */
const TELLING = /^(?:user=phone|opaque=app:.*)$/i;

/**
 * URI of a From or To value without display name, and of its parameters those that say what it is:
 * `"A" <sip:a@b;x;user=phone>;tag=1` gives `sip:a@b;user=phone`. A number's own parameters stand before the @ and stay.
 */
export function uriOf(value: string | undefined): string {
  if (value === undefined) return "";
  const inside = /<([^<>]*)>/.exec(value)?.[1] ?? value;
  const [whole = ""] = inside.split("?", 1);
  const host = whole.indexOf("@") + 1;
  const end = whole.indexOf(";", host);
  if (end < 0) return whole.trim();
  const parameters = whole.slice(end + 1).split(";", MOST_PARAMETERS);
  const telling = parameters.map((text) => text.trim()).filter((text) => TELLING.test(text));
  return [whole.slice(0, end).trim(), ...telling].join(";");
}

const MOST_PARAMETERS = 32;
