import { formatAddress } from "../address/address.ts";
import type { Packet } from "../wire/packet.ts";
import type { SdpMedia } from "./recognition.ts";
import type { SignaledCodec } from "./signaled-codec.ts";

/** Transport addresses that are remembered; the oldest go first. */
const MAX_ADDRESSES = 4096;

/**
 * What session descriptions said of the addresses at which media will arrive: the codec of each payload type. An
 * address that is offered again gets the new meanings.
 */
export class SessionDirectory {
  readonly #byAddress = new Map<string, SdpMedia>();

  /** Remembers one media section by every address that it offers. */
  learn(media: SdpMedia): void {
    for (const { address, port } of media.addresses) {
      const key = `${address} ${port}`;
      this.#byAddress.delete(key);
      this.#byAddress.set(key, media);
      if (this.#byAddress.size <= MAX_ADDRESSES) continue;
      const oldest = this.#byAddress.keys().next().value;
      if (oldest !== undefined) this.#byAddress.delete(oldest);
    }
  }

  /**
   * The codec of a payload type as announced by the receiver of this packet, else by its sender (most answers use the
   * same numbers); undefined when no description named either address and the type.
   */
  codecFor(packet: Packet, payloadType: number): SignaledCodec | undefined {
    const { ipVersion: version } = packet;
    const receiver = formatAddress(
      version,
      packet.destination0,
      packet.destination1,
      packet.destination2,
      packet.destination3,
    );
    const found = this.#codec(`${receiver} ${packet.destinationPort}`, payloadType);
    if (found !== undefined) return found;
    const sender = formatAddress(version, packet.source0, packet.source1, packet.source2, packet.source3);
    return this.#codec(`${sender} ${packet.sourcePort}`, payloadType);
  }

  #codec(key: string, payloadType: number): SignaledCodec | undefined {
    const media = this.#byAddress.get(key);
    const codec = media?.payloadTypes.find((item) => item.payloadType === payloadType);
    if (media === undefined || codec === undefined) return undefined;
    return { encodingName: codec.codec, clockRate: codec.clockRate, modality: media.modality };
  }
}
