import { counted, grouped } from "../count-text.ts";
import type { BlockWatcher, WatchedBlock } from "./block-watcher.ts";
import { MAX_PACKET_LENGTH } from "./container.ts";
import { Frame } from "./frame.ts";
import type { CaptureInterface } from "./interface.ts";
import {
  BlockType,
  SECTION_HEADER_LENGTH,
  isNumberedRecord,
  leastLength,
  sectionByteOrder,
} from "./pcapng-blocks.ts";
import { readNames, type CapturedName } from "./pcapng-names.ts";
import { readPacketDrops } from "./pcapng-options.ts";
import type { BlockProblems } from "./pcapng-problems.ts";
import type { PcapngSection } from "./pcapng-section.ts";
import type { ByteWindow } from "./window.ts";

/** What is in the blocks of a pcapng file; `PcapngContainer` finds where they begin and end. */
export class PcapngContent {
  passedBlocks = 0;
  readonly names: CapturedName[] = [];
  readonly #window: ByteWindow;
  readonly #frame: Frame;
  readonly #section: PcapngSection;
  readonly #problems: BlockProblems;
  readonly #watcher: BlockWatcher | undefined;
  /** Wireshark's numbers: packets, and some blocks that are none. */
  #number = 0;

  constructor(
    window: ByteWindow,
    frame: Frame,
    section: PcapngSection,
    problems: BlockProblems,
    watcher: BlockWatcher | undefined,
  ) {
    this.#window = window;
    this.#frame = frame;
    this.#section = section;
    this.#problems = problems;
    this.#watcher = watcher;
  }

  /** Reads a block whose ends are right. True: it was a packet, and the frame lies over it. */
  read(type: number, at: number, length: number): boolean {
    return type === BlockType.enhancedPacket
      ? this.#enhancedPacket(at, length)
      : this.#block(type, at, length);
  }

  /** Whether the block is an enhanced packet with a time of these seconds. */
  isWithin(at: number, length: number, from: number, to: number): boolean {
    const { view } = this.#window;
    const { littleEndian } = this.#section;
    if (view.getUint32(at, littleEndian) !== BlockType.enhancedPacket || length < 32) return false;
    const declared = this.#section.declaredAs(view.getUint32(at + 8, littleEndian));
    if (declared === undefined) return false;
    const time = new Frame();
    declared.scale.setTime(
      time,
      view.getUint32(at + 12, littleEndian),
      view.getUint32(at + 16, littleEndian),
    );
    return time.timed && time.seconds >= from && time.seconds <= to;
  }

  /** Counts a block in which nothing is needed. */
  passed(type: number): void {
    this.passedBlocks++;
    if (isNumberedRecord(type)) this.#number++;
  }

  /** The same of one that is too long to be held. */
  tooLong(type: number): void {
    this.passed(type);
    if (type === BlockType.nameResolution) this.#watcher?.tooLong("names");
    else if (type === BlockType.decryptionSecrets) this.#watcher?.tooLong("secrets");
    else this.#watcher?.other();
  }

  #show(kind: WatchedBlock, at: number, length: number): void {
    const { littleEndian, interfaces } = this.#section;
    this.#watcher?.block(kind, this.#bodyOf(at, length), littleEndian, interfaces.length);
  }

  #statistics(at: number, length: number): void {
    const of = this.#section.count(at, length);
    if (of === undefined || this.#watcher === undefined) return;
    const { littleEndian } = this.#section;
    this.#watcher.statistics(of.interface.index, of.scale, this.#bodyOf(at, length), littleEndian);
  }

  /** What is between a block's two lengths. */
  #bodyOf(at: number, length: number): DataView {
    const { buffer, byteOffset } = this.#window.view;
    return new DataView(buffer, byteOffset + at + 8, length - 12);
  }

  /** Everything but enhanced packets. True: the frame lies over a packet. */
  #block(type: number, at: number, length: number): boolean {
    if (type === BlockType.sectionHeader) {
      if (this.#section.begin(at, length)) this.#show("section", at, length);
      return false;
    }
    if (!this.#section.readable) {
      this.#problems.lost(length);
      return false;
    }
    if (length < (leastLength(type) ?? 0)) {
      this.#section.numbersCertain &&= type !== BlockType.interfaceDescription;
      this.#problems.broken(
        at,
        length,
        `of type ${type} has ${length} bytes`,
        `at least ${leastLength(type)} bytes`,
      );
      return false;
    }
    if (this.#isSectionInDisguise(type, at, length)) {
      this.#problems.lose(
        "section-broken",
        at,
        length,
        `of type ${type} looks like a section header`,
        "type 0x0a0d0d0a",
      );
      this.#section.readable = false;
      return false;
    }
    switch (type) {
      case BlockType.obsoletePacket:
        return this.#obsoletePacket(at, length);
      case BlockType.simplePacket:
        return this.#simplePacket(at, length);
      case BlockType.interfaceDescription:
        if (this.#section.declare(at, length)) this.#show("interface", at, length);
        return false;
      case BlockType.interfaceStatistics:
        this.#statistics(at, length);
        return false;
      case BlockType.nameResolution:
        if (!readNames(this.#window.view, at + 8, at + length - 4, this.#section.littleEndian, this.names)) {
          this.#problems.add(
            "options-broken",
            at,
            "has a name record that reaches past its end",
            "records within it",
          );
        }
        this.#show("names", at, length);
        return false;
      case BlockType.decryptionSecrets:
        this.passed(type);
        this.#show("secrets", at, length);
        return false;
      default:
        this.passed(type);
        this.#watcher?.other();
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
    const littleEndian = this.#section.littleEndian;
    if (!this.#section.readable) {
      this.#problems.lost(length);
      return false;
    }
    if (length < 32) {
      this.#problems.broken(at, length, `of an enhanced packet has ${length} bytes`, "at least 32 bytes");
      return false;
    }
    const captured = view.getUint32(at + 20, littleEndian);
    const declared = this.#section.interfaceOf(view.getUint32(at + 8, littleEndian), at, length);
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
    const littleEndian = this.#section.littleEndian;
    const captured = view.getUint32(at + 20, littleEndian);
    const declared = this.#section.interfaceOf(view.getUint16(at + 8, littleEndian), at, length);
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
    const declared = this.#section.interfaceOf(0, at, length);
    if (declared === undefined) return false;
    const original = this.#window.view.getUint32(at + 8, this.#section.littleEndian);
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
    this.#problems.packets++;
    from.packets++;
  }

  #fits(at: number, length: number, captured: number, room: number): boolean {
    if (captured > room) {
      const found = `says that ${counted(captured, "byte")} of its packet were captured`;
      this.#problems.broken(
        at,
        length,
        found,
        `at most ${grouped(room)} in a block of ${grouped(length)} bytes`,
      );
      return false;
    }
    if (captured <= MAX_PACKET_LENGTH) return true;
    const found = `says that ${counted(captured, "byte")} of its packet were captured`;
    this.#problems.lose("packet-too-long", at, length, found, `at most ${grouped(MAX_PACKET_LENGTH)}`);
    return false;
  }

  #packetOptions(from: CaptureInterface, at: number, optionsAt: number, end: number): void {
    const drops = readPacketDrops(this.#window.view, optionsAt, end, this.#section.littleEndian);
    if (drops > 0) addDrops(from, drops);
    else if (drops < 0) this.#problems.brokenOptions(at);
  }
}

function addDrops(from: CaptureInterface, drops: number): void {
  from.dropped = (from.dropped ?? 0) + drops;
}
