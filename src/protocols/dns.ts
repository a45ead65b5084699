import { lowerCase } from "./dns-name-ring.ts";

/** DNS messages (RFC 1035, section 4), read in place. Offsets of names are relative to the view. */

/** Header length in bytes. */
export const DNS_HEADER_LENGTH = 12;

/** Type and class of a question; type, class, TTL and data length of a record. */
const QUESTION_TAIL = 4;
const RECORD_TAIL = 10;

/** Longest name in wire form, and most compression pointers that one name follows. */
const LONGEST_NAME = 255;
const MOST_POINTERS = 20;

/** Questions that are read: ordinary messages have one, multicast ones a few. */
const MOST_QUESTIONS = 32;

/** Offset after the name at `at`, or -1 when it runs out of the message. Pointers are not followed. */
export function skipName(view: DataView, at: number, end: number): number {
  const limit = Math.min(end, at + LONGEST_NAME);
  while (at < limit) {
    const length = view.getUint8(at);
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2 <= end ? at + 2 : -1;
    if (length > 63) return -1;
    at += 1 + length;
  }
  return -1;
}

/** Offset after the record at `at` (its end may lie past `end` when the capture cut it), or -1. */
function skipRecord(view: DataView, at: number, end: number): number {
  const tail = skipName(view, at, end);
  if (tail < 0 || tail + RECORD_TAIL > end) return -1;
  return tail + RECORD_TAIL + view.getUint16(tail + 8);
}

/**
 * True when the bytes are a DNS message as clients and servers send it: a header that makes sense, questions that can
 * be read, and records that add up to the message. Ports are not looked at. NetBIOS names, which use the same format,
 * are not DNS. An answer to a question may end in mid-record. `length` is what the wire carried: what the snap length of a capture
 * cut is believed as far as it reaches, so give it only where the port says DNS.
 */
export function isDns(view: DataView, start: number, end: number, length: number = end - start): boolean {
  const isCut = length > end - start;
  if (end - start < DNS_HEADER_LENGTH + 5) return false;
  const flags = view.getUint16(start + 2);
  const opcode = (flags >>> 11) & 15;
  if ((flags & 0x40) !== 0 || (opcode > 2 && opcode !== 4 && opcode !== 5)) return false;
  const response = (flags & 0x8000) !== 0;
  const questions = view.getUint16(start + 4);
  const answers = view.getUint16(start + 6);
  const records = answers + view.getUint16(start + 8) + view.getUint16(start + 10);
  if (questions > MOST_QUESTIONS) return false;
  // What multicast DNS announces or answers has no question (RFC 6762, section 6).
  const announces = questions === 0;
  if (announces && ((flags & 0xf80f) !== 0x8000 || answers === 0)) return false;
  if (!response && opcode === 0 && (flags & 0x000f) !== 0) return false;
  if (records * (RECORD_TAIL + 1) > 65535) return false;
  let at = start + DNS_HEADER_LENGTH;
  for (let i = 0; i < questions; i++) {
    const tail = skipName(view, at, end);
    if (isCut && (tail < 0 ? nameRunsOut(view, at, end) : tail + QUESTION_TAIL > end)) return true;
    if (tail < 0 || tail + QUESTION_TAIL > end || !isQuestion(view, at, tail)) return false;
    at = tail + QUESTION_TAIL;
  }
  if (announces) {
    const tail = skipName(view, at, end);
    if (tail < 0 || tail + QUESTION_TAIL > end || !isQuestion(view, at, tail)) return false;
  }
  for (let i = 0; i < records; i++) {
    const next = at >= end ? -1 : skipRecord(view, at, end);
    if (next < 0 || next > end) return (response && !announces) || isCut;
    at = next;
  }
  return at === end || (response && !announces);
}

/** True when the labels of a name lead to the end of the bytes. */
function nameRunsOut(view: DataView, at: number, end: number): boolean {
  const limit = at + LONGEST_NAME;
  while (at < end && at < limit) {
    const label = view.getUint8(at);
    if (label === 0 || label > 63) return false;
    at += 1 + label;
  }
  return at >= end;
}

/** Class IN, CH, HS, NONE or ANY (the top bit is multicast's), a type, and no NetBIOS name; of a record, too. */
function isQuestion(view: DataView, name: number, tail: number): boolean {
  const dnsClass = view.getUint16(tail + 2) & 0x7fff;
  if (dnsClass !== 1 && dnsClass !== 3 && dnsClass !== 4 && dnsClass !== 254 && dnsClass !== 255)
    return false;
  const type = view.getUint16(tail);
  if (type === 0) return false;
  // 32 is NetBIOS's NB (in DNS the never used NIMLOC), 33 its NBSTAT and DNS's SRV.
  return type !== 32 && !(type === 33 && isNetBiosLabel(view, name));
}

/** First-level encoding of RFC 1001, section 14.1: a label of 32 letters from A to P. */
function isNetBiosLabel(view: DataView, at: number): boolean {
  if (view.getUint8(at) !== 32) return false;
  for (let i = 1; i <= 32; i++) {
    const byte = view.getUint8(at + i);
    if (byte < 0x41 || byte > 0x50) return false;
  }
  return true;
}

/** True for an answer, false for a query; only meaningful after `isDns`. */
export function isDnsResponse(view: DataView, start: number): boolean {
  return (view.getUint8(start + 2) & 0x80) !== 0;
}

/** True for the answer to a question that somebody else put; an announcement of multicast DNS answers nobody. */
export function answersQuestion(view: DataView, start: number): boolean {
  return isDnsResponse(view, start) && view.getUint16(start + 4) > 0;
}

/**
 * Text of the name at `at` in the message that begins at `start`: lower case, no trailing dot, bytes that no host name
 * has as \ddd. Pointers only lead backwards. Undefined when it makes no sense.
 */
export function readName(view: DataView, start: number, at: number, end: number): string | undefined {
  let text = "";
  let length = 0;
  let pointers = 0;
  while (at < end) {
    const size = view.getUint8(at);
    if (size === 0) return text;
    if (size >= 0xc0) {
      if (at + 2 > end || ++pointers > MOST_POINTERS) return undefined;
      const target = start + (view.getUint16(at) & 0x3fff);
      if (target >= at) return undefined;
      at = target;
      continue;
    }
    length += size + 1;
    if (size > 63 || length > LONGEST_NAME || at + 1 + size > end) return undefined;
    if (text.length > 0) text += ".";
    for (let i = at + 1; i <= at + size; i++) text += nameCharacter(view.getUint8(i));
    at += 1 + size;
  }
  return undefined;
}

function nameCharacter(byte: number): string {
  if (byte >= 65 && byte <= 90) return String.fromCharCode(byte + 32);
  const plain =
    (byte >= 97 && byte <= 122) || (byte >= 48 && byte <= 57) || byte === 45 || byte === 95 || byte === 42;
  return plain ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, "0")}`;
}

/** "dns:<id>:<name>" of a message's first question, in lower case, or undefined: what source NAT leaves alone. */
export function dnsIdentity(view: DataView, start: number, end: number): string | undefined {
  if (end - start < DNS_HEADER_LENGTH + 1 || view.getUint16(start + 4) === 0) return undefined;
  const name = readName(view, start, start + DNS_HEADER_LENGTH, end);
  return name === undefined ? undefined : `dns:${view.getUint16(start)}:${name}`;
}

/** Pointers that `resolve` may still follow in the two names that are compared. */
let pointersLeft = 0;

/** Where a compression pointer chain at `at` leads, or -1. */
function resolve(view: DataView, start: number, at: number, end: number): number {
  for (;;) {
    if (at >= end) return -1;
    if (view.getUint8(at) < 0xc0) return at;
    if (at + 2 > end || --pointersLeft < 0) return -1;
    const target = start + (view.getUint16(at) & 0x3fff);
    if (target >= at) return -1;
    at = target;
  }
}

/** True when the names at `a` and `b` of one message are equal, letter case aside. */
export function sameName(view: DataView, start: number, a: number, b: number, end: number): boolean {
  pointersLeft = 2 * MOST_POINTERS;
  for (let labels = 0; labels < 128; labels++) {
    a = resolve(view, start, a, end);
    b = resolve(view, start, b, end);
    if (a < 0 || b < 0) return false;
    if (a === b) return true;
    const size = view.getUint8(a);
    if (view.getUint8(b) !== size || size > 63) return false;
    if (size === 0) return true;
    if (a + 1 + size > end || b + 1 + size > end) return false;
    for (let i = 1; i <= size; i++)
      if (lowerCase(view.getUint8(a + i)) !== lowerCase(view.getUint8(b + i))) return false;
    a += 1 + size;
    b += 1 + size;
  }
  return false;
}
