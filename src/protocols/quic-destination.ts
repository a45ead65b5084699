import type { Packet } from "../wire/packet.ts";
import { LONGEST_CONNECTION_ID, QUIC_PORT } from "./quic-packet.ts";

/** Shorter ids of a server may come again with another connection. */
const SHORTEST_ID = 8;

/** Behind the id everything is protected, and looks random: two packets have its next byte alike by chance, four hardly ever. */
const LEAST_PACKETS = 4;

/** Later ones teach nothing. */
const MOST_PACKETS = 16;

/**
 * True for what may be a short header of QUIC (RFC 9000, section 17.3), on its way to or from the port of HTTP/3: nothing but the
 * two highest bits and the port tells it.
 */
export function mayBeQuicShortHeader(packet: Packet): boolean {
  const { view, payloadStart, payloadEnd, sourcePort, destinationPort } = packet;
  if (sourcePort !== QUIC_PORT && destinationPort !== QUIC_PORT) return false;
  return payloadEnd > payloadStart && (view.getUint8(payloadStart) & 0xc0) === 0x40;
}

/**
 * The connection id that a client sends its short headers to, in a flow whose handshake was not seen: the later part of a
 * connection that source NAT gave another address, or a capture that began late. A short header does not say how long
 * the id is; all of a connection have it in common, and what follows is random.
 */
export class QuicDestination {
  /** What follows the first byte of the first packet, a character a byte: of very many flows the smallest. */
  #first = "";
  #length = LONGEST_CONNECTION_ID;
  #packets = 0;

  add(packet: Packet): void {
    if (packet.destinationPort !== QUIC_PORT || packet.sourcePort === QUIC_PORT) return;
    if (this.#packets === MOST_PACKETS || !mayBeQuicShortHeader(packet)) return;
    const { view, payloadStart, payloadEnd } = packet;
    const at = payloadStart + 1;
    this.#length = Math.min(this.#length, payloadEnd - at);
    if (this.#packets === 0)
      this.#first = Buffer.from(view.buffer, view.byteOffset + at, this.#length).toString("latin1");
    for (let i = 0; i < this.#length; i++)
      if (this.#first.charCodeAt(i) !== view.getUint8(at + i)) this.#length = i;
    this.#packets += 1;
  }

  /** As hexadecimal text; undefined where the packets have none in common that names one connection. */
  get id(): string | undefined {
    if (this.#packets < LEAST_PACKETS || this.#length < SHORTEST_ID) return undefined;
    return Buffer.from(this.#first.slice(0, this.#length), "latin1").toString("hex");
  }
}
