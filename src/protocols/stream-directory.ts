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
  /** How many of the addresses have a port: most packets go to and come from one that none has. */
  readonly #ports = new Map<number, number>();

  /** Remembers one media section by every address that it offers. */
  learn(media: SdpMedia): void {
    for (const { address, port } of media.addresses) {
      const key = `${address} ${port}`;
      if (!this.#byAddress.delete(key)) this.#count(port, 1);
      this.#byAddress.set(key, media);
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
    const { ipVersion: version, destinationPort, sourcePort } = packet;
    if (this.#ports.has(destinationPort)) {
      const receiver = formatAddress(
        version,
        packet.destination0,
        packet.destination1,
        packet.destination2,
        packet.destination3,
      );
      const found = this.#codec(`${receiver} ${destinationPort}`, payloadType);
      if (found !== undefined) return found;
    }
    if (!this.#ports.has(sourcePort)) return undefined;
    const sender = formatAddress(version, packet.source0, packet.source1, packet.source2, packet.source3);
    return this.#codec(`${sender} ${sourcePort}`, payloadType);
  }

  #count(port: number, more: number): void {
    const count = (this.#ports.get(port) ?? 0) + more;
    if (count > 0) this.#ports.set(port, count);
    else this.#ports.delete(port);
  }

  #codec(key: string, payloadType: number): SignaledCodec | undefined {
    const media = this.#byAddress.get(key);
    const codec = media?.payloadTypes.find((item) => item.payloadType === payloadType);
    if (media === undefined || codec === undefined) return undefined;
    return { encodingName: codec.codec, clockRate: codec.clockRate, modality: media.modality };
  }
}
