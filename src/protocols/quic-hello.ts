import { MOST_QUIC_FRAMES, skipAck, varint, varintLength } from "./quic-packet.ts";
import { Added, ByteBudget, TcpStream } from "./tcp-stream.ts";
import { type ClientHello, readClientHello } from "./tls-client-hello.ts";

/** Bytes of CRYPTO data that one flow keeps, and all flows together. */
const MOST_CRYPTO_BYTES = 16 * 1024;
const CRYPTO_BUDGET = 64 * 1024 * 1024;

/** Separate runs of it: browsers cut a hello into many small frames, and send them in any order. */
const MOST_CRYPTO_RUNS = 256;

const sharedBudget = new ByteBudget(CRYPTO_BUDGET);

/** The ClientHello in the CRYPTO frames of a client's Initial packets (RFC 9001, section 4.1.3). */
export class QuicHello {
  /** The hello, as far as it has come; complete or not. */
  hello: ClientHello | undefined = undefined;
  #crypto: TcpStream | undefined = undefined;
  /** The CRYPTO frame just read brought more bytes in order. */
  #grew = false;

  /** Collects the CRYPTO frames of one packet, which may come in any order (RFC 9000, section 19). */
  read(frames: Buffer): void {
    const view = new DataView(frames.buffer, frames.byteOffset, frames.length);
    const end = frames.length;
    let at = 0;
    let grew = false;
    for (let i = 0; at < end && i < MOST_QUIC_FRAMES;) {
      const type = view.getUint8(at);
      if (type <= 1) {
        at++; // PADDING, PING
        continue;
      }
      i++;
      if (type === 6) {
        const crypto = this.#readCrypto(view, at + 1, end);
        if (crypto < 0) break;
        grew = grew || this.#grew;
        at = crypto;
      } else {
        const next = type === 2 || type === 3 ? skipAck(view, at + 1, end, type === 3) : -1;
        if (next < 0) break; // CONNECTION_CLOSE, or nothing that belongs into an Initial
        at = next;
      }
    }
    if (grew) this.#readHello();
  }

  /** Keeps one CRYPTO frame's bytes; returns the offset after it, or -1. */
  #readCrypto(view: DataView, at: number, end: number): number {
    const offset = varint(view, at, end);
    if (offset < 0) return -1;
    at += varintLength(view, at);
    const length = varint(view, at, end);
    if (length < 0) return -1;
    at += varintLength(view, at);
    if (at + length > end) return -1;
    if (this.#crypto === undefined) {
      this.#crypto = new TcpStream(sharedBudget, MOST_CRYPTO_BYTES, MOST_CRYPTO_RUNS);
      this.#crypto.restart(0);
    }
    this.#grew = offset < MOST_CRYPTO_BYTES && this.#crypto.add(view, at, at + length, offset) === Added.grew;
    return at + length;
  }

  #readHello(): void {
    const crypto = this.#crypto;
    if (crypto === undefined || crypto.length < 4 || crypto.view.getUint8(0) !== 1) return;
    const length = (crypto.view.getUint8(1) << 16) | crypto.view.getUint16(2);
    const hello = readClientHello(crypto.view, 4, length, crypto.length, false);
    if (hello === undefined) return;
    this.hello = hello;
    if (!hello.complete) return;
    this.discard();
  }

  /** Gives back the memory that the hello took. */
  discard(): void {
    this.#crypto?.release();
    this.#crypto = undefined;
  }
}
