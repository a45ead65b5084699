import type { Direction } from "../words.ts";
import { CLIENT_HELLO, HANDSHAKE, HANDSHAKE_HEADER, MAX_RECORDS, RECORD_HEADER } from "./dtls.ts";
import { ByteBudget, TcpStream } from "./tcp-stream.ts";
import { type ClientHello, readClientHello } from "./tls-client-hello.ts";

/** Longest hello that is put together; one with a post-quantum key share has some 1,500 bytes. */
const MOST_BYTES = 8 * 1024;
/** Fields of a handshake header behind type and length; the last two have three bytes. */
const SEQUENCE_AT = 4;
const OFFSET_AT = 6;
const FRAGMENT_LENGTH_AT = 9;

/**
 * The ClientHello of one DTLS flow (RFC 6347, section 4.2), also when its fragments come in several records or
 * datagrams, twice, or in any order. A hello without its end is kept as far as it goes.
 */
export class DtlsHello {
  #hello: ClientHello | undefined;
  /** Who sends the hello. */
  #initiator: Direction | undefined;
  #fragments: TcpStream | undefined;
  /** Of the message whose fragments are collected. */
  #sequence = -1;
  #length = 0;

  get hello(): ClientHello | undefined {
    return this.#hello;
  }

  get initiator(): Direction | undefined {
    return this.#initiator;
  }

  /** True until the hello is whole. */
  get wantsMore(): boolean {
    return this.#hello?.complete !== true;
  }

  /** Looks for fragments of a hello in a datagram of whole records (`isDtls`). */
  add(view: DataView, start: number, end: number, direction: Direction): void {
    let at = start;
    for (let records = 0; records < MAX_RECORDS && at + RECORD_HEADER <= end; records++) {
      const body = at + RECORD_HEADER;
      const next = body + view.getUint16(body - 2);
      // Encrypted records have an epoch above 0.
      if (view.getUint8(at) === HANDSHAKE && view.getUint16(at + 3) === 0)
        this.#fragment(view, body, Math.min(next, end), direction);
      at = next;
    }
  }

  #fragment(view: DataView, at: number, end: number, direction: Direction): void {
    const body = at + HANDSHAKE_HEADER;
    if (body > end || view.getUint8(at) !== CLIENT_HELLO) return;
    const length = view.getUint32(at) & 0xffffff;
    const sequence = view.getUint16(at + SEQUENCE_AT);
    const offset = view.getUint32(at + OFFSET_AT - 1) & 0xffffff;
    const fragment = view.getUint32(at + FRAGMENT_LENGTH_AT - 1) & 0xffffff;
    if (offset + fragment > length) return;
    this.#initiator ??= direction;
    if (direction !== this.#initiator) return;
    if (offset === 0 && (fragment === length || this.#hello === undefined))
      this.#take(readClientHello(view, body, length, Math.min(end, body + fragment), true));
    if (fragment === length || length > MOST_BYTES || !this.wantsMore) return;
    if (sequence !== this.#sequence || length !== this.#length) this.#begin(sequence, length);
    const fragments = (this.#fragments ??= emptyStream());
    fragments.add(view, body, Math.min(end, body + fragment), offset);
    if (fragments.length < length) return;
    this.#take(readClientHello(fragments.view, 0, length, length, true));
    this.#fragments = undefined;
  }

  /** Another message: the hello that answers a HelloVerifyRequest, or one whose beginning was not captured. */
  #begin(sequence: number, length: number): void {
    this.#sequence = sequence;
    this.#length = length;
    this.#fragments = undefined;
  }

  #take(hello: ClientHello | undefined): void {
    if (hello !== undefined && this.wantsMore) this.#hello = hello;
  }
}

function emptyStream(): TcpStream {
  const stream = new TcpStream(new ByteBudget(2 * MOST_BYTES), MOST_BYTES);
  stream.restart(0);
  return stream;
}
