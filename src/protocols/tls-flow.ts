import { type Direction, type HostSource, opposite } from "../words.ts";
import { detached } from "./host-name.ts";
import { ja4 } from "./ja4.ts";
import type { Confidence } from "./recognition.ts";
import { certificateNames, namesText } from "./tls-certificate.ts";
import { type ClientHello, helloRandom, readClientHello } from "./tls-client-hello.ts";
import {
  Hello,
  helloAt,
  isSslV2Hello,
  looksLikeRecords,
  plainHandshake,
  RECORD_HEADER_LENGTH,
  RecordType,
} from "./tls-records.ts";
import { readServerHello } from "./tls-server-hello.ts";

const SERVER_HELLO = 2;
const CERTIFICATE = 11;

/** Handshake messages longer than this are not waited for. */
const LONGEST_MESSAGE = 60 * 1024;

/** So many bytes that are no TLS end the wait for a hello in their direction. */
const LONGEST_STRAY = 4096;

/** So many of the client's segments behind its hello end the wait for the server's: it is captured elsewhere, or nowhere. */
const ANSWER_PATIENCE = 8;

/** Versions in words. */
const VERSION_NAMES: ReadonlyMap<number, string> = new Map([
  [0x0304, "TLS 1.3"],
  [0x0303, "TLS 1.2"],
  [0x0302, "TLS 1.1"],
  [0x0301, "TLS 1.0"],
  [0x0300, "SSL 3.0"],
]);

/** What the beginning of one direction says. */
export type TlsLook = "client" | "server" | "sslv2" | "middle" | "no";

/** Says whether bytes from the beginning of a direction are TLS. */
export function lookForTls(view: DataView, start: number, end: number): TlsLook {
  if (end - start < RECORD_HEADER_LENGTH) return "no";
  const hello = helloAt(view, start, end);
  if (hello === Hello.client) return "client";
  if (hello === Hello.server) return "server";
  if (hello === Hello.more) return "no";
  if (isSslV2Hello(view, start, end)) return "sslv2";
  return looksLikeRecords(view, start, end) ? "middle" : "no";
}

/** True when a client's hello begins with these bytes, of which there may be too few to say more. */
export function mayBeginTls(view: DataView, start: number, end: number): boolean {
  const length = end - start;
  if (length > RECORD_HEADER_LENGTH) return helloAt(view, start, end) !== Hello.no;
  return (
    length > 0 &&
    view.getUint8(start) === RecordType.handshake &&
    (length < 2 || view.getUint8(start + 1) === 3)
  );
}

/** The plain handshake of one TLS connection: what the client asked for, who answered. */
export class TlsFlow {
  initiator: Direction | undefined;
  host: string | undefined;
  hostSource: HostSource | undefined;
  ja4: string | undefined;
  /** By which the connection is known beyond source NAT; no list, whose room for more would be the larger part. */
  #clientIdentity: string | undefined;
  #serverIdentity: string | undefined;
  rule = "tls-records";
  confidence: Confidence = "medium";
  readonly notes: string[] = [];
  #nameNote: string | undefined;
  readonly #hellos: "both" | "client";
  readonly #done: [boolean, boolean] = [false, false];
  #passed = 0;

  /** `hellos`: whose is of use where the client's tells the name. */
  constructor(hellos: "both" | "client") {
    this.#hellos = hellos;
  }

  /** The client's random, the server's, or both, each with its word; undefined when neither was seen. */
  get identities(): readonly string[] | undefined {
    const [client, server] = [this.#clientIdentity, this.#serverIdentity];
    if (client === undefined) return server === undefined ? undefined : [server];
    return server === undefined ? [client] : [client, server];
  }

  /** Why there is no name, or what is odd about it; undefined when there is nothing to say. */
  get nameNote(): string | undefined {
    return this.#nameNote;
  }

  /** Whether bytes of this direction can still say something. */
  wants(direction: Direction): boolean {
    if (this.#done[direction]) return false;
    if (this.#hellos === "both" || this.host === undefined) return true;
    return this.initiator === undefined || direction === this.initiator;
  }

  /** Shows that a segment went by whose bytes are not wanted. */
  pass(direction: Direction): void {
    if (direction !== this.initiator || this.host === undefined) return;
    this.#passed += 1;
    if (this.#passed >= ANSWER_PATIENCE) this.#done[opposite(direction)] = true;
  }

  /** Shows the bytes in order from the beginning of one direction; call again whenever there are more. */
  read(view: DataView, start: number, end: number, direction: Direction): void {
    const look = lookForTls(view, start, end);
    if (look === "client") this.#readClient(view, start, end, direction);
    else if (look === "server") this.#readServer(view, start, end, direction);
    else if (look === "sslv2") {
      this.rule = "tls-sslv2-hello";
      this.confidence = "high";
      this.initiator = direction;
      this.#done[direction] = true;
    } else if (look === "middle" || end - start > LONGEST_STRAY) this.#done[direction] = true;
  }

  #readClient(view: DataView, start: number, end: number, direction: Direction): void {
    const handshake = plainHandshake(view, start, end);
    const at = handshake.start;
    if (handshake.end - at < 4) return;
    const length = (handshake.view.getUint8(at + 1) << 16) | handshake.view.getUint16(at + 2);
    this.initiator = direction;
    this.rule = "tls-client-hello";
    this.confidence = "high";
    const hello = readClientHello(handshake.view, at + 4, length, handshake.end, false);
    if (hello === undefined) {
      if (handshake.end - at >= 4 + length || length > LONGEST_MESSAGE) {
        this.#done[direction] = true;
        this.#note("the ClientHello makes no sense");
      }
      return;
    }
    this.#takeHello(hello);
    if (hello.complete || handshake.ended || length > LONGEST_MESSAGE) this.#done[direction] = true;
  }

  #takeHello(hello: ClientHello): void {
    this.#clientIdentity ??= detached(`tls:${hello.random}`);
    if (hello.serverName !== undefined) {
      this.host = hello.serverName;
      this.hostSource = "sni";
    }
    this.#nameNote = hello.nameNote;
    if (hello.encryptedClientHello)
      this.#nameNote =
        "encrypted ClientHello offered: the server name may be only the public one of its provider";
    if (hello.complete) this.ja4 = ja4(hello, "t");
  }

  #readServer(view: DataView, start: number, end: number, direction: Direction): void {
    if (this.initiator === undefined) {
      this.initiator = opposite(direction);
      this.rule = "tls-server-hello";
      this.confidence = "high";
    }
    const handshake = plainHandshake(view, start, end);
    const { view: bytes, end: stop } = handshake;
    let at = handshake.start;
    while (at + 4 <= stop) {
      const type = bytes.getUint8(at);
      const bodyEnd = at + 4 + ((bytes.getUint8(at + 1) << 16) | bytes.getUint16(at + 2));
      if (bodyEnd > stop) {
        if (bodyEnd - at > LONGEST_MESSAGE) this.#done[direction] = true;
        break;
      }
      if (type === CERTIFICATE) this.#takeCertificate(bytes, at + 4, bodyEnd);
      if (type !== SERVER_HELLO || !this.#certificateFollows(bytes, at + 4, bodyEnd)) {
        this.#done[direction] = true;
        return;
      }
      at = bodyEnd;
    }
    if (handshake.ended) this.#done[direction] = true;
  }

  /** Takes random and version; from TLS 1.3 on certificates are encrypted. */
  #certificateFollows(view: DataView, start: number, end: number): boolean {
    const hello = readServerHello(view, start, end);
    if (hello === undefined) return false;
    // What asks for another ClientHello has the same random everywhere.
    // 120 bits of it are enough, and much shorter where flows are many; the first and last ones may be no chance.
    if (!hello.retry)
      this.#serverIdentity ??= detached(`tls-server:${helloRandom(view, start).slice(6, 26)}`);
    if (this.host !== undefined) return false;
    const version = VERSION_NAMES.get(hello.version) ?? `version 0x${hello.version.toString(16)}`;
    this.#note(`server chose ${version}`);
    return hello.version < 0x0304;
  }

  #takeCertificate(view: DataView, start: number, end: number): void {
    if (this.host !== undefined) return;
    const found = certificateNames(view, start, end);
    if (found?.best === undefined) {
      this.#note("the certificate holds no host name");
      return;
    }
    this.host = found.best;
    this.hostSource = "certificate";
    this.#note(`certificate names: ${namesText(found.names)}`);
  }

  #note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text);
  }
}
