import type { Recognition } from "../../src/protocols/recognition.ts";
import { TcpInspector } from "../../src/protocols/tcp-inspector.ts";
import { Feeder } from "../support/decoding.ts";
import { ethernetIp, TCP_ACK, tcp } from "../support/packets.ts";

/** Direction of the client's segments, and of the server's. */
export const CLIENT = 0;
export const SERVER = 1;

/** Plays the segments of one connection to an inspector: frames, decoder and all. */
export class TcpTalk {
  readonly #inspector: TcpInspector;
  readonly #feeder = new Feeder();
  readonly #next: [number, number];
  readonly #ports: readonly [number, number];
  #number = 0;
  /** Bytes of a frame that the capture keeps. */
  snapLength: number = Infinity;

  constructor(inspector: TcpInspector, serverPort: number = 443, initial: number = 1000) {
    this.#inspector = inspector;
    this.#ports = [50123, serverPort];
    this.#next = [initial, 7_000_000];
  }

  /** Sequence number of the next byte that this side sends. */
  next(side: 0 | 1): number {
    return this.#next[side];
  }

  /** Sends bytes in order. */
  send(side: 0 | 1, bytes: Uint8Array): this {
    const sequence = this.#next[side];
    this.#next[side] = (sequence + bytes.length) >>> 0;
    return this.segment(side, sequence, bytes);
  }

  /** Passes over bytes that the capture does not have. */
  lose(side: 0 | 1, count: number): this {
    this.#next[side] = (this.#next[side] + count) >>> 0;
    return this;
  }

  /** One segment anywhere. */
  segment(
    side: 0 | 1,
    sequence: number,
    bytes: Uint8Array,
    seconds: number = 1_600_000_000,
    flags: number = TCP_ACK,
  ): this {
    const addresses = ["10.0.0.1", "192.0.2.1"] as const;
    const frame = ethernetIp(
      {},
      tcp(
        {
          source: addresses[side],
          destination: addresses[1 - side] ?? "",
          sourcePort: this.#ports[side],
          destinationPort: this.#ports[1 - side] ?? 0,
          sequence,
          flags,
        },
        bytes,
      ),
    );
    const captured = frame.subarray(0, this.snapLength);
    const packet = this.#feeder.feed(captured, { originalLength: frame.length });
    if (this.#inspector.wantsMore) this.#inspector.inspect(packet, side, seconds, 0, ++this.#number);
    return this;
  }

  result(): Recognition {
    return this.#inspector.result();
  }
}

/** One with an inspector of its own. */
export function talk(port?: number, initial?: number): TcpTalk {
  return new TcpTalk(new TcpInspector(), port, initial);
}
