import { type Direction, opposite } from "../words.ts";
import { findName, latin1, type NameFinding } from "./host-name.ts";

/** Most bytes of a request head that are looked at. */
const LONGEST_HEAD = 16 * 1024;

/** Longest method: RPC_OUT_DATA of Outlook Anywhere and the like have 12 or 13 letters. */
const LONGEST_METHOD = 20;

const REQUEST_LINE = /^([A-Z][A-Z_-]{2,19}) (\S{1,16000}) HTTP\/[12]\.\d\r?\n/;

/** What a stream that may be HTTP/1 begins with. */
export type HttpLook = "request" | "response" | "more" | "no";

/** Looks at the first bytes of one direction (RFC 9112, sections 3 and 4). */
export function lookForHttp(view: DataView, start: number, end: number): HttpLook {
  const stop = Math.min(end, start + LONGEST_HEAD);
  if (isStatusLine(view, start, stop)) return "response";
  const methodEnd = endOfMethod(view, start, stop);
  if (methodEnd === undefined) return "no";
  for (let at = methodEnd; at < stop; at++) {
    const byte = view.getUint8(at);
    if (byte === 10) return endsWithVersion(view, methodEnd, at) ? "request" : "no";
    if (byte < 32 && byte !== 13) return "no";
  }
  return end - start < LONGEST_HEAD && KNOWN_METHODS.has(latin1(view, start, methodEnd)) ? "more" : "no";
}

const KNOWN_METHODS: ReadonlySet<string> = new Set(
  "GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH PROPFIND RPC_IN_DATA RPC_OUT_DATA".split(" "),
);

/** "HTTP/1.1 200": twelve bytes are enough. */
function isStatusLine(view: DataView, start: number, stop: number): boolean {
  return (
    stop - start >= 12 &&
    view.getUint32(start) === 0x48545450 &&
    view.getUint16(start + 4) === 0x2f31 &&
    view.getUint8(start + 8) === 32 &&
    isDigit(view.getUint8(start + 9)) &&
    isDigit(view.getUint8(start + 10)) &&
    isDigit(view.getUint8(start + 11))
  );
}

/** Offset of the space after a method of capitals, or undefined. */
function endOfMethod(view: DataView, start: number, stop: number): number | undefined {
  const last = Math.min(stop, start + LONGEST_METHOD + 1);
  for (let at = start; at < last; at++) {
    const byte = view.getUint8(at);
    if (byte === 32) return at - start >= 3 ? at : undefined;
    const capital = byte >= 65 && byte <= 90;
    if (!capital && (at === start || (byte !== 95 && byte !== 45))) return undefined;
  }
  return undefined;
}

/** True when the line that ends at `lineFeed` ends with " HTTP/1.1" or another version. */
function endsWithVersion(view: DataView, from: number, lineFeed: number): boolean {
  const end = lineFeed > from && view.getUint8(lineFeed - 1) === 13 ? lineFeed - 1 : lineFeed;
  const at = end - 9;
  return (
    at > from &&
    view.getUint8(at) === 32 &&
    view.getUint32(at + 1) === 0x48545450 &&
    view.getUint8(at + 5) === 0x2f &&
    isDigit(view.getUint8(at + 6)) &&
    view.getUint8(at + 7) === 46
  );
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

/** The first request of an HTTP/1 connection. */
export class HttpFlow {
  initiator: Direction | undefined;
  host: string | undefined;
  nameNote: string | undefined;
  /** The method and, for CONNECT, "host:port" of the target. */
  method: string | undefined;
  connectTarget: string | undefined;
  /** Bytes of the request's head, once it is whole. */
  headLength = 0;
  /** The request asks for a certificate's status or a certificate (RFC 5280, 6960). */
  asksForStatus = false;
  #headSeen = false;

  /** Whether bytes of this direction can still say something. */
  wants(direction: Direction): boolean {
    return !this.#headSeen && (this.initiator === undefined || direction === this.initiator);
  }

  /** Shows the bytes in order from the beginning of one direction; call again whenever there are more. */
  read(view: DataView, start: number, end: number, direction: Direction): void {
    const look = lookForHttp(view, start, end);
    if (look === "response") this.initiator ??= opposite(direction);
    if (look !== "request") return;
    this.initiator = direction;
    const stop = Math.min(end, start + LONGEST_HEAD);
    const text = latin1(view, start, stop);
    const line = REQUEST_LINE.exec(text);
    if (line === null) return;
    const blank = /\r?\n\r?\n/.exec(text);
    const head = blank === null ? text : `${text.slice(0, blank.index)}\n`;
    this.#headSeen = blank !== null || stop - start >= LONGEST_HEAD;
    this.headLength = blank === null ? stop - start : blank.index + blank[0].length;
    this.#take(line[1] ?? "", line[2] ?? "", head);
  }

  #take(method: string, target: string, head: string): void {
    this.method = method;
    const value = /\nHost[ \t]*:([^\r\n]*)\r?\n/i.exec(head)?.[1];
    const field = value === undefined ? undefined : withoutBlanks(value);
    let finding: NameFinding | undefined =
      field === undefined ? undefined : nameOfAuthority(field, "Host header");
    if (method === "CONNECT") {
      this.connectTarget = target;
      finding = nameOfAuthority(target, "CONNECT target");
    } else {
      const absolute = /^[a-z]{2,6}:\/\/([^/?#]+)/i.exec(target)?.[1];
      if (absolute !== undefined) finding = nameOfAuthority(absolute, "request target");
    }
    this.host = finding?.host;
    this.nameNote = finding?.note;
    this.asksForStatus =
      /\.(?:crl|crt|cer|p7c)(?:$|[?#])/i.test(target) ||
      /\nContent-Type[ \t]*:[ \t]*application\/ocsp-request/i.test(head) ||
      (this.host !== undefined && /^(?:ocsp|crl)[0-9x]*\./.test(this.host));
  }
}

/** The text without blanks around it; by hand, since a pattern that backs up over blanks takes long for many of them. */
function withoutBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

/** Host of "user@host:port" (RFC 3986, section 3.2). */
function nameOfAuthority(authority: string, what: string): NameFinding {
  const host = authority.slice(authority.lastIndexOf("@") + 1).replace(/:\d{0,5}$/, "");
  return findName(host, what);
}
