import type { Direction } from "../words.ts";
import { Packet } from "../wire/packet.ts";
import { SYN } from "../wire/tcp-flags.ts";

/** One segment with a payload, laid over a packet: what is to be read of it, by whom it was sent and when. */
export class TcpSegment {
  packet: Packet = new Packet();
  view: DataView = this.packet.view;
  /** Where in the view the bytes lie that are to be read, and the sequence number of the first. */
  start = 0;
  end = 0;
  sequence = 0;
  direction: Direction = 0;
  seconds = 0;
  nanoseconds = 0;
  packetNumber = 0;

  at(packet: Packet, direction: Direction, seconds: number, nanoseconds: number, packetNumber: number): void {
    this.packet = packet;
    this.view = packet.view;
    this.start = packet.payloadStart;
    this.end = packet.payloadEnd;
    // A SYN stands in front of the data that it carries (RFC 7413).
    this.sequence = (packet.tcpSequence + ((packet.tcpFlags & SYN) >>> 1)) >>> 0;
    this.direction = direction;
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
    this.packetNumber = packetNumber;
  }

  /** Bytes of it on the wire. */
  get length(): number {
    return this.packet.payloadLength - (this.start - this.packet.payloadStart);
  }

  /** Leaves out what lies before `start`. */
  passOver(start: number): void {
    this.sequence = (this.sequence + start - this.start) >>> 0;
    this.start = start;
  }
}
