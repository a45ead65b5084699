import { counted, grouped } from "../count-text.ts";
import { MAX_PACKET_LENGTH, MOST_AHEAD, type Container } from "./container.ts";
import type { Frame } from "./frame.ts";
import { CaptureInterface } from "./interface.ts";
import { PcapDamage } from "./pcap-damage.ts";
import { PCAP_HEADER_LENGTH, type LengthOrder, type PcapHeader } from "./pcap-header.ts";
import { FIRST_LENGTH, FRACTION, SECOND_LENGTH } from "./pcap-record.ts";
import { MAX_ORIGINAL_LENGTH, PcapSearch, type Verdict } from "./pcap-search.ts";
import type { ProblemLog } from "./problems.ts";
import type { ByteWindow } from "./window.ts";

// Offsets in bytes from the start of the file header.
const VERSION = 4;
const LINK = 20;

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
  readonly #damage: PcapDamage;
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
  #zeroRecords = 0;

  /** The window stands at the file header, which the caller has read as `header`. */
  constructor(window: ByteWindow, frame: Frame, log: ProblemLog, header: PcapHeader) {
    this.#window = window;
    this.#frame = frame;
    this.#log = log;
    this.#search = new PcapSearch(window, header);
    this.#damage = new PcapDamage(window, log, this.#search, header);
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
    this.interface.frameCheckLength = header.frameCheckLength;
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
      if (this.#damage.isOpen && !this.#damage.findRecord(this.#headerLength)) return false;
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
        const found = `says that ${counted(captured, "byte")} of its packet were captured`;
        this.#damage.begin("packet-too-long", found, `at most ${grouped(MAX_PACKET_LENGTH)}`, this.packets);
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
        const verdict = this.#damage.hidesRecords(at, length, headerLength, isNear);
        if (verdict === "more") return false;
        if (verdict === "yes") {
          this.#damage.beginHiding(length, this.packets);
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

  soonWithin(from: number, to: number): boolean {
    if (this.#headerLength === 0) return false;
    const { view, end } = this.#window;
    let at = this.#window.position;
    for (let i = 0; i < MOST_AHEAD && end - at >= this.#headerLength; i++) {
      const seconds = view.getUint32(at, this.#littleEndian);
      if (seconds >= from && seconds <= to) return true;
      // Of lengths in the other order the captured one is the shorter.
      const first = view.getUint32(at + FIRST_LENGTH, this.#littleEndian);
      const second = view.getUint32(at + SECOND_LENGTH, this.#littleEndian);
      at += this.#headerLength + (this.#lengthOrder === "captured-first" ? first : Math.min(first, second));
    }
    return false;
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

  /** Too few bytes for what stands at the window's position. True when the capture goes on after damage. */
  #end(room: number, needed: number): boolean {
    const window = this.#window;
    if (!window.ended) return window.want(needed);
    if (room === 0) return false;
    if (this.#damage.passOver(needed, this.#headerLength, this.packets)) return true;
    this.#log.add(
      "cut-short",
      "record",
      window.base + window.position,
      `ends after ${counted(room, "byte")}`,
      needed === this.#headerLength ? `a header of ${needed} bytes` : `${grouped(needed)} bytes`,
      this.packets,
    );
    window.position = window.end;
    return false;
  }

  /** Some writers use longer record headers under a magic number that does not tell. False: more is needed. */
  #chooseHeaderLength(): boolean {
    const at = this.#window.position;
    const usual = this.#candidates[0] ?? 16;
    for (const length of this.#candidates) {
      // Of the usual one, two headers that fit are enough: a live capture should not wait for a third packet.
      const verdict = this.#search.begins(at, length, false, length === usual ? 2 : undefined);
      if (verdict === "more") return false;
      if (verdict === "no") {
        if (length === usual && this.#search.isCutInSecond(at, length)) break;
        continue;
      }
      this.#headerLength = length;
      return true;
    }
    this.#headerLength = usual;
    return true;
  }
}
