import type { Packet } from "../wire/packet.ts";

/**
 * Names that clients looked up, by the addresses they were told: for a server without a name of its own.
 * Bounded: the oldest mappings are forgotten.
 */
export class DnsNames {
  /** Learns from one DNS answer over UDP (source port 53, destination is the client); anything else is ignored. */
  observe(packet: Packet, seconds: number): void {
    if (packet.sourcePort === 53)
      this.learn(packet.view, packet.payloadStart, packet.payloadEnd, packet, false, seconds);
  }

  /** Learns from one DNS message; the client is the packet's destination, or its source when `fromSource`. */
  learn(
    _view: DataView,
    _start: number,
    _end: number,
    _packet: Packet,
    _fromSource: boolean,
    _seconds: number,
  ): void {}

  /**
   * The name that this client queried last and was told this server address for, at most its TTL (at least 60 s)
   * before `seconds`; else the newest such name any client queried; else undefined.
   */
  lookup(
    _client0: number,
    _client1: number,
    _client2: number,
    _client3: number,
    _server0: number,
    _server1: number,
    _server2: number,
    _server3: number,
    _seconds: number,
  ): string | undefined {
    return undefined;
  }
}
