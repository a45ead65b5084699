import { Packet, PacketKind } from "../../src/wire/packet.ts";

/** A packet laid over UDP payloads of one flow, somewhere inside a larger view as a decoder leaves it. */
export class Datagrams {
  readonly #ports: readonly [number, number];
  readonly #packet: Packet = new Packet();

  /** Ports of the flow's two ends; direction 0 goes from the first to the second. */
  constructor(ports: readonly [number, number]) {
    this.#ports = ports;
    this.#packet.kind = PacketKind.udp;
    this.#packet.protocol = 17;
    this.#packet.ipVersion = 4;
  }

  /** `length` is what the wire had, when the capture has less. */
  lay(bytes: Uint8Array, direction: 0 | 1, length: number = bytes.length): Packet {
    const chunk = new Uint8Array(bytes.length + 64).fill(0x45);
    chunk.set(bytes, 32);
    const packet = this.#packet;
    packet.view = new DataView(chunk.buffer);
    packet.payloadStart = 32;
    packet.payloadEnd = 32 + bytes.length;
    packet.payloadLength = length;
    packet.sourcePort = this.#ports[direction];
    packet.destinationPort = this.#ports[direction === 0 ? 1 : 0];
    return packet;
  }
}
