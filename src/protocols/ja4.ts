import { sha256Hex12 } from "../hash/sha256.ts";
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
  const ciphers = sorted(hello.ciphers, NONE, NONE);
  const second = ciphers === 0 ? NOTHING : hash12(ciphers);
  const all = sorted(hello.extensions, NONE, NONE);
  const head =
    transport +
    (VERSION_CODES.get(offeredVersion(hello, transport)) ?? "00") +
    (hello.extensions.includes(SERVER_NAME) ? "d" : "i") +
    count(ciphers) +
    count(all) +
    alpnCode(hello.alpn[0]);
  const extensions = sorted(hello.extensions, SERVER_NAME, ALPN);
  return `${head}_${second}_${extensions === 0 ? NOTHING : hash12(extensions, hello.signatureAlgorithms)}`;
}

/** Highest version offered: of the supported_versions extension, else of the version field. */
export function offeredVersion(hello: ClientHello, transport: Ja4Transport): number {
  let best: number | undefined;
  for (const version of hello.supportedVersions) {
    if (isGrease(version)) continue;
    // DTLS versions count downwards: 0xfeff is 1.0, 0xfefd is 1.2, 0xfefc is 1.3.
    if (best === undefined || (transport === "d" ? version < best : version > best)) best = version;
  }
  return best ?? hello.legacyVersion;
}

function count(length: number): string {
  return String(Math.min(length, 99)).padStart(2, "0");
}

/** A value that no list holds: all are 16 bits wide. */
const NONE = -1;

/** Most values of a list that are hashed; a ClientHello in its 16 KiB record holds fewer. */
const MOST_VALUES = 32_768;
const values = new Uint16Array(MOST_VALUES);
let text = new Uint8Array(1024);

/** Puts a list without GREASE and two more values in order into `values`; says how many there are. */
function sorted(list: readonly number[], without: number, alsoWithout: number): number {
  let length = 0;
  for (const value of list) {
    if (isGrease(value) || value === without || value === alsoWithout || length === MOST_VALUES) continue;
    values[length++] = value;
  }
  values.subarray(0, length).sort();
  return length;
}

/** Hash of the first `length` of `values` in hex, joined by commas, and of a second list behind an underscore. */
function hash12(length: number, second: readonly number[] = []): string {
  const most = (length + second.length) * 5;
  if (most > text.length) text = new Uint8Array(most * 2);
  let at = 0;
  for (let i = 0; i < length; i++) {
    if (i > 0) text[at++] = COMMA;
    at = putHex(values[i] ?? 0, at);
  }
  let separator = UNDERSCORE;
  for (const value of second) {
    if (isGrease(value)) continue;
    text[at++] = separator;
    separator = COMMA;
    at = putHex(value, at);
  }
  return sha256Hex12(text, at);
}

const COMMA = 0x2c;
const UNDERSCORE = 0x5f;

function putHex(value: number, at: number): number {
  for (let shift = 12; shift >= 0; shift -= 4) {
    const digit = (value >>> shift) & 15;
    text[at++] = digit < 10 ? 0x30 + digit : 0x57 + digit;
  }
  return at;
}

function alpnCode(name: string | undefined): string {
  if (name === undefined || name.length === 0) return "00";
  const first = name.charAt(0);
  const last = name.charAt(name.length - 1);
  if (/^[0-9A-Za-z]$/.test(first) && /^[0-9A-Za-z]$/.test(last)) return first + last;
  const byte = (character: string): string => character.charCodeAt(0).toString(16).padStart(2, "0");
  return byte(first).charAt(0) + byte(last).charAt(1);
}
