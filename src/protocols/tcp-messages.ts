import type { Direction } from "../words.ts";
import { Arrival } from "./arrival.ts";
import { isDnsResponse } from "./dns.ts";
import { DnsFlow } from "./dns-flow.ts";
import type { DnsNames } from "./dns-names.ts";
import type { Recognition, SdpMedia } from "./recognition.ts";
import { SipFlow } from "./sip.ts";
import type { TcpMediaStart } from "./tcp-media-start.ts";
import { TcpMediaReader } from "./tcp-media.ts";
import type { TcpSegment } from "./tcp-segment.ts";
import { isCutDns } from "./tcp-start.ts";
import { Added, type TcpStream } from "./tcp-stream.ts";

/** Segments in a row that do not fit before the bytes missing between are given up. */
const HOLE_SEGMENTS = 12;

/** How the segment of media at hand came; what DSCP it had is not told. */
const arrival = new Arrival();

/** What is told of besides the connection itself. */
export interface Pupils {
  readonly names: DnsNames | undefined;
  readonly learn: ((media: SdpMedia) => void) | undefined;
}

/** SIP, DNS or media over TCP: read to the end, in order, message by message. */
export class TcpMessages {
  readonly #names: DnsNames | undefined;
  readonly #misfits: [number, number] = [0, 0];
  readonly #sip: SipFlow | undefined;
  readonly #dns: DnsFlow | undefined;
  readonly #media: TcpMediaReader | undefined;
  /** Media of which the snap length cut a segment: each is read by itself from then on. */
  #isCut = false;

  /** `start`: of media, what its first bytes are. */
  constructor(protocol: "sip" | "dns" | "media", start: TcpMediaStart, { names, learn }: Pupils) {
    this.#names = names;
    if (protocol === "sip") this.#sip = new SipFlow(learn);
    else if (protocol === "dns") this.#dns = new DnsFlow();
    else this.#media = new TcpMediaReader(start);
  }

  get wantsMore(): boolean {
    return this.#media?.wantsMore ?? true;
  }

  /** True for a framing that carries media. */
  get isMedia(): boolean {
    return this.#media !== undefined;
  }

  /** Reads a segment; what cannot be read yet waits in the stream of its direction. */
  read(stream: TcpStream, segment: TcpSegment): void {
    const { view, start, end, sequence, direction } = segment;
    if (this.#dns !== undefined && isCutDns(segment)) {
      this.#readDns(this.#dns, view, start + 2, end, segment, direction, view.getUint16(start));
      return;
    }
    if (this.#media !== undefined && (this.#isCut || segment.length > end - start)) {
      this.#isCut = true;
      const { seconds, nanoseconds, packetNumber, length } = segment;
      arrival.at(direction, seconds, nanoseconds, packetNumber, 0);
      this.#media.segment(view, start, end, length, arrival);
      return;
    }
    if (stream.expects(sequence)) {
      const taken = this.#take(view, start, end, segment, direction);
      stream.consume(taken, sequence);
      const from = start + taken;
      if (from < end) stream.add(view, from, end, (sequence + taken) >>> 0);
      this.#misfits[direction] = 0;
      return;
    }
    const added = stream.add(view, start, end, sequence);
    if (added === Added.grew) this.consume(stream, segment, direction);
    else if (added !== Added.nothing && ++this.#misfits[direction] >= HOLE_SEGMENTS) {
      this.#media?.gap(direction);
      this.#sip?.gap(direction);
      if (stream.hasHole) stream.skipHole();
      else stream.restart((sequence + end - start) >>> 0);
      this.consume(stream, segment, direction);
    }
  }

  /** Reads what the stream of a direction has in order, at the time of this segment. */
  consume(stream: TcpStream, segment: TcpSegment, direction: Direction): void {
    this.#misfits[direction] = 0;
    stream.consume(this.#take(stream.view, 0, stream.length, segment, direction));
  }

  result(): Recognition | undefined {
    return this.#sip?.result() ?? this.#dns?.result() ?? this.#media?.result();
  }

  /** Gives bytes in order to the protocol; returns how many it took. */
  #take(view: DataView, start: number, end: number, segment: TcpSegment, direction: Direction): number {
    const { seconds, nanoseconds, packetNumber } = segment;
    if (this.#sip !== undefined) return this.#sip.consume(view, start, end, direction, seconds, packetNumber);
    if (this.#dns !== undefined) return this.#takeDns(this.#dns, view, start, end, segment, direction);
    arrival.at(direction, seconds, nanoseconds, packetNumber, 0);
    this.#media?.push(view, start, end, arrival);
    return end - start;
  }

  #takeDns(
    dns: DnsFlow,
    view: DataView,
    start: number,
    end: number,
    segment: TcpSegment,
    direction: Direction,
  ): number {
    let at = start;
    while (at + 2 <= end) {
      const length = view.getUint16(at);
      if (at + 2 + length > end) break;
      this.#readDns(dns, view, at + 2, at + 2 + length, segment, direction, length);
      at += 2 + length;
    }
    return at - start;
  }

  /** One message, of which the wire had `length` bytes. */
  #readDns(
    dns: DnsFlow,
    view: DataView,
    start: number,
    end: number,
    { packet, seconds, nanoseconds, packetNumber }: TcpSegment,
    direction: Direction,
    length: number,
  ): void {
    if (dns.read(view, start, end, direction, packetNumber, length) && isDnsResponse(view, start))
      this.#names?.learn(view, start, end, packet, seconds, nanoseconds);
  }
}
