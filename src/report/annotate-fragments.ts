import type { RawOption } from "../capture/pcapng-options.ts";
import { type Packet, PacketKind } from "../wire/packet.ts";
import type { Time } from "./annotate-time.ts";

/** Most fragments that wait, and their bytes: those of the decoder's own datagrams are no more than a few. */
const MAX_FRAGMENTS = 1024;
const MAX_BYTES = 4_194_304;

/** A packet that is written, now or later. */
export interface TakenPacket {
  readonly capture: number;
  readonly interfaceIndex: number;
  readonly linkType: number;
  readonly number: number;
  readonly time: Time;
  readonly bytes: Uint8Array;
  readonly originalLength: number;
  /** The options that it has in its capture. */
  readonly had: readonly RawOption[];
}

interface Waiting {
  readonly datagram: number;
  readonly taken: TakenPacket;
}

/**
 * Fragments that do not tell whose they are. The datagram's first one does, which may come later; of a tunnel's outer
 * packet the one that makes it whole, or the first one where the capture cut it.
 */
export class WaitingFragments {
  #waiting: Waiting[] = [];
  #bytes = 0;
  /** Datagrams that have told, in turn. */
  readonly #told = new Set<number>();

  /** True for a packet that does not tell whose it is. */
  static isSilent(packet: Packet): boolean {
    return packet.kind === PacketKind.otherIp && packet.innerFragment;
  }

  /** Whether another fragment of its datagram has told whose it is. */
  hasTold(packet: Packet): boolean {
    return this.#told.has(packet.datagram);
  }

  keep(packet: Packet, taken: TakenPacket): void {
    this.#waiting.push({ datagram: packet.datagram, taken });
    this.#bytes += taken.bytes.length;
    while (this.#waiting.length > MAX_FRAGMENTS || this.#bytes > MAX_BYTES)
      this.#bytes -= this.#waiting.shift()?.taken.bytes.length ?? 0;
  }

  /** Those of the datagram of which `packet` is the fragment that tells. */
  take({ datagram }: Packet): TakenPacket[] {
    this.#told.add(datagram);
    for (const oldest of this.#told) {
      if (this.#told.size <= MAX_FRAGMENTS) break;
      this.#told.delete(oldest);
    }
    const found = this.#waiting.filter((each) => each.datagram === datagram);
    if (found.length === 0) return [];
    this.#waiting = this.#waiting.filter((each) => each.datagram !== datagram);
    for (const { taken } of found) this.#bytes -= taken.bytes.length;
    return found.map(({ taken }) => taken);
  }
}
