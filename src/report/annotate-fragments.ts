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
  readonly datagram: string;
  readonly taken: TakenPacket;
}

/** Fragments that came before the first one of their datagram, which alone tells whose they are. */
export class EarlyFragments {
  #waiting: Waiting[] = [];
  #bytes = 0;

  /** True for a packet that waits, and is to be kept. */
  static isEarly(packet: Packet): boolean {
    return packet.kind === PacketKind.otherIp && packet.innerFragment && packet.fragmentOffset > 0;
  }

  keep(packet: Packet, taken: TakenPacket): void {
    this.#waiting.push({ datagram: datagramOf(packet), taken });
    this.#bytes += taken.bytes.length;
    while (this.#waiting.length > MAX_FRAGMENTS || this.#bytes > MAX_BYTES)
      this.#bytes -= this.#waiting.shift()?.taken.bytes.length ?? 0;
  }

  /** Those of the datagram whose first fragment `packet` is. */
  take(packet: Packet): TakenPacket[] {
    const datagram = datagramOf(packet);
    const found = this.#waiting.filter((each) => each.datagram === datagram);
    this.#waiting = this.#waiting.filter((each) => each.datagram !== datagram);
    for (const { taken } of found) this.#bytes -= taken.bytes.length;
    return found.map(({ taken }) => taken);
  }
}

function datagramOf(packet: Packet): string {
  const { source0, source1, source2, source3 } = packet;
  const { destination0, destination1, destination2, destination3, fragmentId } = packet;
  return [
    ...[source0, source1, source2, source3],
    ...[destination0, destination1, destination2, destination3],
    fragmentId,
  ].join(" ");
}
