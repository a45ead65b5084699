import { formatAddress } from "../address/address.ts";
import { NO_ITEMS } from "../no-items.ts";
import type { Packet } from "../wire/packet.ts";
import type { SdpMedia } from "./recognition.ts";
import type { SignaledCodec } from "./signaled-codec.ts";

/** Transport addresses that are remembered; the oldest go first. */
const MAX_ADDRESSES = 4096;

/** Sections of one description that are remembered of an address: all of them may be bundled at it (RFC 9143). */
const MOST_BUNDLED = 64;

/**
 * What session descriptions said of the addresses at which media will arrive: the codec of each payload type. An
 * address that is offered again gets the new meanings.
 */
export class SessionDirectory {
  /** The sections that name an address, the latest first; mostly one. */
  readonly #byAddress = new Map<string, readonly SdpMedia[]>();
  /** How many of the addresses have a port: most packets go to and come from one that none has. */
  readonly #ports = new Map<number, number>();

  /** Remembers one media section by every address that it offers. */
  learn(media: SdpMedia): void {
    for (const { address, port } of media.addresses) {
      const key = `${address} ${port}`;
      const known = this.#byAddress.get(key);
      if (!this.#byAddress.delete(key)) this.#count(port, 1);
      const bundled = known !== undefined && known[0]?.firstPacket === media.firstPacket;
      this.#byAddress.set(key, bundled ? [media, ...known.slice(0, MOST_BUNDLED - 1)] : [media]);
      if (this.#byAddress.size <= MAX_ADDRESSES) continue;
      const oldest = this.#byAddress.keys().next().value;
      if (oldest === undefined) continue;
      this.#byAddress.delete(oldest);
      this.#count(Number(oldest.slice(oldest.lastIndexOf(" ") + 1)), -1);
    }
  }

  /**
   * The codec of a payload type as announced by the receiver of this packet, else by its sender (most answers use the
   * same numbers); undefined when no description named either address and the type.
   */
  codecFor(packet: Packet, payloadType: number): SignaledCodec | undefined {
    return codecIn(this.#ofReceiver(packet), payloadType) ?? codecIn(this.#ofSender(packet), payloadType);
  }

  /** True where a description offers fax over UDP (T.38) at either end of this packet, and nothing else. */
  isFax(packet: Packet): boolean {
    const offered = this.#ofReceiver(packet) ?? this.#ofSender(packet);
    return offered !== undefined && offered.every(({ media }) => media === "image");
  }

  /** True where a description offers media at either end of this packet. */
  isOffered(packet: Packet): boolean {
    return (this.#ofReceiver(packet) ?? this.#ofSender(packet)) !== undefined;
  }

  #ofReceiver(packet: Packet): readonly SdpMedia[] | undefined {
    if (!this.#ports.has(packet.destinationPort)) return undefined;
    const { destination0, destination1, destination2, destination3 } = packet;
    const text = formatAddress(packet.ipVersion, destination0, destination1, destination2, destination3);
    return this.#byAddress.get(`${text} ${packet.destinationPort}`);
  }

  #ofSender(packet: Packet): readonly SdpMedia[] | undefined {
    if (!this.#ports.has(packet.sourcePort)) return undefined;
    const { source0, source1, source2, source3 } = packet;
    const text = formatAddress(packet.ipVersion, source0, source1, source2, source3);
    return this.#byAddress.get(`${text} ${packet.sourcePort}`);
  }

  #count(port: number, more: number): void {
    const count = (this.#ports.get(port) ?? 0) + more;
    if (count > 0) this.#ports.set(port, count);
    else this.#ports.delete(port);
  }
}

function codecIn(sections: readonly SdpMedia[] | undefined, payloadType: number): SignaledCodec | undefined {
  for (const media of sections ?? NO_ITEMS) {
    const codec = media.payloadTypes.find((item) => item.payloadType === payloadType);
    if (codec !== undefined)
      return { encodingName: codec.codec, clockRate: codec.clockRate, modality: media.modality };
  }
  return undefined;
}
