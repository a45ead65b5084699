import type { Direction } from "../words.ts";
import type { Recognition } from "./recognition.ts";

/** What the first bytes of one direction of a TCP connection are, as far as media is concerned. */
export const TcpMediaStart = {
  /** Not media framing. */
  no: 0,
  /** Too few bytes to say. */
  more: 1,
  /** Microsoft's pseudo-TLS hello (MS-TURN 2.1.1): exact bytes, 50 from the client, 83 from the server. */
  pseudoTls: 2,
  /** Microsoft's TCP framing without the hello: 02/03, 00, length. */
  microsoftFraming: 3,
  /** RFC 4571 frames that hold STUN, or at least three that hold RTP. */
  rfc4571: 4,
  /** STUN or TURN straight on TCP (RFC 8489, section 6.2.2). */
  stun: 5,
} as const;
export type TcpMediaStart = (typeof TcpMediaStart)[keyof typeof TcpMediaStart];

/** Looks at the first contiguous bytes of one direction (`view` from `start` to `end`). Allocates nothing. */
export function tcpMediaStart(_view: DataView, _start: number, _end: number): TcpMediaStart {
  return TcpMediaStart.no;
}

/**
 * Reads a TCP connection that `tcpMediaStart` recognised. Feed it each direction's contiguous bytes in order, from
 * the first byte of the connection (or of the capture); it keeps what a frame cut in two needs, bounded.
 */
export class TcpMediaReader {
  readonly start: TcpMediaStart;
  constructor(start: TcpMediaStart) {
    this.start = start;
  }
  /** False when the framing broke or nothing more can be learned. */
  get wantsMore(): boolean {
    return false;
  }
  /** Shows bytes `view[start, end)` that follow those shown before in this direction. */
  push(
    _view: DataView,
    _start: number,
    _end: number,
    _direction: Direction,
    _seconds: number,
    _nanoseconds: number,
    _packetNumber: number,
  ): void {}
  /** Bytes were lost in this direction: what follows starts at an unknown place in a frame. */
  gap(_direction: Direction): void {}
  /** undefined while nothing but a framing guess is known. */
  result(): Recognition | undefined {
    return undefined;
  }
}
