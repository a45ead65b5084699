import type { Direction } from "../words.ts";

/**
 * How the media that is looked at came: which way, when and in which packet. Whoever reads a transport sets one such
 * object for each of its packets in turn, so that nothing is made for one and a call has no dozen of arguments.
 */
export class Arrival {
  direction: Direction = 0;
  /** Milliseconds since 1970. Not whole at first: code compiled for whole numbers would be thrown away. */
  timeMs = -0.5;
  /** Number of the packet in its capture, from 1. */
  packetNumber = 0;
  dscp = 0;
  /** In how many layers of TURN the message lies that is looked at. */
  depth = 0;

  at(direction: Direction, seconds: number, nanoseconds: number, packetNumber: number, dscp: number): void {
    this.direction = direction;
    this.timeMs = seconds * 1000 + nanoseconds / 1e6;
    this.packetNumber = packetNumber;
    this.dscp = dscp;
    this.depth = 0;
  }
}
