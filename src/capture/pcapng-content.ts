import { counted, grouped } from "../count-text.ts";
import { MAX_PACKET_LENGTH } from "./container.ts";
import type { Frame } from "./frame.ts";
import type { CaptureInterface } from "./interface.ts";
import {
  BlockType,
  SECTION_HEADER_LENGTH,
  isKnownSectionVersion,
  isNumberedRecord,
  leastLength,
  sectionByteOrder,
} from "./pcapng-blocks.ts";
import { readNames, type CapturedName } from "./pcapng-names.ts";
import {
  readInterface,
  readPacketDrops,
  readStatisticsDrops,
  type DeclaredInterface,
} from "./pcapng-options.ts";
import type { CaptureProblemCode, ProblemLog } from "./problems.ts";
import type { ByteWindow } from "./window.ts";

/** Interfaces of one capture, all sections together. */
const MAX_INTERFACES = 65_536;

/** What is in the blocks of a pcapng file; `PcapngContainer` finds where they begin and end. */
export class PcapngContent {
  packets = 0;
  passedBlocks = 0;
  readonly names: CapturedName[] = [];
  readonly interfaces: CaptureInterface[] = [];
  /** Byte order of the section. */
  littleEndian = true;
  /** False in a section whose header is not understood: nothing of it is believed. */
  readable = true;
  /** False once bytes of the section were skipped: an interface block among them would shift the numbers. */
  numbersCertain = true;
  readonly #window: ByteWindow;
  readonly #frame: Frame;
  readonly #log: ProblemLog;
  readonly #declared: DeclaredInterface[] = [];
  /** First interface of the section, as an index into all of them, and how many the section has declared. */
  #firstInterface = 0;
  #interfaceCount = 0;
  /** Wireshark's numbers: packets, and some blocks that are none. */
  #number = 0;

  constructor(window: ByteWindow, frame: Frame, log: ProblemLog) {
    this.#window = window;
    this.#frame = frame;
    this.#log = log;
  }

  /** Reads a block whose ends are right. True: it was a packet, and the frame lies over it. */
  read(type: number, at: number, length: number): boolean {
    return type === BlockType.enhancedPacket
      ? this.#enhancedPacket(at, length)
      : this.#block(type, at, length);
  }

  /** Counts a block in which nothing is needed. */
  passed(type: number): void {
    this.passedBlocks++;
    if (isNumberedRecord(type)) this.#number++;
  }

  /** Everything but enhanced packets. True: the frame lies over a packet. */
  #block(type: number, at: number, length: number): boolean {
    if (type === BlockType.sectionHeader) {
      this.#section(at, length);
      return false;
    }
    if (!this.readable) {
      this.#log.skipped(length);
      return false;
    }
    if (length < (leastLength(type) ?? 0)) {
      this.numbersCertain &&= type !== BlockType.interfaceDescription;
      this.#broken(at, length, `of type ${type} has ${length} bytes`, `at least ${leastLength(type)} bytes`);
      return false;
    }
    if (this.#isSectionInDisguise(type, at, length)) {
      this.#problem("section-broken", at, `of type ${type} looks like a section header`, "type 0x0a0d0d0a");
      this.#log.skipped(length);
      this.readable = false;
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
        if (!readNames(this.#window.view, at + 8, at + length - 4, this.littleEndian, this.names)) {
          this.#problem(
            "options-broken",
            at,
            "has a name record that reaches past its end",
            "records within it",
          );
        }
        return false;
      default:
        this.passed(type);
        return false;
    }
  }

  /** A section header whose type is damaged still has its byte-order magic, where interfaces have zeros. */
  #isSectionInDisguise(type: number, at: number, length: number): boolean {
    if (length < SECTION_HEADER_LENGTH) return false;
    if (type !== BlockType.interfaceDescription && leastLength(type) !== undefined) return false;
    return sectionByteOrder(this.#window.view, at) !== undefined;
  }

  #enhancedPacket(at: number, length: number): boolean {
    const view = this.#window.view;
    const littleEndian = this.littleEndian;
    if (!this.readable) {
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
    const littleEndian = this.littleEndian;
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
    const original = this.#window.view.getUint32(at + 8, this.littleEndian);
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
    const drops = readPacketDrops(this.#window.view, optionsAt, end, this.littleEndian);
    if (drops > 0) addDrops(from, drops);
    else if (drops < 0) this.#problem("options-broken", at, "has an option that reaches past its end", "");
  }

  #statistics(at: number, length: number): void {
    const view = this.#window.view;
    const declared = this.#interfaceOf(view.getUint32(at + 8, this.littleEndian), at, length);
    if (declared === undefined) return;
    const drops = readStatisticsDrops(view, at + 20, at + length - 4, this.littleEndian);
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
    if (!this.numbersCertain) {
      const found = "declares an interface behind damage, so that its number is not certain";
      this.#problem("interface-undeclared", at, found, "");
      this.#log.skipped(length);
      // Perhaps a section header was among the skipped bytes: then the old numbers mean nothing any more.
      this.#interfaceCount = 0;
      return;
    }
    const linkType = view.getUint16(at + 8, this.littleEndian);
    const snapLength = view.getUint32(at + 12, this.littleEndian);
    const end = at + length - 4;
    const read = readInterface(view, at + 16, end, this.littleEndian, index, linkType, snapLength);
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
    this.numbersCertain = true;
    if (length < SECTION_HEADER_LENGTH) {
      this.readable = false;
      this.#problem("section-broken", at, `of a section header has ${length} bytes`, "at least 28 bytes");
      this.#log.skipped(length);
      return;
    }
    const major = view.getUint16(at + 12, this.littleEndian);
    const minor = view.getUint16(at + 14, this.littleEndian);
    this.readable = isKnownSectionVersion(major, minor);
    if (!this.readable) {
      this.#problem("section-version", at, `begins a section of version ${major}.${minor}`, "version 1.0");
      this.#log.skipped(length);
      return;
    }
    // The options say who captured where; only whether they are whole matters here.
    const options = readPacketDrops(view, at + 24, at + length - 4, this.littleEndian);
    if (options < 0) this.#problem("options-broken", at, "has an option that reaches past its end", "");
  }

  #problem(code: CaptureProblemCode, at: number, found: string, wanted: string): void {
    this.#log.add(code, "block", this.#window.base + at, found, wanted, this.packets);
  }

  /** A block whose fields contradict each other, though it ends where it should: only it is lost. */
  #broken(at: number, length: number, found: string, wanted: string): void {
    this.#problem("block-fields", at, found, wanted);
    this.#log.skipped(length);
  }
}

function addDrops(from: CaptureInterface, drops: number): void {
  from.dropped = (from.dropped ?? 0) + drops;
}
