import { MAX_PACKET_LENGTH } from "./container.ts";
import type { LengthOrder, PcapHeader } from "./pcap-header.ts";
import { FIRST_LENGTH, FRACTION, SECOND_LENGTH } from "./pcap-record.ts";
import type { ByteWindow } from "./window.ts";

/** Longest packet on the wire that is believed while searching: room for segments the network card joined. */
export const MAX_ORIGINAL_LENGTH: number = 1 << 20;
/** Records in a row that must make sense before one is believed. */
const CHAIN_LENGTH = 3;
/** How far the first record of a chain may lie from the last good packet, and the next ones from each other. */
const FIRST_TOLERANCE_SECONDS = 366 * 86_400;
const NEXT_TOLERANCE_SECONDS = 86_400;

/**
 * Steps that searches up to the end may take in one capture; hostile files could make them take the square. Bytes that are
 * only looked at count for less.
 */
export const MAX_END_SEARCH_STEPS = 1_000_000;
export const LOOKS_PER_STEP = 16;

/** Answer of the search at one place: a record begins here, none does, or more bytes are needed to tell. */
export type Verdict = "yes" | "no" | "more";

/**
 * Tells whether a record of a pcap file begins at a place. The format has no marks, so a record is believed when
 * several in a row have sane lengths and times near each other and those of good packets, or when they end exactly where the capture ends.
 */
export class PcapSearch {
  /** Longest packet that was read; a file whose snap length is wrong goes on being readable. */
  longest = 0;
  /** Times of the first packet and of the last one, or -1. The last one before damage may itself be part of it. */
  firstSeconds = -1;
  lastSeconds = -1;
  /** Steps left to searches with `toTheEnd`; they answer "no" when it is used up. */
  stepsLeft: number = MAX_END_SEARCH_STEPS;
  readonly #window: ByteWindow;
  readonly #littleEndian: boolean;
  readonly #unitsPerSecond: number;
  readonly #lengthOrder: LengthOrder;
  readonly #limit: number;
  #seconds = 0;
  #captured = 0;

  constructor(window: ByteWindow, header: PcapHeader) {
    this.#window = window;
    this.#littleEndian = header.littleEndian;
    this.#unitsPerSecond = header.unitsPerSecond;
    this.#lengthOrder = header.lengthOrder;
    this.#limit =
      header.snapLength === 0 || header.snapLength > MAX_PACKET_LENGTH
        ? MAX_PACKET_LENGTH
        : header.snapLength;
  }

  /**
   * First place from `at` on that may be a record's beginning; a quick look, for long damage. Where none is before `end`,
   * a place behind it.
   */
  candidate(at: number, headerLength: number, end: number = this.#window.end): number {
    const view = this.#window.view;
    const last = Math.min(end - 1, this.#window.end - headerLength);
    const littleEndian = this.#littleEndian;
    const longest = Math.max(this.#limit, this.longest);
    for (let place = at; place <= last; place++) {
      const first = view.getUint32(place + FIRST_LENGTH, littleEndian);
      const second = view.getUint32(place + SECOND_LENGTH, littleEndian);
      if (first !== 0 && second !== 0 && (first <= longest || second <= longest)) return place;
    }
    return Math.max(at, last + 1);
  }

  /**
   * Whether a chain of `chainLength` records begins at offset `at` of the window. With `toTheEnd`, only one that
   * ends exactly with the capture will do. After "more", the window's `wanted` says how much is needed.
   */
  begins(at: number, headerLength: number, toTheEnd: boolean, chainLength: number = CHAIN_LENGTH): Verdict {
    const window = this.#window;
    let place = at;
    let reference = this.#nearest(at);
    let tolerance = FIRST_TOLERANCE_SECONDS;
    for (let seen = 0; ; seen++) {
      if (toTheEnd && --this.stepsLeft < 0) return "no";
      if (place === window.end && window.ended) return seen > 0 ? "yes" : "no";
      if (place + headerLength > window.end) return this.#atEnd(seen, place + headerLength, toTheEnd);
      if (!this.#plausible(place, reference, tolerance)) return "no";
      if (!toTheEnd && seen + 1 === chainLength) return "yes";
      reference = this.#seconds;
      tolerance = NEXT_TOLERANCE_SECONDS;
      place += headerLength + this.#captured;
      if (place > window.end) return this.#atEnd(seen, place, toTheEnd);
    }
  }

  /**
   * Whether one whole record is here, and what is left of the capture behind it begins another, cut in its header: its
   * time is near. Longer record headers would take those bytes for the packet's.
   */
  isCutInSecond(at: number, headerLength: number): boolean {
    const window = this.#window;
    if (!window.ended || at + headerLength > window.end || !this.#plausible(at, -1, 0)) return false;
    const next = at + headerLength + this.#captured;
    if (next + 4 > window.end || next + headerLength <= window.end) return false;
    const seconds = window.view.getUint32(next, this.#littleEndian);
    return Math.abs(seconds - this.#seconds) <= NEXT_TOLERANCE_SECONDS;
  }

  /** Whether a packet of that time may follow those before it. */
  isNear(seconds: number): boolean {
    return this.lastSeconds < 0 || Math.abs(seconds - this.lastSeconds) <= FIRST_TOLERANCE_SECONDS;
  }

  /** Of the two times the one that a record's at this place is nearer to. */
  #nearest(at: number): number {
    if (at + 4 > this.#window.end) return this.lastSeconds;
    const seconds = this.#window.view.getUint32(at, this.#littleEndian);
    const { firstSeconds, lastSeconds } = this;
    return Math.abs(seconds - firstSeconds) < Math.abs(seconds - lastSeconds) ? firstSeconds : lastSeconds;
  }

  #atEnd(seen: number, needed: number, toTheEnd: boolean): Verdict {
    if (this.#window.ended) return seen >= 2 && !toTheEnd ? "yes" : "no";
    this.#window.want(needed - this.#window.position);
    return "more";
  }

  #plausible(at: number, reference: number, tolerance: number): boolean {
    const view = this.#window.view;
    const first = view.getUint32(at + FIRST_LENGTH, this.#littleEndian);
    const second = view.getUint32(at + SECOND_LENGTH, this.#littleEndian);
    const swapped =
      this.#lengthOrder === "original-first" || (this.#lengthOrder !== "captured-first" && first > second);
    const captured = swapped ? second : first;
    const original = swapped ? first : second;
    if (captured === 0 || captured > Math.max(this.#limit, this.longest)) return false;
    if (original < captured || original > MAX_ORIGINAL_LENGTH) return false;
    if (view.getUint32(at + FRACTION, this.#littleEndian) >= this.#unitsPerSecond) return false;
    this.#seconds = view.getUint32(at, this.#littleEndian);
    this.#captured = captured;
    return reference < 0 || Math.abs(this.#seconds - reference) <= tolerance;
  }
}
