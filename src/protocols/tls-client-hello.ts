import { ByteMemo } from "../hash/byte-memo.ts";
import { findName, latin1, type NameFinding } from "./host-name.ts";

// Extension numbers of the IANA registry "TLS ExtensionType Values".
const SERVER_NAME = 0;
const SIGNATURE_ALGORITHMS = 13;
const ALPN = 16;
const SUPPORTED_VERSIONS = 43;
const ENCRYPTED_CLIENT_HELLO = 0xfe0d;

/** Bounds of the lists: more than any client sends, far less than a message can hold. */
const MOST_CIPHERS = 512;
const MOST_EXTENSIONS = 256;
const MOST_VALUES = 256;

const WHAT = "server name of the ClientHello";
/** Server names are few, and asked for again and again. */
const names = new ByteMemo<NameFinding>(4096);
/** So are lists of application protocols. */
const alpnLists = new ByteMemo<readonly string[]>(256);
/** A hello's random, to be written in base64. */
const randomBytes = Buffer.alloc(32);

/** The random of a hello whose body starts there and holds it, as text. */
export function helloRandom(view: DataView, start: number): string {
  for (let i = 0; i < 32; i++) randomBytes[i] = view.getUint8(start + 2 + i);
  return randomBytes.toString("base64url");
}

/** A ClientHello of TLS (RFC 8446, section 4.1.2; RFC 5246, section 7.4.1.2) or DTLS. GREASE is left in the lists. */
export interface ClientHello {
  /** The version field, 0x0303 for TLS 1.2 and later. */
  readonly legacyVersion: number;
  /** 32 bytes in hex: what source NAT leaves alone. */
  readonly random: string;
  readonly ciphers: readonly number[];
  /** Extension types in the order of the message. */
  readonly extensions: readonly number[];
  readonly supportedVersions: readonly number[];
  readonly signatureAlgorithms: readonly number[];
  /** Protocol names as sent, one character a byte. */
  readonly alpn: readonly string[];
  /** Lower-case host name, or undefined. */
  readonly serverName: string | undefined;
  /** In words why a name that was sent is none, or undefined. */
  readonly nameNote: string | undefined;
  /** An encrypted_client_hello extension is there: the name may be the public one only (or the extension GREASE). */
  readonly encryptedClientHello: boolean;
  /** False when the bytes end before the message does; the lists then hold what came before. */
  readonly complete: boolean;
}

/** RFC 8701: both bytes equal, low nibble ten. */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >>> 8 === (value & 0xff);
}

/**
 * Reads the body of a ClientHello, which begins at `start` (after the handshake header) and has `length` bytes, of
 * which those before `end` are there. `datagram` is for DTLS, which has a cookie after the session id.
 * Undefined when it makes no sense.
 */
export function readClientHello(
  view: DataView,
  start: number,
  length: number,
  end: number,
  datagram: boolean,
): ClientHello | undefined {
  const stop = Math.min(start + length, end);
  const reader = new ClientHelloReader(view, start + length, stop);
  return reader.read(start, datagram);
}

class ClientHelloReader {
  readonly #view: DataView;
  /** Where the message ends by its own length, and where the bytes end. */
  readonly #messageEnd: number;
  readonly #stop: number;
  readonly #ciphers: number[] = [];
  readonly #extensions: number[] = [];
  readonly #supportedVersions: number[] = [];
  readonly #signatureAlgorithms: number[] = [];
  #alpn: readonly string[] = [];
  #serverName: string | undefined;
  #nameNote: string | undefined;
  #encrypted = false;
  #cut = false;

  constructor(view: DataView, messageEnd: number, stop: number) {
    this.#view = view;
    this.#messageEnd = messageEnd;
    this.#stop = stop;
  }

  read(start: number, datagram: boolean): ClientHello | undefined {
    const view = this.#view;
    const stop = this.#stop;
    if (stop - start < 35) return undefined;
    const legacyVersion = view.getUint16(start);
    if (datagram ? legacyVersion >>> 8 !== 0xfe && legacyVersion !== 0x0100 : legacyVersion >>> 8 !== 3)
      return undefined;
    const random = helloRandom(view, start);
    const at = this.#walk(start + 34, datagram);
    if (at === undefined) return undefined;
    return {
      legacyVersion,
      random,
      ciphers: this.#ciphers,
      extensions: this.#extensions,
      supportedVersions: this.#supportedVersions,
      signatureAlgorithms: this.#signatureAlgorithms,
      alpn: this.#alpn,
      serverName: this.#serverName,
      nameNote: this.#nameNote,
      encryptedClientHello: this.#encrypted,
      complete: !this.#cut,
    };
  }

  /** Walks from the session id on. Undefined: a length points past the message. */
  #walk(start: number, datagram: boolean): true | undefined {
    const view = this.#view;
    let at = this.#skipBlock(start);
    if (datagram) at = this.#skipBlock(at);
    if (at + 2 > this.#stop) return this.#cutShort(at + 2);
    const ciphersEnd = at + 2 + view.getUint16(at);
    if (ciphersEnd > this.#messageEnd || (ciphersEnd - at) % 2 !== 0) return undefined;
    if (ciphersEnd > this.#stop) return this.#cutShort(ciphersEnd);
    this.#readList(at + 2, ciphersEnd, this.#ciphers, MOST_CIPHERS);
    at = this.#skipBlock(ciphersEnd); // compression methods
    if (at > this.#stop) return this.#cutShort(at);
    if (at === this.#messageEnd) return true; // no extensions: legal up to TLS 1.2
    if (at + 2 > this.#stop) return this.#cutShort(at + 2);
    const extensionsEnd = at + 2 + view.getUint16(at);
    if (extensionsEnd > this.#messageEnd) return undefined;
    return this.#walkExtensions(at + 2, extensionsEnd);
  }

  #walkExtensions(start: number, extensionsEnd: number): true | undefined {
    const view = this.#view;
    let at = start;
    while (at < extensionsEnd) {
      if (at + 4 > this.#stop) return this.#cutShort(at + 4);
      const type = view.getUint16(at);
      const bodyEnd = at + 4 + view.getUint16(at + 2);
      if (bodyEnd > extensionsEnd) return undefined;
      if (this.#extensions.length < MOST_EXTENSIONS) this.#extensions.push(type);
      if (bodyEnd > this.#stop) return this.#cutShort(bodyEnd);
      this.#extension(type, at + 4, bodyEnd);
      at = bodyEnd;
    }
    return true;
  }

  #extension(type: number, start: number, end: number): void {
    if (type === SERVER_NAME) this.#readServerName(start, end);
    else if (type === SIGNATURE_ALGORITHMS && end - start >= 2)
      this.#readList(start + 2, end, this.#signatureAlgorithms, MOST_VALUES);
    else if (type === SUPPORTED_VERSIONS && end - start >= 1)
      this.#readList(start + 1, end, this.#supportedVersions, MOST_VALUES);
    else if (type === ALPN) this.#readAlpn(start, end);
    else if (type === ENCRYPTED_CLIENT_HELLO) this.#encrypted = true;
  }

  /** RFC 6066, section 3: a list of which only the host name type is defined. */
  #readServerName(start: number, end: number): void {
    const view = this.#view;
    let at = start + 2;
    while (at + 3 <= end) {
      const nameEnd = at + 3 + view.getUint16(at + 1);
      if (nameEnd > end) return;
      if (view.getUint8(at) === 0 && this.#serverName === undefined && this.#nameNote === undefined) {
        const finding =
          names.find(view, at + 3, nameEnd) ??
          names.keep(view, at + 3, nameEnd, findName(latin1(view, at + 3, nameEnd), WHAT));
        this.#serverName = finding.host;
        this.#nameNote = finding.note;
      }
      at = nameEnd;
    }
  }

  #readAlpn(start: number, end: number): void {
    const view = this.#view;
    const list =
      alpnLists.find(view, start, end) ?? alpnLists.keep(view, start, end, alpnList(view, start, end));
    // A second list (RFC 8446, section 4.2, forbids it) is read on with the first.
    this.#alpn = this.#alpn.length === 0 ? list : [...this.#alpn, ...list].slice(0, MOST_VALUES);
  }

  #readList(start: number, end: number, list: number[], most: number): void {
    for (let at = start; at + 2 <= end && list.length < most; at += 2) list.push(this.#view.getUint16(at));
  }

  /** Past a block with a one-byte length; past the end when even the length is not there. */
  #skipBlock(at: number): number {
    return at < this.#stop ? at + 1 + this.#view.getUint8(at) : this.#stop + 1;
  }

  /** The bytes end before `wanted`: fine when the message goes on there, nonsense when it does not. */
  #cutShort(wanted: number): true | undefined {
    if (this.#stop >= this.#messageEnd && wanted > this.#messageEnd) return undefined;
    this.#cut = true;
    return true;
  }
}

/** Names of an ALPN extension's body (RFC 7301, section 3.1), as far as they are whole. */
function alpnList(view: DataView, start: number, end: number): readonly string[] {
  const list: string[] = [];
  let at = start + 2;
  while (at < end && list.length < MOST_VALUES) {
    const nameEnd = at + 1 + view.getUint8(at);
    if (nameEnd > end) break;
    list.push(latin1(view, at + 1, nameEnd));
    at = nameEnd;
  }
  return list;
}
