import { ByteMemo } from "../hash/byte-memo.ts";
import { sha256Hex12 } from "../hash/sha256.ts";
import { detached } from "./host-name.ts";
import { type ClientHello, isGrease } from "./tls-client-hello.ts";

const SERVER_NAME = 0;
const ALPN = 16;
const NOTHING = "000000000000";

/** Version codes of JA4; the wire values are those of TLS and DTLS. */
const VERSION_CODES: ReadonlyMap<number, string> = new Map([
  [0x0304, "13"],
  [0x0303, "12"],
  [0x0302, "11"],
  [0x0301, "10"],
  [0x0300, "s3"],
  [0x0002, "s2"],
  [0xfeff, "d1"],
  [0xfefd, "d2"],
  [0xfefc, "d3"],
]);

/** What carried the ClientHello: TCP, QUIC or DTLS. */
export type Ja4Transport = "t" | "q" | "d";

/**
 * JA4 of a ClientHello, by FoxIO's written specification (BSD 3-Clause; docs/recognition-names.md has the notice).
 * Where its tools and its text differ (an ALPN name that begins or ends with another byte than a letter or digit),
 * this follows the text: first and last hex digit.
 */
export function ja4(hello: ClientHello, transport: Ja4Transport): string {
  const { ciphers, extensions, signatureAlgorithms } = hello;
  reserve(HEAD + (ciphers.length + extensions.length + signatureAlgorithms.length + 2) * 5);
  const second = HEAD + 1;
  const cipherCount = sorted(ciphers, NONE, NONE);
  const secondEnd = putList(cipherCount, second);
  const extensionCount = sorted(extensions, SERVER_NAME, ALPN);
  const third = secondEnd + 1;
  let end = putList(extensionCount, third);
  if (extensionCount > 0) end = putFurther(signatureAlgorithms, end);
  // Head and lists as they are decide: clients of one kind say the same each time.
  let at = putText(transport, 0);
  at = putText(VERSION_CODES.get(offeredVersion(hello, transport)) ?? "00", at);
  at = putText(extensions.includes(SERVER_NAME) ? "d" : "i", at);
  at = putCount(cipherCount, at);
  at = putCount(countOf(extensions), at);
  at = putText(alpnCode(hello.alpn[0]), at);
  text[at] = UNDERSCORE;
  text[secondEnd] = UNDERSCORE;
  const known = remembered.find(textView, 0, end);
  if (known !== undefined) return known;
  const start = Buffer.from(text.buffer, 0, second).toString("latin1");
  const made = `${start}${hash12(second, secondEnd)}_${hash12(third, end)}`;
  return remembered.keep(textView, 0, end, detached(made));
}

/** Kinds of clients that are remembered. */
const remembered = new ByteMemo<string>(1024);

/** Characters of the first part. */
const HEAD = 10;

/** Highest version offered: of the supported_versions extension, else of the version field. */
function offeredVersion(hello: ClientHello, transport: Ja4Transport): number {
  let best: number | undefined;
  for (const version of hello.supportedVersions) {
    if (isGrease(version)) continue;
    // DTLS versions count downwards: 0xfeff is 1.0, 0xfefd is 1.2, 0xfefc is 1.3.
    if (best === undefined || (transport === "d" ? version < best : version > best)) best = version;
  }
  return best ?? hello.legacyVersion;
}

/** A value that no list holds: all are 16 bits wide. */
const NONE = -1;

/** Most values of a list that are hashed; a ClientHello in its 16 KiB record holds fewer. */
const MOST_VALUES = 32_768;
const values = new Uint16Array(MOST_VALUES);
let text = new Uint8Array(1024);
let textView = new DataView(text.buffer);

function reserve(length: number): void {
  if (length <= text.length) return;
  text = new Uint8Array(length * 2);
  textView = new DataView(text.buffer);
}

/** Lists of at most so many values are put in order one by one: that takes a short one less than a call of `sort`. */
const SHORT_LIST = 64;

/** Puts a list without GREASE and two more values in order into `values`; says how many there are. */
function sorted(list: readonly number[], without: number, alsoWithout: number): number {
  const isShort = list.length <= SHORT_LIST;
  let length = 0;
  for (const value of list) {
    if (isGrease(value) || value === without || value === alsoWithout || length === MOST_VALUES) continue;
    let at = length++;
    for (; isShort && at > 0 && (values[at - 1] ?? 0) > value; at--) values[at] = values[at - 1] ?? 0;
    values[at] = value;
  }
  if (!isShort) values.subarray(0, length).sort();
  return length;
}

/** How many values of a list are no GREASE. */
function countOf(list: readonly number[]): number {
  let count = 0;
  for (const value of list) if (!isGrease(value)) count++;
  return count;
}

/** Writes the first `length` of `values` in hex, joined by commas; says where they end. */
function putList(length: number, start: number): number {
  let at = start;
  for (let i = 0; i < length; i++) {
    if (i > 0) text[at++] = COMMA;
    at = putHex(values[i] ?? 0, at);
  }
  return at;
}

/** Writes a second list behind an underscore. */
function putFurther(list: readonly number[], start: number): number {
  let at = start;
  let separator = UNDERSCORE;
  for (const value of list) {
    if (isGrease(value)) continue;
    text[at++] = separator;
    separator = COMMA;
    at = putHex(value, at);
  }
  return at;
}

function putText(characters: string, at: number): number {
  for (let i = 0; i < characters.length; i++) text[at + i] = characters.charCodeAt(i);
  return at + characters.length;
}

/** Two digits. */
function putCount(count: number, at: number): number {
  const shown = Math.min(count, 99);
  text[at] = DIGIT_0 + Math.trunc(shown / 10);
  text[at + 1] = DIGIT_0 + (shown % 10);
  return at + 2;
}

function hash12(start: number, end: number): string {
  return end === start ? NOTHING : sha256Hex12(text.subarray(start, end), end - start);
}

const COMMA = 0x2c;
const UNDERSCORE = 0x5f;
const DIGIT_0 = 0x30;

function putHex(value: number, at: number): number {
  for (let shift = 12; shift >= 0; shift -= 4) {
    const digit = (value >>> shift) & 15;
    text[at++] = digit < 10 ? DIGIT_0 + digit : 0x57 + digit;
  }
  return at;
}

function alpnCode(name: string | undefined): string {
  if (name === undefined || name.length === 0) return "00";
  const first = name.charCodeAt(0);
  const last = name.charCodeAt(name.length - 1);
  if (isAlphanumeric(first) && isAlphanumeric(last)) return name.charAt(0) + name.charAt(name.length - 1);
  const byte = (character: number): string => character.toString(16).padStart(2, "0");
  return byte(first).charAt(0) + byte(last).charAt(1);
}

function isAlphanumeric(character: number): boolean {
  if (character >= DIGIT_0 && character < DIGIT_0 + 10) return true;
  const lower = character | 0x20;
  return lower >= 0x61 && lower <= 0x7a && character < 0x80;
}
