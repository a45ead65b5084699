import { finish } from "../hash/murmur.ts";
import type { FiveTuple } from "../wire/five-tuple.ts";
import type { UnfinishedDatagram } from "../wire/fragments.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import { type Packet, PacketKind } from "../wire/packet.ts";
import type { FlowRecords } from "./flow-records.ts";
import * as layout from "./layout.ts";

/**
 * 64 bits that name a 5-tuple, the same in both directions: two 32-bit words, of which the lowest bit says TCP. Two
 * tuples that share a key only cost work, never a wrong row.
 */
export class FlowKey {
  high = 0;
  low = 0;
  readonly #seedHigh: number;
  readonly #seedLow: number;

  /** `seed`: that of the run, for keys that lie in a table and are never written: nobody can make up tuples that share one. */
  constructor(seed = 0) {
    this.#seedHigh = SEED_HIGH ^ seed;
    this.#seedLow = SEED_LOW ^ seed;
  }

  /** Takes the key of a packet's flow, or of the flow that an ICMP error quotes; false where it has none. */
  ofPacket(packet: Packet): boolean {
    switch (packet.kind) {
      case PacketKind.tcp:
      case PacketKind.udp:
        this.#of(packet);
        return true;
      case PacketKind.icmp:
        if (!packet.quoted.present) return false;
        this.#of(packet.quoted);
        return true;
      default:
        return false;
    }
  }

  /** Takes the key of a flow record's addresses (four words each), ports and protocol, in either order. */
  ofRecord(a: ArrayLike<number>, b: ArrayLike<number>, ports: number, protocol: number): void {
    const [portA, portB] = [ports >>> 16, ports & 0xffff];
    const oneA = mixEnd(a[0] ?? 0, a[1] ?? 0, a[2] ?? 0, a[3] ?? 0, portA, this.#seedHigh);
    const oneB = mixEnd(b[0] ?? 0, b[1] ?? 0, b[2] ?? 0, b[3] ?? 0, portB, this.#seedHigh);
    const twoA = mixEnd(a[0] ?? 0, a[1] ?? 0, a[2] ?? 0, a[3] ?? 0, portA, this.#seedLow);
    const twoB = mixEnd(b[0] ?? 0, b[1] ?? 0, b[2] ?? 0, b[3] ?? 0, portB, this.#seedLow);
    this.#join(oneA, oneB, twoA, twoB, protocol);
  }

  /** Takes the key of a followed flow. */
  ofFlow(records: FlowRecords, flow: number): void {
    const page = records.table.page(flow);
    const at = records.table.base(flow);
    this.ofRecord(
      page.subarray(at + layout.ADDRESS_A, at + layout.ADDRESS_A + 4),
      page.subarray(at + layout.ADDRESS_B, at + layout.ADDRESS_B + 4),
      page[at + layout.PORTS] ?? 0,
      (page[at + layout.META] ?? 0) & layout.META_PROTOCOL,
    );
  }

  /** Takes the key of a flow that a datagram in fragments belongs to. */
  ofDatagram(datagram: UnfinishedDatagram): void {
    const { source0, source1, source2, source3, sourcePort } = datagram;
    const { destination0, destination1, destination2, destination3, destinationPort } = datagram;
    this.#of({
      protocol: datagram.kind === PacketKind.tcp ? IpProtocol.tcp : IpProtocol.udp,
      source0,
      source1,
      source2,
      source3,
      sourcePort,
      destination0,
      destination1,
      destination2,
      destination3,
      destinationPort,
    });
  }

  #of(t: FiveTuple): void {
    const { source0, source1, source2, source3, sourcePort } = t;
    const { destination0, destination1, destination2, destination3, destinationPort } = t;
    this.#join(
      mixEnd(source0, source1, source2, source3, sourcePort, this.#seedHigh),
      mixEnd(destination0, destination1, destination2, destination3, destinationPort, this.#seedHigh),
      mixEnd(source0, source1, source2, source3, sourcePort, this.#seedLow),
      mixEnd(destination0, destination1, destination2, destination3, destinationPort, this.#seedLow),
      t.protocol,
    );
  }

  /** Sums and products do not tell the ends apart; what comes of them is mixed once more. */
  #join(oneA: number, oneB: number, twoA: number, twoB: number, protocol: number): void {
    this.high = finish((oneA + oneB) ^ Math.imul(oneA, oneB) ^ protocol);
    this.low =
      ((finish((twoA + twoB) ^ Math.imul(twoA | 1, twoB | 1)) & ~1) |
        (protocol === IpProtocol.tcp ? 1 : 0)) >>>
      0;
  }
}

const SEED_HIGH = 0x6f333635;
const SEED_LOW = 0x2545f491;

function mixEnd(w0: number, w1: number, w2: number, w3: number, port: number, seed: number): number {
  let hash = Math.imul(w3 ^ seed, 0x9e3779b1);
  hash = Math.imul((hash ^ (hash >>> 15)) + port, 0x85ebca6b);
  hash = Math.imul((hash ^ (hash >>> 13)) + w2, 0xc2b2ae35);
  hash = Math.imul((hash ^ (hash >>> 15)) + w1, 0x27d4eb2f);
  hash = Math.imul((hash ^ (hash >>> 13)) + w0, 0x165667b1);
  return hash ^ (hash >>> 16);
}
