import type { Packet } from "../wire/packet.ts";
import {
  BGP_HEADER_LENGTH,
  BGP_LONGEST_MESSAGE,
  type BgpMessage,
  bgpMessageLength,
  parseBgpMessage,
} from "./bgp.ts";
import type { BgpEncoding } from "./bgp-attributes.ts";

/** First size of a stream's buffer in bytes: two messages without the extended length. */
const SMALL_BUFFER = 8192;

/** Puts the messages of one direction together again; holds at most two longest messages (131,070 bytes). */
export class BgpStream {
  /** True when bytes are missing, so that messages may have been missed. */
  lost = false;
  #bytes: Uint8Array = new Uint8Array(SMALL_BUFFER);
  #view: DataView = new DataView(this.#bytes.buffer);
  #start = 0;
  #end = 0;
  #next = -1;
  /** Sequence number of the first byte that was seen. */
  #first: number | undefined;
  /** False until a message began where one was looked for. */
  #aligned = false;

  /**
   * The first byte of the connection has this number, a SYN says. False where the stream is of another connection: it has
   * begun elsewhere.
   */
  begins(sequence: number): boolean {
    this.#first ??= sequence;
    if (this.#first !== sequence) return false;
    if (this.#next < 0 && !this.lost) this.#next = sequence;
    return true;
  }

  /** Takes a segment's captured payload; what was there before is skipped, after a gap reading starts afresh. */
  feed(packet: Packet): void {
    const captured = packet.payloadEnd - packet.payloadStart;
    if (captured <= 0) return;
    this.#first ??= packet.tcpSequence;
    let skip = 0;
    if (this.#next >= 0) {
      const ahead = (packet.tcpSequence - this.#next) | 0;
      if (ahead > 0) this.#forget();
      else if (-ahead >= packet.payloadLength) return;
      else skip = -ahead;
    } else if (this.lost) this.#forget();
    this.#next = (packet.tcpSequence + packet.payloadLength) >>> 0;
    this.#compact();
    // More than fits is only ever a stream without messages.
    const room = this.#roomFor(captured - skip);
    const size = Math.min(captured - skip, room);
    for (let i = 0; i < size; i++)
      this.#bytes[this.#end + i] = packet.view.getUint8(packet.payloadStart + skip + i);
    if (size > 0) this.#end += size;
    if (captured < packet.payloadLength || size < captured - skip) {
      this.lost = true;
      this.#next = -1;
    }
  }

  /** The next whole message, or `undefined` until more bytes come. */
  next(encoding: BgpEncoding): BgpMessage | undefined {
    while (this.#end - this.#start >= BGP_HEADER_LENGTH) {
      const length = bgpMessageLength(this.#view, this.#start, this.#end);
      if (length === 0) {
        if (this.#aligned) this.lost = true;
        this.#aligned = false;
        this.#start += 1;
        continue;
      }
      if (this.#start + length > this.#end) return undefined;
      const message = parseBgpMessage(this.#view, this.#start, this.#end, encoding);
      this.#start += length;
      this.#aligned = true;
      if (message !== undefined) return message;
      this.lost = true;
    }
    return undefined;
  }

  #roomFor(wanted: number): number {
    if (this.#end + wanted > this.#bytes.length && this.#bytes.length < 2 * BGP_LONGEST_MESSAGE) {
      const larger = new Uint8Array(2 * BGP_LONGEST_MESSAGE);
      larger.set(this.#bytes.subarray(0, this.#end));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return this.#bytes.length - this.#end;
  }

  #forget(): void {
    this.lost = true;
    this.#aligned = false;
    this.#start = 0;
    this.#end = 0;
  }

  #compact(): void {
    if (this.#start === 0) return;
    this.#bytes.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }
}
