import { createHash } from "node:crypto";
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
  const ciphers = hello.ciphers.filter((value) => !isGrease(value));
  const extensions = hello.extensions.filter((value) => !isGrease(value));
  const head =
    transport +
    (VERSION_CODES.get(offeredVersion(hello, transport)) ?? "00") +
    (extensions.includes(SERVER_NAME) ? "d" : "i") +
    count(ciphers.length) +
    count(extensions.length) +
    alpnCode(hello.alpn[0]);
  const cipherText = ciphers.map(hex4).sort().join(",");
  const extensionText = extensions
    .filter((value) => value !== SERVER_NAME && value !== ALPN)
    .map(hex4)
    .sort()
    .join(",");
  const algorithms = hello.signatureAlgorithms
    .filter((value) => !isGrease(value))
    .map(hex4)
    .join(",");
  const second = cipherText === "" ? NOTHING : hash12(cipherText);
  const third =
    extensionText === ""
      ? NOTHING
      : hash12(algorithms === "" ? extensionText : `${extensionText}_${algorithms}`);
  return `${head}_${second}_${third}`;
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

function hex4(value: number): string {
  return value.toString(16).padStart(4, "0");
}

function hash12(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

function alpnCode(name: string | undefined): string {
  if (name === undefined || name.length === 0) return "00";
  const first = name.charAt(0);
  const last = name.charAt(name.length - 1);
  if (/^[0-9A-Za-z]$/.test(first) && /^[0-9A-Za-z]$/.test(last)) return first + last;
  const byte = (character: string): string => character.charCodeAt(0).toString(16).padStart(2, "0");
  return byte(first).charAt(0) + byte(last).charAt(1);
}
