import type { Direction } from "../words.ts";
import type { Packet } from "../wire/packet.ts";
import { isDnsResponse } from "./dns.ts";
import { DnsFlow } from "./dns-flow.ts";
import type { DnsNames } from "./dns-names.ts";
import { HttpFlow, lookForHttp } from "./http.ts";
import { afterProxyHeader } from "./proxy-header.ts";
import type { Recognition, SdpMedia } from "./recognition.ts";
import { SipFlow } from "./sip.ts";
import { greetingName, lookForSmtp, smtpClient } from "./smtp.ts";
import { httpResult, mailResult, tlsResult } from "./tcp-results.ts";
import { TcpMediaReader, tcpMediaStart } from "./tcp-media.ts";
import { type TcpProtocol, tcpProtocolOf } from "./tcp-start.ts";
import { Added, ByteBudget, STREAM_LIMIT, TcpStream } from "./tcp-stream.ts";
import { lookForTls, mayBeginTls, TlsFlow } from "./tls-flow.ts";
import { Hello, helloAt } from "./tls-records.ts";

/** Of `Packet.tcpFlags`. */
const SYN = 2;

/** Bytes that the beginnings of all connections together may hold. */
const REASSEMBLY_BYTES = 256 * 1024 * 1024;

/** Bytes of one direction that are kept while nothing is recognised. */
const UNDECIDED_BYTES = 4096;

/** Segments after which a connection that nothing recognised stays unknown. */
const UNDECIDED_SEGMENTS = 24;

/** Segments after which a handshake or request that never became whole is taken as it is. */
const PATIENCE = 128;

/** Segments in a row that do not fit before the bytes missing between are given up, in what is read to its end. */
const HOLE_SEGMENTS = 12;

const sharedBudget = new ByteBudget(REASSEMBLY_BYTES);

/** A protocol of which the beginning of each direction is wanted. */
interface BeginningReader {
  wants(direction: Direction): boolean;
  read(view: DataView, start: number, end: number, direction: Direction): void;
}

/** What is known of a TCP connection that carried something. */
export class TcpConnection {
  wantsMore = true;
  readonly #names: DnsNames | undefined;
  readonly #learn: ((media: SdpMedia) => void) | undefined;
  readonly #streams: [TcpStream | undefined, TcpStream | undefined] = [undefined, undefined];
  readonly #misfits: [number, number] = [0, 0];
  #protocol: TcpProtocol | undefined;
  #segments = 0;
  #firstPacket = 0;
  // Of the segment at hand: where what is to be read of it begins, and the sequence number of that byte.
  #start = 0;
  #sequence = 0;
  #tls: TlsFlow | undefined;
  #http: HttpFlow | undefined;
  #sip: SipFlow | undefined;
  #dns: DnsFlow | undefined;
  #media: TcpMediaReader | undefined;
  #mailClient: Direction | undefined;
  #greeting: string | undefined;

  constructor(names: DnsNames | undefined, learn?: (media: SdpMedia) => void) {
    this.#names = names;
    this.#learn = learn;
  }

  /** Shows one segment with a payload. */
  segment(
    packet: Packet,
    direction: Direction,
    seconds: number,
    nanoseconds: number,
    packetNumber: number,
  ): void {
    this.#segments++;
    this.#start = packet.payloadStart;
    // A SYN stands in front of the data that it carries (RFC 7413).
    this.#sequence = (packet.tcpSequence + ((packet.tcpFlags & SYN) >>> 1)) >>> 0;
    if (this.#protocol === undefined && !this.#decide(packet, direction, seconds, nanoseconds, packetNumber))
      return;
    const reader = this.#beginningReader();
    if (this.#isStreamed()) this.#readStream(packet, direction, seconds, nanoseconds, packetNumber);
    else if (reader === undefined) this.#awaitTls(packet, direction);
    else this.#readBeginning(reader, packet, direction);
    if (this.#segments > PATIENCE && !this.#isStreamed()) this.#stop();
  }

  /** True when the protocol is known and the segment is still to be read by it. */
  #decide(
    packet: Packet,
    direction: Direction,
    seconds: number,
    nanoseconds: number,
    packetNumber: number,
  ): boolean {
    const { view, payloadEnd } = packet;
    const other = direction === 0 ? 1 : 0;
    const stream = this.#streams[direction];
    if (stream === undefined) this.#passProxyHeader(view, payloadEnd);
    const start = this.#start;
    if (stream !== undefined) {
      stream.add(view, start, payloadEnd, this.#sequence);
      const joined = tcpProtocolOf(stream.view, 0, stream.length);
      if (joined !== undefined) {
        this.#begin(joined, stream.view, 0, stream.length, direction, packetNumber);
        // There is more room now.
        stream.add(view, start, payloadEnd, this.#sequence);
        this.#readKept(direction, packet, seconds, nanoseconds, packetNumber);
        this.#readKept(other, packet, seconds, nanoseconds, packetNumber);
        return false;
      }
    }
    // A hello whose records are as small as its segments: what comes next looks like the middle of a connection.
    const isToCome = stream?.hasHole === false && mayBeginTls(stream.view, 0, stream.length);
    // In place: most connections are decided by their first segment, without a copy.
    const inPlace = isToCome ? undefined : tcpProtocolOf(view, start, payloadEnd);
    if (inPlace !== undefined) {
      this.#begin(inPlace, view, start, payloadEnd, direction, packetNumber);
      if (stream !== undefined) {
        // What came before is not the beginning of this direction; what comes later may be here already.
        stream.beginAt(this.#sequence);
        stream.add(view, start, payloadEnd, this.#sequence);
        this.#readKept(direction, packet, seconds, nanoseconds, packetNumber);
      }
      this.#readKept(other, packet, seconds, nanoseconds, packetNumber);
      return stream === undefined;
    }
    if (stream === undefined) {
      const begun = (this.#streams[direction] = new TcpStream(sharedBudget, UNDECIDED_BYTES));
      begun.add(view, start, payloadEnd, this.#sequence);
    }
    if (this.#segments >= UNDECIDED_SEGMENTS) this.#stop();
    return false;
  }

  /** A load balancer's header says nothing of what is carried. */
  #passProxyHeader(view: DataView, end: number): void {
    const next = afterProxyHeader(view, this.#start, end);
    this.#sequence = (this.#sequence + next - this.#start) >>> 0;
    this.#start = next;
  }

  #begin(
    protocol: TcpProtocol,
    view: DataView,
    start: number,
    end: number,
    direction: Direction,
    packetNumber: number,
  ): void {
    this.#protocol = protocol;
    this.#firstPacket = packetNumber;
    for (const stream of this.#streams) if (stream !== undefined) stream.limit = STREAM_LIMIT;
    if (protocol === "tls") this.#tls = new TlsFlow();
    else if (protocol === "http") this.#http = new HttpFlow();
    else if (protocol === "sip") this.#sip = new SipFlow(this.#learn);
    else if (protocol === "dns") this.#dns = new DnsFlow();
    else if (protocol === "media") this.#media = new TcpMediaReader(tcpMediaStart(view, start, end));
    else {
      const look = lookForSmtp(view, start, end);
      this.#mailClient = smtpClient(look, direction);
      if (look === "greeting") this.#greeting = greetingName(view, start, end);
    }
  }

  #isStreamed(): boolean {
    return this.#sip !== undefined || this.#dns !== undefined || this.#media !== undefined;
  }

  /** What reads the beginnings of both directions now; undefined while TLS inside of something else is awaited. */
  #beginningReader(): BeginningReader | undefined {
    if (this.#tls !== undefined) return this.#tls;
    return this.#http?.connectTarget === undefined ? this.#http : undefined;
  }

  /** Reads what a direction kept before the protocol was known. */
  #readKept(
    direction: Direction,
    packet: Packet,
    seconds: number,
    nanoseconds: number,
    packetNumber: number,
  ): void {
    const stream = this.#streams[direction];
    if (stream === undefined || stream.length === 0) return;
    const reader = this.#beginningReader();
    if (this.#isStreamed()) this.#consume(stream, packet, direction, seconds, nanoseconds, packetNumber);
    else if (reader === undefined) this.#drop(direction);
    else {
      reader.read(stream.view, 0, stream.length, direction);
      this.#settle(reader, direction);
    }
  }

  #readBeginning(reader: BeginningReader, packet: Packet, direction: Direction): void {
    if (!reader.wants(direction)) return;
    const { view, payloadEnd } = packet;
    const start = this.#start;
    let stream = this.#streams[direction];
    if (stream === undefined) {
      // Inside another protocol the directions are in mid-stream: TLS begins with the segment that says so.
      if (this.#protocol !== "tls" && reader === this.#tls && lookForTls(view, start, payloadEnd) === "no")
        return;
      reader.read(view, start, payloadEnd, direction);
      if (reader.wants(direction) || this.#isTunnel(direction)) {
        stream = this.#streams[direction] = new TcpStream(sharedBudget);
        stream.add(view, start, payloadEnd, this.#sequence);
      }
    } else {
      if (this.#beginsAnew(stream, view, start, payloadEnd)) stream.beginAt(this.#sequence);
      if (stream.add(view, start, payloadEnd, this.#sequence) === Added.grew)
        reader.read(stream.view, 0, stream.length, direction);
    }
    this.#settle(reader, direction);
  }

  /** True when a segment begins what is read, and what the stream has is something else before it. */
  #beginsAnew(stream: TcpStream, view: DataView, start: number, end: number): boolean {
    // Words in clear of both sides, up to the client's hello.
    if (this.#tls !== undefined)
      return (
        stream.length > 0 &&
        !mayBeginTls(stream.view, 0, stream.length) &&
        helloAt(view, start, end) !== Hello.no
      );
    // What was captured first was in the middle of another request.
    return this.#http?.method === undefined && lookForHttp(view, start, end) === "request";
  }

  /** Lets go of what is not wanted any more, and stops when nothing is. */
  #settle(reader: BeginningReader, direction: Direction): void {
    if (reader === this.#http && this.#isTunnel(direction)) {
      // Through a proxy TLS comes next; it is of use where the target has no name.
      this.#drop(direction === 0 ? 1 : 0);
      const stream = this.#streams[direction];
      if (stream === undefined) return;
      stream.consume(this.#http.headLength);
      stream.limit = UNDECIDED_BYTES;
      this.#seekTls(stream, direction);
      return;
    }
    if (!reader.wants(direction)) this.#drop(direction);
    if (reader.wants(0) || reader.wants(1)) return;
    this.#drop(0);
    this.#drop(1);
    this.wantsMore = false;
  }

  /** True when the client has said all that a proxy has to know; what follows is for the target. */
  #isTunnel(direction: Direction): boolean {
    const http = this.#http;
    return http?.connectTarget !== undefined && direction === http.initiator && !http.wants(direction);
  }

  /** After a CONNECT or in a mail connection: the client's hello may come with any segment. */
  #awaitTls(packet: Packet, direction: Direction): void {
    const client = this.#mailClient ?? this.#http?.initiator;
    if (direction !== client) return;
    const { view, payloadEnd } = packet;
    const stream = (this.#streams[direction] ??= new TcpStream(sharedBudget, UNDECIDED_BYTES));
    if (mayBeginTls(view, this.#start, payloadEnd) && !mayBeginTls(stream.view, 0, stream.length))
      stream.beginAt(this.#sequence);
    if (stream.add(view, this.#start, payloadEnd, this.#sequence) !== Added.grew) return;
    const http = this.#http;
    if (http?.wants(direction) === true) {
      http.read(stream.view, 0, stream.length, direction);
      if (!http.wants(direction)) stream.consume(http.headLength);
    }
    this.#seekTls(stream, direction);
  }

  /** Goes on with TLS once what the client sent begins with a hello. */
  #seekTls(stream: TcpStream, direction: Direction): void {
    if (lookForTls(stream.view, 0, stream.length) !== "client") return;
    this.#drop(direction === 0 ? 1 : 0);
    stream.limit = STREAM_LIMIT;
    this.#tls = new TlsFlow();
    this.#tls.read(stream.view, 0, stream.length, direction);
    this.#settle(this.#tls, direction);
  }

  /** SIP, DNS and media are read to the end, in order. */
  #readStream(
    packet: Packet,
    direction: Direction,
    seconds: number,
    nanoseconds: number,
    packetNumber: number,
  ): void {
    const { view, payloadEnd } = packet;
    const start = this.#start;
    const stream = (this.#streams[direction] ??= new TcpStream(sharedBudget));
    const sequence = this.#sequence;
    if (stream.expects(sequence)) {
      const taken = this.#take(
        view,
        start,
        payloadEnd,
        packet,
        direction,
        seconds,
        nanoseconds,
        packetNumber,
      );
      stream.consume(taken, sequence);
      const from = start + taken;
      if (from < payloadEnd) stream.add(view, from, payloadEnd, (sequence + taken) >>> 0);
      this.#misfits[direction] = 0;
      return;
    }
    const added = stream.add(view, start, payloadEnd, sequence);
    if (added === Added.grew) this.#consume(stream, packet, direction, seconds, nanoseconds, packetNumber);
    else if (added !== Added.nothing && ++this.#misfits[direction] >= HOLE_SEGMENTS) {
      this.#misfits[direction] = 0;
      this.#media?.gap(direction);
      this.#sip?.gap(direction);
      if (stream.hasHole) stream.skipHole();
      else stream.restart((sequence + payloadEnd - start) >>> 0);
      this.#consume(stream, packet, direction, seconds, nanoseconds, packetNumber);
    }
  }

  #consume(
    stream: TcpStream,
    packet: Packet,
    direction: Direction,
    seconds: number,
    nanoseconds: number,
    packetNumber: number,
  ): void {
    this.#misfits[direction] = 0;
    stream.consume(
      this.#take(stream.view, 0, stream.length, packet, direction, seconds, nanoseconds, packetNumber),
    );
  }

  /** Gives bytes in order to the protocol; returns how many it took. */
  #take(
    view: DataView,
    start: number,
    end: number,
    packet: Packet,
    direction: Direction,
    seconds: number,
    nanoseconds: number,
    packetNumber: number,
  ): number {
    if (this.#sip !== undefined) return this.#sip.consume(view, start, end, direction, seconds, packetNumber);
    if (this.#dns !== undefined)
      return this.#takeDns(view, start, end, packet, direction, seconds, nanoseconds, packetNumber);
    if (this.#media !== undefined) {
      this.#media.push(view, start, end, direction, seconds, nanoseconds, packetNumber);
      if (!this.#media.wantsMore) this.#stop();
    }
    return end - start;
  }

  #takeDns(
    view: DataView,
    start: number,
    end: number,
    packet: Packet,
    direction: Direction,
    seconds: number,
    nanoseconds: number,
    packetNumber: number,
  ): number {
    let at = start;
    while (at + 2 <= end) {
      const stop = at + 2 + view.getUint16(at);
      if (stop > end) break;
      if (
        this.#dns?.read(view, at + 2, stop, direction, packetNumber) === true &&
        isDnsResponse(view, at + 2)
      )
        this.#names?.learn(view, at + 2, stop, packet, seconds, nanoseconds);
      at = stop;
    }
    return at - start;
  }

  #drop(direction: Direction): void {
    this.#streams[direction]?.release();
    this.#streams[direction] = undefined;
  }

  #stop(): void {
    this.wantsMore = false;
    this.#drop(0);
    this.#drop(1);
  }

  /** True for a framing that carries media. */
  get mediaSoFar(): boolean {
    return this.#media !== undefined;
  }

  /** Gives back the memory that its beginning took. */
  discard(): void {
    this.#stop();
  }

  /** What is known; gives back the memory. */
  result(): Recognition {
    this.#stop();
    const found = this.#sip?.result() ?? this.#dns?.result() ?? this.#media?.result();
    if (found !== undefined) return found;
    if (this.#http !== undefined) return httpResult(this.#http, this.#tls, this.#firstPacket);
    if (this.#mailClient !== undefined)
      return mailResult(this.#mailClient, this.#greeting, this.#tls, this.#firstPacket);
    if (this.#tls !== undefined) return tlsResult(this.#tls, this.#firstPacket);
    return { application: "unknown", confidence: "low", rule: "nothing-recognised", firstPacket: 0 };
  }
}
