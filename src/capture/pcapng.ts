import { MAX_PACKET_LENGTH, type Container } from "./container.ts";
import { counted, grouped } from "./errors.ts";
import type { Frame } from "./frame.ts";
import type { CaptureInterface } from "./interface.ts";
import { MAX_END_SEARCH_STEPS, type Verdict } from "./pcap-search.ts";
import {
  BlockType,
  MAX_BLOCK_LENGTH,
  SECTION_HEADER_LENGTH,
  SMALLEST_BLOCK,
  isKnownSectionVersion,
  isNumberedRecord,
  leastLength,
  longestBelieved,
  sectionByteOrder,
} from "./pcapng-blocks.ts";
import { readNames, type CapturedName } from "./pcapng-names.ts";
import {
  readInterface,
  readPacketDrops,
  readStatisticsDrops,
  type DeclaredInterface,
} from "./pcapng-options.ts";
import { PcapngSearch } from "./pcapng-search.ts";
import type { CaptureProblemCode, ProblemLog } from "./problems.ts";
import type { ByteWindow } from "./window.ts";

/** Interfaces of one capture, all sections together. */
export const MAX_INTERFACES = 65_536;

/** pcapng files, draft-ietf-opsawg-pcapng: any number of sections, each in its own byte order. */
export class PcapngContainer implements Container {
  packets = 0;
  passedBlocks = 0;
  readonly names: CapturedName[] = [];
  readonly interfaces: CaptureInterface[] = [];
  readonly #window: ByteWindow;
  readonly #frame: Frame;
  readonly #log: ProblemLog;
  readonly #search: PcapngSearch;
  readonly #declared: DeclaredInterface[] = [];
  #littleEndian = true;
  /** False in a section whose version is not known: nothing of it is believed. */
  #readable = true;
  /** First interface of the section, as an index into all of them, and how many the section has declared. */
  #firstInterface = 0;
  #interfaceCount = 0;
  /** False once bytes of the section were skipped: an interface block among them would shift the numbers. */
  #numbersCertain = true;
  /** Wireshark's numbers: packets, and some blocks that are none. */
  #number = 0;
  /** Bytes still to pass over of a long block, without its trailing length; that length, or 0; its offset. */
  #passing = 0;
  #passedLength = 0;
  #passedOffset = 0;
  /** Offset in the capture of the damage whose end is being looked for, or -1. */
  #searchingFrom = -1;

  /** The window stands at the first section header. */
  constructor(window: ByteWindow, frame: Frame, log: ProblemLog) {
    this.#window = window;
    this.#frame = frame;
    this.#log = log;
    this.#search = new PcapngSearch(window);
  }

  step(): boolean {
    const window = this.#window;
    for (;;) {
      if (this.#passedLength > 0 && !this.#pass()) return false;
      if (this.#searchingFrom >= 0 && !this.#findBlock()) return false;
      const at = window.position;
      const room = window.end - at;
      if (room < SMALLEST_BLOCK) {
        if (this.#end(room, SMALLEST_BLOCK)) continue;
        return false;
      }
      const view = window.view;
      const type = view.getUint32(at, this.#littleEndian);
      if (type === BlockType.sectionHeader && !this.#takeByteOrder(at)) continue;
      const length = view.getUint32(at + 4, this.#littleEndian);
      if (length < SMALLEST_BLOCK || (length & 3) !== 0) {
        const read = this.#unaligned(type, at, length, room);
        if (read === "more") return false;
        if (read === "yes") return true;
        continue;
      }
      if (length > MAX_BLOCK_LENGTH) {
        this.#passOver(type, length);
        continue;
      }
      if (room < length) {
        if (this.#end(room, length)) continue;
        return false;
      }
      if (view.getUint32(at + length - 4, this.#littleEndian) !== length) {
        const verdict = this.#search.begins(at + length, true, false);
        if (verdict === "more") return false;
        this.#trailer(at, length, verdict === "yes");
        if (verdict === "no") continue;
      }
      window.position = at + length;
      if (this.#read(type, at, length)) return true;
    }
  }

  /**
   * A length that cannot be right. Some old writers pad a block but do not count that: it is read all the same, and
   * "yes" says that it was a packet. "no": the step goes on.
   */
  #unaligned(type: number, at: number, length: number, room: number): Verdict {
    const window = this.#window;
    const padded = length + ((4 - (length & 3)) & 3);
    if (length >= SMALLEST_BLOCK && padded <= MAX_BLOCK_LENGTH) {
      if (room < padded && !window.ended) {
        window.want(padded);
        return "more";
      }
      if (room >= padded && window.view.getUint32(at + padded - 4, this.#littleEndian) === length) {
        this.#problem("block-length", at, `says it is ${counted(length, "byte")} long`, "a multiple of 4");
        window.position = at + padded;
        return this.#read(type, at, padded) ? "yes" : "no";
      }
    }
    this.#damage(
      "block-length",
      `says it is ${counted(length, "byte")} long`,
      "a multiple of 4, at least 12",
    );
    return "no";
  }

  /** True: the frame lies over a packet. */
  #read(type: number, at: number, length: number): boolean {
    return type === BlockType.enhancedPacket
      ? this.#enhancedPacket(at, length)
      : this.#block(type, at, length);
  }

  /** Everything but enhanced packets. True: the frame lies over a packet. */
  #block(type: number, at: number, length: number): boolean {
    if (type === BlockType.sectionHeader) {
      this.#section(at, length);
      return false;
    }
    if (!this.#readable) {
      this.#log.skipped(length);
      return false;
    }
    if (length < (leastLength(type) ?? 0)) {
      this.#numbersCertain &&= type !== BlockType.interfaceDescription;
      this.#broken(at, length, `of type ${type} has ${length} bytes`, `at least ${leastLength(type)} bytes`);
      return false;
    }
    switch (type) {
      case BlockType.obsoletePacket:
        return this.#obsoletePacket(at, length);
      case BlockType.simplePacket:
        return this.#simplePacket(at, length);
      case BlockType.interfaceDescription:
        this.#interface(at, length);
        return false;
      case BlockType.interfaceStatistics:
        this.#statistics(at, length);
        return false;
      case BlockType.nameResolution:
        if (!readNames(this.#window.view, at + 8, at + length - 4, this.#littleEndian, this.names)) {
          this.#problem(
            "options-broken",
            at,
            "has a name record that reaches past its end",
            "records within it",
          );
        }
        return false;
      default:
        this.#passed(type);
        return false;
    }
  }

  #passed(type: number): void {
    this.passedBlocks++;
    if (isNumberedRecord(type)) this.#number++;
  }

  #enhancedPacket(at: number, length: number): boolean {
    const view = this.#window.view;
    const littleEndian = this.#littleEndian;
    if (!this.#readable) {
      this.#log.skipped(length);
      return false;
    }
    if (length < 32) {
      this.#broken(at, length, `of an enhanced packet has ${length} bytes`, "at least 32 bytes");
      return false;
    }
    const captured = view.getUint32(at + 20, littleEndian);
    const declared = this.#interfaceOf(view.getUint32(at + 8, littleEndian), at, length);
    if (declared === undefined || !this.#fits(at, length, captured, length - 32)) return false;
    declared.scale.setTime(
      this.#frame,
      view.getUint32(at + 12, littleEndian),
      view.getUint32(at + 16, littleEndian),
    );
    const optionsAt = at + 28 + captured + ((4 - (captured & 3)) & 3);
    if (optionsAt < at + length - 4) this.#packetOptions(declared.interface, at, optionsAt, at + length - 4);
    this.#layFrame(at, 28, captured, view.getUint32(at + 24, littleEndian), declared.interface);
    return true;
  }

  /** The packet block of the format's first drafts. */
  #obsoletePacket(at: number, length: number): boolean {
    const view = this.#window.view;
    const littleEndian = this.#littleEndian;
    const captured = view.getUint32(at + 20, littleEndian);
    const declared = this.#interfaceOf(view.getUint16(at + 8, littleEndian), at, length);
    if (declared === undefined || !this.#fits(at, length, captured, length - 32)) return false;
    declared.scale.setTime(
      this.#frame,
      view.getUint32(at + 12, littleEndian),
      view.getUint32(at + 16, littleEndian),
    );
    const drops = view.getUint16(at + 10, littleEndian);
    // 0xffff says that the count is not known.
    if (drops !== 0xffff && drops !== 0) addDrops(declared.interface, drops);
    this.#layFrame(at, 28, captured, view.getUint32(at + 24, littleEndian), declared.interface);
    return true;
  }

  /** A packet without time, of the section's first interface, cut to that interface's snap length. */
  #simplePacket(at: number, length: number): boolean {
    const declared = this.#interfaceOf(0, at, length);
    if (declared === undefined) return false;
    const original = this.#window.view.getUint32(at + 8, this.#littleEndian);
    const snapLength = declared.interface.snapLength;
    const limit = snapLength === 0 ? length - 16 : Math.min(snapLength, length - 16);
    const captured = Math.min(original, limit);
    if (!this.#fits(at, length, captured, length - 16)) return false;
    this.#frame.timed = false;
    this.#frame.seconds = 0;
    this.#frame.nanoseconds = 0;
    this.#layFrame(at, 12, captured, original, declared.interface);
    return true;
  }

  #layFrame(at: number, header: number, captured: number, original: number, from: CaptureInterface): void {
    const frame = this.#frame;
    frame.start = at + header;
    frame.end = at + header + captured;
    frame.originalLength = Math.max(original, captured);
    frame.linkType = from.linkType;
    frame.interfaceIndex = from.index;
    frame.offset = this.#window.base + at;
    frame.number = ++this.#number;
    this.packets++;
    from.packets++;
  }

  /** The section's interface of that number; undefined, and reported, when the section has not declared it. */
  #interfaceOf(id: number, at: number, length: number): DeclaredInterface | undefined {
    if (id < this.#interfaceCount) return this.#declared[this.#firstInterface + id];
    const wanted =
      this.#interfaceCount === 0
        ? "an interface description before it"
        : `one of the section's ${counted(this.#interfaceCount, "interface")}`;
    this.#problem("interface-undeclared", at, `is a packet of interface ${grouped(id)}`, wanted);
    this.#log.skipped(length);
    return undefined;
  }

  #fits(at: number, length: number, captured: number, room: number): boolean {
    if (captured > room) {
      const found = `says that ${counted(captured, "byte")} of its packet were captured`;
      this.#broken(at, length, found, `at most ${grouped(room)} in a block of ${grouped(length)} bytes`);
      return false;
    }
    if (captured <= MAX_PACKET_LENGTH) return true;
    const found = `says that ${counted(captured, "byte")} of its packet were captured`;
    this.#problem("packet-too-long", at, found, `at most ${grouped(MAX_PACKET_LENGTH)}`);
    this.#log.skipped(length);
    return false;
  }

  #packetOptions(from: CaptureInterface, at: number, optionsAt: number, end: number): void {
    const drops = readPacketDrops(this.#window.view, optionsAt, end, this.#littleEndian);
    if (drops > 0) addDrops(from, drops);
    else if (drops < 0) this.#problem("options-broken", at, "has an option that reaches past its end", "");
  }

  #statistics(at: number, length: number): void {
    const view = this.#window.view;
    const declared = this.#interfaceOf(view.getUint32(at + 8, this.#littleEndian), at, length);
    if (declared === undefined) return;
    const drops = readStatisticsDrops(view, at + 20, at + length - 4, this.#littleEndian);
    // The counts of several such blocks each reach from the start of the capture.
    if (drops >= 0) declared.interface.dropped = Math.max(declared.interface.dropped ?? 0, drops);
    else if (drops === -2) this.#problem("options-broken", at, "has an option that reaches past its end", "");
  }

  #interface(at: number, length: number): void {
    const view = this.#window.view;
    const index = this.#declared.length;
    if (index >= MAX_INTERFACES) {
      this.#problem(
        "interfaces-too-many",
        at,
        "declares one more interface",
        `at most ${grouped(MAX_INTERFACES)}`,
      );
      this.#log.skipped(length);
      return;
    }
    if (!this.#numbersCertain) {
      const found = "declares an interface behind damage, so that its number is not certain";
      this.#problem("interface-undeclared", at, found, "");
      this.#log.skipped(length);
      return;
    }
    const linkType = view.getUint16(at + 8, this.#littleEndian);
    const snapLength = view.getUint32(at + 12, this.#littleEndian);
    const end = at + length - 4;
    const read = readInterface(view, at + 16, end, this.#littleEndian, index, linkType, snapLength);
    this.#declared.push(read.declared);
    this.interfaces.push(read.declared.interface);
    this.#interfaceCount++;
    if (read.options === "broken") {
      this.#problem("options-broken", at, "has an option that reaches past its end", "");
    }
  }

  /** A section begins: its byte order is known already, its block is whole. */
  #section(at: number, length: number): void {
    const view = this.#window.view;
    this.#firstInterface = this.#declared.length;
    this.#interfaceCount = 0;
    this.#numbersCertain = true;
    if (length < SECTION_HEADER_LENGTH) {
      this.#readable = false;
      this.#problem("section-broken", at, `of a section header has ${length} bytes`, "at least 28 bytes");
      this.#log.skipped(length);
      return;
    }
    const major = view.getUint16(at + 12, this.#littleEndian);
    const minor = view.getUint16(at + 14, this.#littleEndian);
    this.#readable = isKnownSectionVersion(major, minor);
    if (!this.#readable) {
      this.#problem("section-version", at, `begins a section of version ${major}.${minor}`, "version 1.0");
      this.#log.skipped(length);
      return;
    }
    // The options say who captured where; only whether they are whole matters here.
    const options = readPacketDrops(view, at + 24, at + length - 4, this.#littleEndian);
    if (options < 0) this.#problem("options-broken", at, "has an option that reaches past its end", "");
  }

  /** Byte order of the section header block at `at`. False: the block is damage. */
  #takeByteOrder(at: number): boolean {
    const order = sectionByteOrder(this.#window.view, at);
    if (order !== undefined) {
      this.#littleEndian = order === "little";
      this.#search.littleEndian = this.#littleEndian;
      return true;
    }
    const word = this.#window.view
      .getUint32(at + 8)
      .toString(16)
      .padStart(8, "0");
    // What follows may belong to interfaces that are not known: nothing is believed up to the next section.
    this.#readable = false;
    this.#search.sectionsOnly = true;
    this.#damage("section-broken", `begins a section with byte-order magic 0x${word}`, "0x1a2b3c4d");
    return false;
  }

  #problem(code: CaptureProblemCode, at: number, found: string, wanted: string): void {
    this.#log.add(code, "block", this.#window.base + at, found, wanted, this.packets);
  }

  /** A block whose fields contradict each other, though it ends where it should: only it is lost. */
  #broken(at: number, length: number, found: string, wanted: string): void {
    this.#problem("block-fields", at, found, wanted);
    this.#log.skipped(length);
  }

  /** The block's ends cannot be trusted: looks for the next one. */
  #damage(code: CaptureProblemCode, found: string, wanted: string): void {
    this.#problem(code, this.#window.position, found, wanted);
    this.#searchingFrom = this.#window.base + this.#window.position;
  }

  /** The length at the block's end is not the one at its start. Where another block follows, the first is right. */
  #trailer(at: number, length: number, blockFollows: boolean): void {
    const trailing = this.#window.view.getUint32(at + length - 4, this.#littleEndian);
    const found = `says it is ${counted(length, "byte")} long at its start and ${grouped(trailing)} at its end`;
    if (blockFollows) this.#problem("block-trailer", at, found, "the same length twice");
    else this.#damage("block-trailer", found, "the same length twice");
  }

  /** Begins to pass over a block that is too long to be held. */
  #passOver(type: number, length: number): void {
    const most = longestBelieved(type);
    if (length > most) {
      this.#damage(
        "block-too-long",
        `says it is ${counted(length, "byte")} long`,
        `at most ${grouped(most)}`,
      );
      return;
    }
    this.#passedOffset = this.#window.base + this.#window.position;
    this.#passedLength = length;
    this.#passing = length - 4;
    this.#passed(type);
  }

  /** Goes on passing over a long block. False: more bytes are needed. */
  #pass(): boolean {
    const window = this.#window;
    const step = Math.min(this.#passing, window.end - window.position);
    window.position += step;
    this.#passing -= step;
    const room = window.end - window.position;
    if (this.#passing > 0 || room < 4) {
      if (!window.ended) return window.want(this.#passing > 0 ? 1 : 4);
      const found = `ends after ${counted(window.base + window.end - this.#passedOffset, "byte")}`;
      const wanted = `${grouped(this.#passedLength)} bytes`;
      this.#log.add("cut-short", "block", this.#passedOffset, found, wanted, this.packets);
      window.position = window.end;
      this.#passedLength = 0;
      return false;
    }
    const trailing = window.view.getUint32(window.position, this.#littleEndian);
    if (trailing === this.#passedLength) {
      window.position += 4;
    } else {
      const found = `says it is ${counted(this.#passedLength, "byte")} long at its start and ${grouped(trailing)} at its end`;
      this.#log.add(
        "block-trailer",
        "block",
        this.#passedOffset,
        found,
        "the same length twice",
        this.packets,
      );
      // The block was no block, perhaps: its bytes are gone, and the search goes on behind them.
      this.#searchingFrom = this.#passedOffset;
    }
    this.#passedLength = 0;
    return true;
  }

  /** Too few bytes for what stands at the window's position. True when the capture goes on after damage. */
  #end(room: number, needed: number): boolean {
    const window = this.#window;
    if (!window.ended) return window.want(needed);
    if (room === 0) return false;
    const from = window.position;
    this.#search.stepsLeft = MAX_END_SEARCH_STEPS;
    // A length that is wrong but sane reaches past the end as a cut block does; then other blocks follow it.
    for (let at = this.#search.candidate(from + 1); at < window.end; at = this.#search.candidate(at + 1)) {
      if (this.#search.begins(at, ((at - from) & 3) === 0, true) !== "yes") continue;
      const found = `says it is ${counted(needed, "byte")} long, though other blocks begin within it`;
      this.#problem("block-length", from, found, "a length that ends where the next block begins");
      this.#log.skipped(at - from);
      this.#numbersCertain = false;
      window.position = at;
      return true;
    }
    const wanted = needed === SMALLEST_BLOCK ? "at least 12 bytes" : `${grouped(needed)} bytes`;
    this.#problem("cut-short", from, `ends after ${counted(room, "byte")}`, wanted);
    window.position = window.end;
    return false;
  }

  /** Goes on to the next place where a block begins. False: more bytes are needed, or there is none. */
  #findBlock(): boolean {
    const window = this.#window;
    const search = this.#search;
    const damage = this.#searchingFrom - window.base;
    const from = Math.max(window.position, damage + 1);
    for (let at = search.candidate(from); at < window.end; at = search.candidate(at + 1)) {
      const verdict = search.begins(at, ((at - damage) & 3) === 0, false);
      if (verdict === "no") continue;
      const needed = window.position + window.wanted - at;
      window.position = at;
      if (verdict === "more") return window.want(needed);
      this.#searchEnded();
      return true;
    }
    window.position = Math.max(window.position, window.end);
    if (!window.ended) return window.want(1);
    this.#searchEnded();
    return false;
  }

  #searchEnded(): void {
    this.#log.skipped(this.#window.base + this.#window.position - this.#searchingFrom);
    this.#searchingFrom = -1;
    this.#search.sectionsOnly = false;
    this.#numbersCertain = false;
  }
}

function addDrops(from: CaptureInterface, drops: number): void {
  from.dropped = (from.dropped ?? 0) + drops;
}
