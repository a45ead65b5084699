import type { Direction } from "../words.ts";
import type { Arrival } from "./arrival.ts";
import { ja4 } from "./ja4.ts";
import { MediaFlow } from "./media-flow.ts";
import { PSEUDO_CLIENT_LENGTH, PSEUDO_SERVER_LENGTH, PseudoTls, pseudoTlsHello } from "./pseudo-tls.ts";
import type { Recognition } from "./recognition.ts";
import { cutFraming } from "./tcp-media-cut.ts";
import {
  areUnits,
  fitsChannels,
  fitsMicrosoft,
  fitsRfc4571,
  fitsStun,
  type Framing,
  framingHeader,
  MS_DATA,
  MS_FRAME_HEADER,
  RFC4571_HEADER,
  unitLength,
} from "./tcp-media-framing.ts";
import { STUN_COOKIE, STUN_HEADER_LENGTH } from "./stun.ts";
import { tcpMediaOutcome } from "./tcp-media-outcome.ts";
import { FRAMINGS, TcpMediaStart } from "./tcp-media-start.ts";
import { readClientHello } from "./tls-client-hello.ts";

/** The largest unit: 16 bits of length, behind the longest header, padded. */
const MAX_UNIT = 4 + 0x1_0000;
/** After so many breaks, or so many units of which most were nothing known, the framing was a wrong guess. */
const MOST_BREAKS = 8;
const MOST_UNKNOWN = 64;
/** TLS record header and handshake header, before the body of the ClientHello. */
const HELLO_BODY_AT = 9;

/** A relay's answer that the connection is a peer's from here on (RFC 6062, section 4.4), with STUN's cookie behind its length. */
const CONNECTION_BIND_SUCCESS = 0x010b;

/** One direction's place in its stream. */
class Side {
  framing: Framing;
  /** The hello may still come. */
  atBeginning = true;
  /** Bytes were lost: the next push has to begin with a unit to be believed. */
  lost = false;
  /** A unit that is not whole yet. */
  partial: Uint8Array = new Uint8Array(0);
  partialLength = 0;

  constructor(framing: Framing) {
    this.framing = framing;
  }
}

/**
 * Reads a TCP connection that `tcpMediaStart` recognised. Feed it each direction's contiguous bytes in order, from
 * the first byte of the connection (or of the capture). A unit cut in two is kept until it is whole: at most 64 KiB in
 * each direction.
 */
export class TcpMediaReader {
  readonly start: TcpMediaStart;
  readonly #framing: Framing;
  readonly #media: MediaFlow = new MediaFlow(() => undefined);
  readonly #sides: readonly [Side, Side];
  #ja4: string | undefined;
  #random: string | undefined;
  #client: Direction | undefined;
  #firstPacket = 0;
  /** Segments were read by themselves: packets inside of them may be missed, and no loss can be told. */
  #isCut = false;
  #broken = 0;
  #units = 0;

  constructor(start: TcpMediaStart) {
    this.start = start;
    this.#framing = FRAMINGS[start];
    this.#sides = [new Side(this.#framing), new Side(this.#framing)];
    if (start === TcpMediaStart.channels) for (const side of this.#sides) side.lost = true;
  }

  /** False when nothing more can be learned: the framing broke again and again, or what it framed is nothing known. */
  get wantsMore(): boolean {
    return this.#broken < MOST_BREAKS && (this.#units < MOST_UNKNOWN || this.#media.others * 2 < this.#units);
  }

  /** Shows bytes `view[start, end)` that follow those shown before in this direction. */
  push(view: DataView, start: number, end: number, arrival: Arrival): void {
    if (end <= start) return;
    if (this.#firstPacket === 0) this.#firstPacket = arrival.packetNumber;
    const side = this.#sides[arrival.direction];
    let at = start;
    while (at < end && side.partialLength > 0) at = this.#complete(side, view, at, end, arrival);
    while (at < end) {
      if (side.lost) {
        at = this.#resumption(side.framing, view, at, end);
        if (at < 0) return;
        side.lost = false;
        // TCP delivered what was not read: no packet of it was lost.
        this.#media.streams.skip(arrival.direction);
      }
      const taken = this.#read(side, view, at, end, arrival);
      if (taken < 0) {
        side.lost = true;
        this.#broken++;
        return;
      }
      at += taken;
      // Lost by a unit after which the framing is another one.
      if (side.lost) continue;
      this.#keep(side, view, at, end);
      return;
    }
  }

  /**
   * Shows a segment by itself, of which the wire had `length` bytes: where a snap length cuts segments no unit can be
   * put together, but most begin and end with one.
   */
  segment(view: DataView, start: number, end: number, length: number, arrival: Arrival): void {
    this.#isCut = true;
    const { framing } = this.#sides[arrival.direction];
    const isCut = length > end - start;
    if (
      isCut
        ? cutFraming(view, start, end, length, framing) !== framing
        : !this.#resumes(framing, view, start, end)
    )
      return;
    if (this.#firstPacket === 0) this.#firstPacket = arrival.packetNumber;
    const header = framingHeader(framing);
    for (let at = start; at + header <= end;) {
      const next = at + unitLength(framing, view, at);
      if (next <= at || next > start + length) return;
      this.#unit(framing, view, at, Math.min(end, next), next, arrival);
      this.#units++;
      at = next;
    }
  }

  /** Bytes were lost in this direction: what follows starts at an unknown place in a frame. */
  gap(direction: Direction): void {
    const side = this.#sides[direction];
    side.lost = true;
    side.atBeginning = false;
    side.partialLength = 0;
  }

  /** Adds to a kept unit what it lacks and reads it when whole; returns where the rest begins. */
  #complete(side: Side, view: DataView, at: number, end: number, arrival: Arrival): number {
    const kept = new DataView(side.partial.buffer, side.partial.byteOffset, side.partialLength);
    const wanted = this.#lacks(side, kept);
    const step = Math.min(wanted, end - at);
    this.#keep(side, view, at, at + step);
    if (step < wanted) return at + step;
    const whole = new DataView(side.partial.buffer, side.partial.byteOffset, side.partialLength);
    const length = side.partialLength;
    const taken = this.#read(side, whole, 0, length, arrival);
    if (taken < 0) {
      side.partialLength = 0;
      side.lost = true;
      this.#broken++;
      return end;
    }
    if (taken > 0) side.partialLength = 0;
    return at + step;
  }

  /** How many bytes a kept beginning needs to be a unit, or to say how long it is; at least 1. */
  #lacks(side: Side, kept: DataView): number {
    const have = kept.byteLength;
    if (side.atBeginning && kept.getUint8(0) === 0x16) {
      const client = have < 6 || kept.getUint8(5) === 1;
      return Math.max(1, (have < 6 ? 6 : client ? PSEUDO_CLIENT_LENGTH : PSEUDO_SERVER_LENGTH) - have);
    }
    const header = framingHeader(side.framing);
    if (have < header) return header - have;
    return Math.max(1, unitLength(side.framing, kept, 0) - have);
  }

  #keep(side: Side, view: DataView, start: number, end: number): void {
    const length = end - start;
    if (length <= 0) return;
    const needed = side.partialLength + length;
    if (needed > MAX_UNIT) {
      side.partialLength = 0;
      side.lost = true;
      return;
    }
    if (side.partial.length < needed) {
      const larger = new Uint8Array(Math.min(MAX_UNIT, Math.max(2048, 2 * needed)));
      larger.set(side.partial.subarray(0, side.partialLength));
      side.partial = larger;
    }
    side.partial.set(new Uint8Array(view.buffer, view.byteOffset + start, length), side.partialLength);
    side.partialLength = needed;
  }

  /** Reads whole units and returns how many bytes they took, or -1 when what comes is none. */
  #read(side: Side, view: DataView, start: number, end: number, arrival: Arrival): number {
    let at = start;
    if (side.atBeginning) {
      const hello = pseudoTlsHello(view, at, end);
      if (hello === PseudoTls.more) return 0;
      side.atBeginning = false;
      if (hello === PseudoTls.client) this.#takeHello(view, at, arrival.direction);
      if (hello !== PseudoTls.no)
        at += hello === PseudoTls.client ? PSEUDO_CLIENT_LENGTH : PSEUDO_SERVER_LENGTH;
    }
    const { framing } = side;
    const header = framingHeader(framing);
    while (at + header <= end && side.framing === framing) {
      const length = unitLength(framing, view, at);
      if (length < 0) return -1;
      if (at + length > end) break;
      this.#unit(framing, view, at, at + length, at + length, arrival);
      this.#units++;
      at += length;
    }
    return at - start;
  }

  #takeHello(view: DataView, at: number, direction: Direction): void {
    this.#client = direction;
    const body = at + HELLO_BODY_AT;
    const end = at + PSEUDO_CLIENT_LENGTH;
    const hello = readClientHello(view, body, end - body, end, false);
    if (hello === undefined) return;
    this.#ja4 = ja4(hello, "t");
    this.#random = hello.random;
  }

  /** One unit, of which the wire had the bytes up to `wireEnd`. */
  #unit(
    framing: Framing,
    view: DataView,
    start: number,
    end: number,
    wireEnd: number,
    arrival: Arrival,
  ): void {
    let inner = start;
    if (framing === "rfc4571") inner += RFC4571_HEADER;
    else if (framing === "microsoft") {
      inner += MS_FRAME_HEADER;
      const data = view.getUint8(start) === MS_DATA && end - inner > RFC4571_HEADER;
      // End-to-end data is framed once more, with the length of RFC 4571.
      if (data && inner + RFC4571_HEADER + view.getUint16(inner) === wireEnd) inner += RFC4571_HEADER;
    }
    const kind = this.#media.add(view, inner, end, wireEnd - inner, arrival);
    if (kind === 0) this.#media.others++;
    else if (framing === "stun" && isConnectionBound(view, start, end)) this.#bind();
  }

  /** What follows in both directions is the peer's: as ICE frames it (RFC 6544, section 10), where it has to begin with a unit. */
  #bind(): void {
    for (const side of this.#sides) {
      side.framing = "rfc4571";
      side.lost = true;
      side.partialLength = 0;
    }
  }

  /** A segment that begins with a recognisable unit. */
  #resumes(framing: Framing, view: DataView, start: number, end: number): boolean {
    if (framing === "microsoft") return fitsMicrosoft(view, start, end) === "yes";
    if (framing === "rfc4571") return fitsRfc4571(view, start, end) === "yes";
    return fitsStun(view, start, end) === "yes" || fitsChannels(view, start, end) !== "no";
  }

  /**
   * After a loss: where recognisable units take the framing up again, or -1. At the beginning of a segment they may be
   * fewer than in its middle.
   */
  #resumption(framing: Framing, view: DataView, start: number, end: number): number {
    if (this.#resumes(framing, view, start, end)) return start;
    if (framing !== "microsoft" && areUnits(framing, view, start, end)) return start;
    const fits = framing === "microsoft" ? fitsMicrosoft : framing === "stun" ? fitsStun : fitsRfc4571;
    for (let at = start + 1; at < end; at++) if (fits(view, at, end) === "yes") return at;
    return -1;
  }

  /** undefined while nothing but a framing guess is known. */
  result(): Recognition | undefined {
    return tcpMediaOutcome(this.#media, {
      start: this.start,
      framing: this.#framing,
      ja4: this.#ja4,
      random: this.#random,
      client: this.#client,
      firstPacket: this.#firstPacket,
      isCut: this.#isCut,
    });
  }
}

function isConnectionBound(view: DataView, start: number, end: number): boolean {
  return (
    end - start >= STUN_HEADER_LENGTH &&
    view.getUint16(start) === CONNECTION_BIND_SUCCESS &&
    view.getUint32(start + 4) === STUN_COOKIE
  );
}
