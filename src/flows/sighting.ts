import type { Direction } from "../words.ts";
import * as layout from "./layout.ts";
import type { TcpLag } from "./tcp-lag.ts";

/**
 * A packet as its flow sees it: laid over the flow's record (layout.ts), with the packet's direction there and the time and
 * place at which it was seen. One object is laid over every packet in turn, so that a call has no dozen of arguments.
 */
export class Sighting {
  flow = -1;
  /** Direction of the packet in its flow. */
  direction: Direction = 0;
  /** The record: where it starts in its page. */
  page: Uint32Array = NO_PAGE;
  at = 0;
  seconds = 0;
  nanoseconds = 0;
  /** False of a packet without a time: then the seconds say nothing. */
  timed = true;
  /** When the packet before it in its direction was seen, of a direction that comes in several link contexts. */
  lastSeconds = 0;
  lastNanoseconds = 0;
  /** Number of the packet in its capture, from 1. */
  packetNumber = 0;
  /** Its link context (link-contexts.ts). */
  context = 0;
  /** Of a TCP flow that several points see. */
  lag: TcpLag | undefined = undefined;

  /** One word of the record. */
  word(field: number): number {
    return this.page[this.at + field] ?? 0;
  }

  set(field: number, value: number): void {
    this.page[this.at + field] = value;
  }

  /** Of a pair of words, that of the packet's direction. */
  own(field: number): number {
    return this.page[this.at + field + this.direction] ?? 0;
  }

  setOwn(field: number, value: number): void {
    this.page[this.at + field + this.direction] = value;
  }

  /** Of a pair of words, that of the other direction. */
  other(field: number): number {
    return this.page[this.at + field + 1 - this.direction] ?? 0;
  }

  /** Sets bits of META. */
  mark(bits: number): void {
    this.page[this.at + layout.META] = (this.page[this.at + layout.META] ?? 0) | bits;
  }

  /** True where a bit of META is set that each direction has one of; `bit` is that of direction 0. */
  isMarkedOwn(bit: number): boolean {
    return ((this.page[this.at + layout.META] ?? 0) & (bit << this.direction)) !== 0;
  }
}

const NO_PAGE = new Uint32Array(0);
