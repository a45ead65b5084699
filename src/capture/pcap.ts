import { counted, grouped } from "../count-text.ts";
import { MAX_PACKET_LENGTH, type Container } from "./container.ts";
import type { Frame } from "./frame.ts";
import { CaptureInterface } from "./interface.ts";
import { PCAP_HEADER_LENGTH, type LengthOrder, type PcapHeader } from "./pcap-header.ts";
import { LOOKS_PER_STEP, MAX_ORIGINAL_LENGTH, PcapSearch, type Verdict } from "./pcap-search.ts";
import type { CaptureProblemCode, ProblemLog } from "./problems.ts";
import type { ByteWindow } from "./window.ts";

// Offsets in bytes from the start of a record.
const FRACTION = 4;
const FIRST_LENGTH = 8;
const SECOND_LENGTH = 12;

// The same of the file header.
const VERSION = 4;
const LINK = 20;

const RIGHT_LENGTH = "a length that ends where the next record begins";

function tooLong(length: number): string {
  return `says that it is ${counted(length, "byte")} long, though other records begin within it`;
}

/** Empty records of time zero in a row that are taken for a hole in the file (a page of 4,096 bytes). */
const HOLE_RECORDS = 256;

/** Classic pcap files, draft-ietf-opsawg-pcap, and their known variants. */
export class PcapContainer implements Container {
  packets = 0;
  readonly passedBlocks = 0;
  readonly interface: CaptureInterface;
  readonly #window: ByteWindow;
  readonly #frame: Frame;
  readonly #log: ProblemLog;
  readonly #search: PcapSearch;
  readonly #littleEndian: boolean;
  readonly #unitsPerSecond: number;
  readonly #nanosecondsPerUnit: number;
  readonly #lengthOrder: LengthOrder;
  readonly #candidates: readonly number[];
  /** First word, version and link type of the file header, as they stand there. */
  readonly #magic: number;
  readonly #version: number;
  readonly #link: number;
  #headerLength: number;
  /** Offset in the capture of the damage whose end is being looked for, or -1. */
  #searchingFrom = -1;
  /** Offset in the capture up to which no record was found inside the one at the window's position. */
  #searchedTo = -1;
  #zeroRecords = 0;

  /** The window stands at the file header, which the caller has read as `header`. */
  constructor(window: ByteWindow, frame: Frame, log: ProblemLog, header: PcapHeader) {
    this.#window = window;
    this.#frame = frame;
    this.#log = log;
    this.#search = new PcapSearch(window, header);
    this.#littleEndian = header.littleEndian;
    this.#unitsPerSecond = header.unitsPerSecond;
    this.#nanosecondsPerUnit = 1_000_000_000 / header.unitsPerSecond;
    this.#lengthOrder = header.lengthOrder;
    this.#candidates = header.recordHeaderLengths;
    this.#magic = window.view.getUint32(window.position);
    this.#version = window.view.getUint32(window.position + VERSION);
    this.#link = window.view.getUint32(window.position + LINK);
    this.#headerLength = this.#candidates.length > 1 ? 0 : (this.#candidates[0] ?? 16);
    this.interface = new CaptureInterface(0, header.linkType, header.snapLength);
    this.interface.fineClock = header.unitsPerSecond > 1_000_000;
    frame.linkType = header.linkType;
    frame.interfaceIndex = 0;
    if (header.reservedBits !== 0) {
      const found = `has reserved bits 0x${header.reservedBits.toString(16)} beside link type ${header.linkType}`;
      log.add("header-reserved-bits", "file header", window.base + window.position, found, "zeros", 0);
    }
    window.position += PCAP_HEADER_LENGTH;
  }

  step(): boolean {
    const window = this.#window;
    if (this.#headerLength === 0 && !this.#chooseHeaderLength()) return false;
    for (;;) {
      if (this.#searchingFrom >= 0 && !this.#findRecord()) return false;
      const at = window.position;
      const room = window.end - at;
      const headerLength = this.#headerLength;
      if (room < headerLength) {
        if (this.#end(room, headerLength)) continue;
        return false;
      }
      const view = window.view;
      const littleEndian = this.#littleEndian;
      let captured = view.getUint32(at + FIRST_LENGTH, littleEndian);
      let original = view.getUint32(at + SECOND_LENGTH, littleEndian);
      if (this.#lengthOrder !== "captured-first" && this.#isSwapped(captured, original)) {
        const swap = captured;
        captured = original;
        original = swap;
      }
      if (captured > MAX_PACKET_LENGTH) {
        this.#damage(
          "packet-too-long",
          `says that ${counted(captured, "byte")} of its packet were captured`,
          `at most ${grouped(MAX_PACKET_LENGTH)}`,
        );
        continue;
      }
      const length = headerLength + captured;
      if (room < length) {
        if (this.#end(room, length)) continue;
        return false;
      }
      const seconds = view.getUint32(at, littleEndian);
      const fraction = view.getUint32(at + FRACTION, littleEndian);
      const isNear = this.#search.isNear(seconds);
      if ((!isNear || this.#search.lastSeconds < 0) && view.getUint32(at) === this.#magic) {
        const verdict = this.#beginsFile(at, room);
        if (verdict === "more") return false;
        if (verdict === "yes") continue;
      }
      if (
        !isNear ||
        captured > original ||
        original > MAX_ORIGINAL_LENGTH ||
        fraction >= this.#unitsPerSecond
      ) {
        const verdict = this.#hidesRecords(at, length, isNear);
        if (verdict === "more") return false;
        if (verdict === "yes") {
          this.#damage("record-implausible", tooLong(length), RIGHT_LENGTH);
          continue;
        }
      }
      this.#layFrame(at, headerLength, length, original, seconds, fraction);
      if (captured === 0) this.#countHole(seconds + original);
      else this.#zeroRecords = 0;
      if (captured > this.#search.longest) this.#search.longest = captured;
      // What an empty record of another time is, zeros mostly, says nothing of the times to come.
      if (isNear || captured > 0) this.#search.lastSeconds = seconds;
      if (this.packets === 1) this.#search.firstSeconds = seconds;
      return true;
    }
  }

  /** Whether the header of another file of this kind stands here, as where files were put together. It is passed over then. */
  #beginsFile(at: number, room: number): Verdict {
    const window = this.#window;
    if (room < PCAP_HEADER_LENGTH) {
      if (window.ended) return "no";
      window.want(PCAP_HEADER_LENGTH);
      return "more";
    }
    if (window.view.getUint32(at + VERSION) !== this.#version) return "no";
    if (window.view.getUint32(at + LINK) !== this.#link) return "no";
    const found = "is the header of another pcap file, as where files were put together";
    this.#log.add("record-implausible", "record", window.base + at, found, "a packet", this.packets);
    this.#log.skipped(PCAP_HEADER_LENGTH);
    window.position = at + PCAP_HEADER_LENGTH;
    // That file may be of any time.
    this.#search.firstSeconds = -1;
    this.#search.lastSeconds = -1;
    return "yes";
  }

  /**
   * Whether a record with odd numbers is rubbish that swallowed others: others begin within it, and its time is far from the
   * last or no record follows it.
   * "more": more bytes are needed to tell.
   */
  #hidesRecords(at: number, length: number, isNear: boolean): Verdict {
    const window = this.#window;
    const search = this.#search;
    const headerLength = this.#headerLength;
    const next = at + length;
    if (next + headerLength > window.end) {
      if (window.ended) return "no";
      window.want(length + headerLength);
      return "more";
    }
    const first = window.view.getUint32(next + FIRST_LENGTH, this.#littleEndian);
    const second = window.view.getUint32(next + SECOND_LENGTH, this.#littleEndian);
    const captured = this.#lengthOrder === "captured-first" ? first : Math.min(first, second);
    if (isNear && captured <= MAX_PACKET_LENGTH) return "no";
    // Bytes that come one by one would have a long record looked through again for each.
    const from = Math.max(at + 1, this.#searchedTo - window.base);
    for (let place = from; place < next; place++) {
      place = search.candidate(place, headerLength, next);
      const verdict = place < next ? search.begins(place, headerLength, false) : "no";
      if (verdict === "more") this.#searchedTo = window.base + place;
      if (verdict !== "no") return verdict;
    }
    return "no";
  }

  #isSwapped(first: number, second: number): boolean {
    return this.#lengthOrder === "original-first" || first > second;
  }

  #layFrame(
    at: number,
    headerLength: number,
    length: number,
    original: number,
    seconds: number,
    fraction: number,
  ): void {
    const frame = this.#frame;
    frame.start = at + headerLength;
    frame.end = at + length;
    frame.originalLength = Math.max(original, length - headerLength);
    if (fraction < this.#unitsPerSecond) {
      frame.seconds = seconds;
      frame.nanoseconds = fraction * this.#nanosecondsPerUnit;
      frame.timed = true;
    } else {
      const carried = Math.floor(fraction / this.#unitsPerSecond);
      frame.seconds = Math.min(seconds + carried, 0xffffffff);
      frame.nanoseconds = (fraction - carried * this.#unitsPerSecond) * this.#nanosecondsPerUnit;
      frame.timed = seconds + carried <= 0xffffffff;
    }
    frame.offset = this.#window.base + at;
    frame.number = ++this.packets;
    this.interface.packets = this.packets;
    this.#window.position = at + length;
  }

  /** Wireshark counts such records as packets, so they are; a whole page of them is a hole in the file. */
  #countHole(sum: number): void {
    this.#zeroRecords = sum === 0 ? this.#zeroRecords + 1 : 0;
    if (this.#zeroRecords !== HOLE_RECORDS) return;
    const offset = this.#frame.offset - (HOLE_RECORDS - 1) * this.#headerLength;
    const before = this.packets - HOLE_RECORDS;
    this.#log.add("records-zeroed", "record", offset, "is the first of a page of zeros", "packets", before);
  }

  #damage(code: CaptureProblemCode, found: string, wanted: string): void {
    const offset = this.#window.base + this.#window.position;
    this.#log.add(code, "record", offset, found, wanted, this.packets);
    this.#searchingFrom = offset;
  }

  /** Too few bytes for what stands at the window's position. True when the capture goes on after damage. */
  #end(room: number, needed: number): boolean {
    const window = this.#window;
    if (!window.ended) return window.want(needed);
    if (room === 0) return false;
    const offset = window.base + window.position;
    // A length that is wrong but sane reaches past the end as a cut packet does; then other records follow it.
    const search = this.#search;
    const length = this.#headerLength;
    search.stepsLeft -= Math.ceil(room / LOOKS_PER_STEP);
    let at = window.position;
    while (search.stepsLeft > 0 && (at = search.candidate(at + 1, length)) < window.end) {
      if (search.begins(at, length, true) !== "yes") continue;
      this.#log.add("record-implausible", "record", offset, tooLong(needed), RIGHT_LENGTH, this.packets);
      this.#log.skipped(at - window.position);
      window.position = at;
      return true;
    }
    this.#log.add(
      "cut-short",
      "record",
      offset,
      `ends after ${counted(room, "byte")}`,
      needed === this.#headerLength ? `a header of ${needed} bytes` : `${grouped(needed)} bytes`,
      this.packets,
    );
    window.position = window.end;
    return false;
  }

  /** Goes on to the next place where a record begins. False: more bytes are needed, or there is none. */
  #findRecord(): boolean {
    const window = this.#window;
    const from = Math.max(window.position, this.#searchingFrom + 1 - window.base);
    const search = this.#search;
    const length = this.#headerLength;
    for (let at = search.candidate(from, length); at < window.end; at = search.candidate(at + 1, length)) {
      const verdict = search.begins(at, length, false);
      if (verdict === "no") continue;
      const needed = window.position + window.wanted - at;
      window.position = at;
      if (verdict === "more") return window.want(needed);
      this.#searchEnded();
      return true;
    }
    window.position = window.end;
    if (!window.ended) return window.want(1);
    this.#searchEnded();
    return false;
  }

  #searchEnded(): void {
    this.#log.skipped(this.#window.base + this.#window.position - this.#searchingFrom);
    this.#searchingFrom = -1;
  }

  /** Some writers use longer record headers under a magic number that does not tell. False: more is needed. */
  #chooseHeaderLength(): boolean {
    const at = this.#window.position;
    for (const length of this.#candidates) {
      // Of the usual one, two headers that fit are enough: a live capture should not wait for a third packet.
      const verdict = this.#search.begins(at, length, false, length === this.#candidates[0] ? 2 : undefined);
      if (verdict === "more") return false;
      if (verdict === "no") continue;
      this.#headerLength = length;
      return true;
    }
    this.#headerLength = this.#candidates[0] ?? 16;
    return true;
  }
}
