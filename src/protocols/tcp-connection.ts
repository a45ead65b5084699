import { type Direction, opposite } from "../words.ts";
import type { Packet } from "../wire/packet.ts";
import type { DnsNames } from "./dns-names.ts";
import { HttpFlow, lookForHttp } from "./http.ts";
import { afterProxyHeader } from "./proxy-header.ts";
import type { Recognition, SdpMedia } from "./recognition.ts";
import { greetingName, lookForSmtp, smtpClient } from "./smtp.ts";
import { type Pupils, TcpMessages } from "./tcp-messages.ts";
import { httpResult, mailResult, tlsResult } from "./tcp-results.ts";
import { cutMediaStart, TcpMediaStart, tcpMediaStart } from "./tcp-media-start.ts";
import { TcpSegment } from "./tcp-segment.ts";
import { isCutDns, type TcpProtocol, tcpProtocolOf } from "./tcp-start.ts";
import { Added, ByteBudget, STREAM_LIMIT, TcpStream } from "./tcp-stream.ts";
import { lookForTls, mayBeginTls, TlsFlow } from "./tls-flow.ts";
import { Hello, helloAt, looksLikeCutRecord } from "./tls-records.ts";

/** Bytes that the beginnings of all connections together may hold. */
const REASSEMBLY_BYTES = 256 * 1024 * 1024;

/** Bytes of one direction that are kept while nothing is recognised. */
const UNDECIDED_BYTES = 4096;

/** Segments after which a connection that nothing recognised stays unknown. */
const UNDECIDED_SEGMENTS = 24;

/** Segments after which a handshake or request that never became whole is taken as it is. */
const PATIENCE = 128;

const sharedBudget = new ByteBudget(REASSEMBLY_BYTES);

/** The segment at hand; nothing is made for one. */
const segment = new TcpSegment();

/** A protocol of which the beginning of each direction is wanted. */
interface BeginningReader {
  wants(direction: Direction): boolean;
  read(view: DataView, start: number, end: number, direction: Direction): void;
  pass?(direction: Direction): void;
}

/** What is known of a TCP connection that carried something. */
export class TcpConnection {
  wantsMore = true;
  readonly #pupils: Pupils;
  readonly #streams: [TcpStream | undefined, TcpStream | undefined] = [undefined, undefined];
  #protocol: TcpProtocol | undefined;
  #segments = 0;
  #firstPacket = 0;
  #tls: TlsFlow | undefined;
  #http: HttpFlow | undefined;
  #messages: TcpMessages | undefined;
  #mailClient: Direction | undefined;
  #greeting: string | undefined;

  constructor(names: DnsNames | undefined, learn?: (media: SdpMedia) => void) {
    this.#pupils = { names, learn };
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
    segment.at(packet, direction, seconds, nanoseconds, packetNumber);
    if (this.#protocol === undefined && !this.#decide()) return;
    const reader = this.#beginningReader();
    if (this.#messages !== undefined) this.#readMessages(this.#messages);
    else if (reader === undefined) this.#awaitTls();
    else this.#readBeginning(reader);
    if (this.#segments > PATIENCE && this.#messages === undefined) this.#stop();
  }

  /** True when the protocol is known and the segment is still to be read by it. */
  #decide(): boolean {
    this.#passProxyHeader();
    const { view, start, end, sequence, direction } = segment;
    const stream = this.#streams[direction];
    const other = opposite(direction);
    if (stream !== undefined) {
      stream.add(view, start, end, sequence);
      const joined = tcpProtocolOf(stream.view, 0, stream.length);
      if (joined !== undefined) {
        this.#begin(joined, stream.view, 0, stream.length);
        // There is more room now.
        stream.add(view, start, end, sequence);
        this.#readKept(direction);
        this.#readKept(other);
        return false;
      }
    }
    // A hello whose records are as small as its segments: what comes next looks like the middle of a connection.
    const isToCome = stream?.hasHole === false && mayBeginTls(stream.view, 0, stream.length);
    // In place: most connections are decided by their first segment, without a copy.
    const inPlace = isToCome ? undefined : tcpProtocolOf(view, start, end);
    if (inPlace !== undefined) {
      this.#begin(inPlace, view, start, end);
      if (stream !== undefined) {
        // What came before is not the beginning of this direction; what comes later may be here already.
        stream.beginAt(sequence);
        stream.add(view, start, end, sequence);
        this.#readKept(direction);
      }
      this.#readKept(other);
      return stream === undefined;
    }
    if (isCutDns(segment)) {
      this.#begin("dns", view, start, end);
      return true;
    }
    const cutMedia = cutMediaStart(view, start, end, segment.length);
    if (cutMedia !== TcpMediaStart.no) {
      this.#begin("media", view, start, end, cutMedia);
      return true;
    }
    if (looksLikeCutRecord(view, start, end, segment.length)) {
      this.#begin("tls", view, start, end);
      return true;
    }
    if (stream === undefined) {
      const begun = (this.#streams[direction] = new TcpStream(sharedBudget, UNDECIDED_BYTES));
      begun.add(view, start, end, sequence);
    }
    if (this.#segments >= UNDECIDED_SEGMENTS) this.#stop();
    return false;
  }

  /** A load balancer's header says nothing of what is carried, nor does it when it is sent again. */
  #passProxyHeader(): void {
    const next = afterProxyHeader(segment.view, segment.start, segment.end);
    if (next === segment.start) return;
    segment.passOver(next);
    const stream = (this.#streams[segment.direction] ??= new TcpStream(sharedBudget, UNDECIDED_BYTES));
    stream.startAt(segment.sequence);
  }

  #begin(
    protocol: TcpProtocol,
    view: DataView,
    start: number,
    end: number,
    media: TcpMediaStart = tcpMediaStart(view, start, end),
  ): void {
    this.#protocol = protocol;
    this.#firstPacket = segment.packetNumber;
    for (const stream of this.#streams) if (stream !== undefined) stream.limit = STREAM_LIMIT;
    if (protocol === "tls") this.#tls = new TlsFlow("both");
    else if (protocol === "http") this.#http = new HttpFlow();
    else if (protocol !== "smtp") this.#messages = new TcpMessages(protocol, media, this.#pupils);
    else {
      const look = lookForSmtp(view, start, end);
      this.#mailClient = smtpClient(look, segment.direction);
      if (look === "greeting") this.#greeting = greetingName(view, start, end);
    }
  }

  /** What reads the beginnings of both directions now; undefined while TLS inside of something else is awaited. */
  #beginningReader(): BeginningReader | undefined {
    if (this.#tls !== undefined) return this.#tls;
    return this.#http?.connectTarget === undefined ? this.#http : undefined;
  }

  /** Reads what a direction kept before the protocol was known. */
  #readKept(direction: Direction): void {
    const stream = this.#streams[direction];
    if (stream === undefined || stream.length === 0) return;
    const reader = this.#beginningReader();
    if (this.#messages !== undefined) {
      this.#messages.consume(stream, segment, direction);
      if (!this.#messages.wantsMore) this.#stop();
    } else if (reader === undefined) this.#drop(direction);
    else {
      reader.read(stream.view, 0, stream.length, direction);
      this.#settle(reader, direction);
    }
  }

  /** SIP, DNS and media are read to the end, in order. */
  #readMessages(messages: TcpMessages): void {
    messages.read((this.#streams[segment.direction] ??= new TcpStream(sharedBudget)), segment);
    if (!messages.wantsMore) this.#stop();
  }

  #readBeginning(reader: BeginningReader): void {
    const { view, start, end, sequence, direction } = segment;
    if (!reader.wants(direction)) {
      reader.pass?.(direction);
      if (!reader.wants(0) && !reader.wants(1)) this.#stop();
      return;
    }
    let stream = this.#streams[direction];
    if (stream === undefined) {
      // Inside another protocol the directions are in mid-stream: TLS begins with the segment that says so, which may
      // come behind the next one.
      if (this.#protocol !== "tls" && reader === this.#tls && lookForTls(view, start, end) === "no") {
        this.#streams[direction] = stream = new TcpStream(sharedBudget);
        stream.add(view, start, end, sequence);
        return;
      }
      reader.read(view, start, end, direction);
      if (reader.wants(direction) || this.#isTunnel(direction)) {
        stream = this.#streams[direction] = new TcpStream(sharedBudget);
        stream.add(view, start, end, sequence);
      }
    } else {
      if (this.#beginsAnew(stream)) stream.beginAt(sequence);
      if (stream.add(view, start, end, sequence) === Added.grew)
        reader.read(stream.view, 0, stream.length, direction);
    }
    this.#settle(reader, direction);
  }

  /** True when the segment begins what is read, and what the stream has is something else before it. */
  #beginsAnew(stream: TcpStream): boolean {
    const { view, start, end } = segment;
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
      this.#drop(opposite(direction));
      const stream = this.#streams[direction];
      if (stream === undefined) return;
      stream.consume(this.#http.headLength);
      stream.limit = UNDECIDED_BYTES;
      this.#seekTls(stream, direction);
      return;
    }
    if (!reader.wants(direction)) this.#drop(direction);
    if (reader.wants(0) || reader.wants(1)) return;
    this.#stop();
  }

  /** True when the client has said all that a proxy has to know; what follows is for the target. */
  #isTunnel(direction: Direction): boolean {
    const http = this.#http;
    return http?.connectTarget !== undefined && direction === http.initiator && !http.wants(direction);
  }

  /** After a CONNECT or in a mail connection: the client's hello may come with any segment. */
  #awaitTls(): void {
    const { view, start, end, sequence, direction } = segment;
    const client = this.#mailClient ?? this.#http?.initiator;
    if (direction !== client) return;
    const stream = (this.#streams[direction] ??= new TcpStream(sharedBudget, UNDECIDED_BYTES));
    if (mayBeginTls(view, start, end) && !mayBeginTls(stream.view, 0, stream.length))
      stream.beginAt(sequence);
    if (stream.add(view, start, end, sequence) !== Added.grew) return;
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
    this.#drop(opposite(direction));
    stream.limit = STREAM_LIMIT;
    this.#tls = new TlsFlow("client");
    this.#tls.read(stream.view, 0, stream.length, direction);
    this.#settle(this.#tls, direction);
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
    return this.#messages?.isMedia === true;
  }

  /** Gives back the memory that its beginning took. */
  discard(): void {
    this.#stop();
  }

  /** What is known; gives back the memory. */
  result(): Recognition {
    this.#stop();
    const found = this.#messages?.result();
    if (found !== undefined) return found;
    if (this.#http !== undefined) return httpResult(this.#http, this.#tls, this.#firstPacket);
    if (this.#mailClient !== undefined)
      return mailResult(this.#mailClient, this.#greeting, this.#tls, this.#firstPacket);
    if (this.#tls !== undefined) return tlsResult(this.#tls, this.#firstPacket);
    return { application: "unknown", confidence: "low", rule: "nothing-recognised", firstPacket: 0 };
  }
}
