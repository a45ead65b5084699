import { counted, grouped } from "../count-text.ts";
import type { BlockWatcher } from "./block-watcher.ts";
import { type Container, MOST_AHEAD } from "./container.ts";
import type { Frame } from "./frame.ts";
import type { CaptureInterface } from "./interface.ts";
import { LOOKS_PER_STEP, type Verdict } from "./pcap-search.ts";
import {
  BlockType,
  MAX_BLOCK_LENGTH,
  SMALLEST_BLOCK,
  longestBelieved,
  sectionByteOrder,
} from "./pcapng-blocks.ts";
import { PcapngContent } from "./pcapng-content.ts";
import { BlockProblems } from "./pcapng-problems.ts";
import { PcapngSection } from "./pcapng-section.ts";
import type { CapturedName } from "./pcapng-names.ts";
import { PcapngSearch } from "./pcapng-search.ts";
import type { CaptureProblemCode, ProblemLog } from "./problems.ts";
import type { ByteWindow } from "./window.ts";

/** pcapng files, draft-ietf-opsawg-pcapng: any number of sections, each in its own byte order. */
export class PcapngContainer implements Container {
  readonly #window: ByteWindow;
  readonly #problems: BlockProblems;
  readonly #search: PcapngSearch;
  readonly #section: PcapngSection;
  readonly #content: PcapngContent;
  /** Bytes still to pass over of a long block, without its trailing length; that length, or 0; its offset. */
  #passing = 0;
  #passedLength = 0;
  #passedOffset = 0;
  /** Offset in the capture of the damage whose end is being looked for, or -1. */
  #searchingFrom = -1;

  /** The window stands at the first section header. */
  constructor(window: ByteWindow, frame: Frame, log: ProblemLog, watcher?: BlockWatcher) {
    this.#window = window;
    this.#problems = new BlockProblems(window, log);
    this.#search = new PcapngSearch(window);
    this.#section = new PcapngSection(window, this.#problems);
    this.#content = new PcapngContent(window, frame, this.#section, this.#problems, watcher);
  }

  get packets(): number {
    return this.#problems.packets;
  }

  get passedBlocks(): number {
    return this.#content.passedBlocks;
  }

  /** All sections' interfaces; grows while they are read. */
  get interfaces(): readonly CaptureInterface[] {
    return this.#section.interfaces;
  }

  get names(): readonly CapturedName[] {
    return this.#content.names;
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
      const type = view.getUint32(at, this.#section.littleEndian);
      if (type === BlockType.sectionHeader && !this.#takeByteOrder(at)) continue;
      const length = view.getUint32(at + 4, this.#section.littleEndian);
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
      if (view.getUint32(at + length - 4, this.#section.littleEndian) !== length) {
        const verdict = this.#search.begins(at + length, true, false);
        if (verdict === "more") return false;
        this.#trailer(at, length, verdict === "yes");
        if (verdict === "no") continue;
      }
      window.position = at + length;
      if (this.#content.read(type, at, length)) return true;
    }
  }

  soonWithin(from: number, to: number): boolean {
    const { view, end } = this.#window;
    const { littleEndian } = this.#section;
    let at = this.#window.position;
    for (let i = 0; i < MOST_AHEAD && end - at >= SMALLEST_BLOCK; i++) {
      const length = view.getUint32(at + 4, littleEndian);
      if (length < SMALLEST_BLOCK || length > end - at) return false;
      if (this.#content.isWithin(at, length, from, to)) return true;
      at += length;
    }
    return false;
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
      if (room >= padded && window.view.getUint32(at + padded - 4, this.#section.littleEndian) === length) {
        this.#problems.add(
          "block-length",
          at,
          `says it is ${counted(length, "byte")} long`,
          "a multiple of 4",
        );
        window.position = at + padded;
        return this.#content.read(type, at, padded) ? "yes" : "no";
      }
    }
    this.#damage(
      "block-length",
      `says it is ${counted(length, "byte")} long`,
      "a multiple of 4, at least 12",
    );
    return "no";
  }

  /** Byte order of the section header block at `at`. False: the block is damage. */
  #takeByteOrder(at: number): boolean {
    const order = sectionByteOrder(this.#window.view, at);
    if (order !== undefined) {
      this.#section.littleEndian = order === "little";
      this.#search.littleEndian = this.#section.littleEndian;
      return true;
    }
    const word = this.#window.view
      .getUint32(at + 8)
      .toString(16)
      .padStart(8, "0");
    this.#damage("section-broken", `begins a section with byte-order magic 0x${word}`, "0x1a2b3c4d");
    return false;
  }

  /** The block's ends cannot be trusted: looks for the next one. */
  #damage(code: CaptureProblemCode, found: string, wanted: string): void {
    const { view, position, base } = this.#window;
    this.#problems.add(code, position, found, wanted);
    this.#searchingFrom = base + position;
    if (view.getUint32(position) !== BlockType.sectionHeader) return;
    // What follows may belong to interfaces that are not known: nothing is believed up to the next section.
    this.#section.readable = false;
    this.#search.sectionsOnly = true;
  }

  /** The length at the block's end is not the one at its start. Where another block follows, the first is right. */
  #trailer(at: number, length: number, blockFollows: boolean): void {
    const trailing = this.#window.view.getUint32(at + length - 4, this.#section.littleEndian);
    const found = `says it is ${counted(length, "byte")} long at its start and ${grouped(trailing)} at its end`;
    if (blockFollows) this.#problems.add("block-trailer", at, found, "the same length twice");
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
    this.#content.tooLong(type);
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
      this.#problems.addAt("cut-short", this.#passedOffset, found, wanted);
      window.position = window.end;
      this.#passedLength = 0;
      return false;
    }
    const trailing = window.view.getUint32(window.position, this.#section.littleEndian);
    if (trailing === this.#passedLength) {
      window.position += 4;
    } else {
      const found = `says it is ${counted(this.#passedLength, "byte")} long at its start and ${grouped(trailing)} at its end`;
      this.#problems.addAt("block-trailer", this.#passedOffset, found, "the same length twice");
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
    const search = this.#search;
    search.stepsLeft -= Math.ceil(room / LOOKS_PER_STEP);
    // A length that is wrong but sane reaches past the end as a cut block does; then other blocks follow it.
    let at = from;
    while (search.stepsLeft > 0 && (at = search.candidate(at + 1)) < window.end) {
      if (search.begins(at, ((at - from) & 3) === 0, true) !== "yes") continue;
      const found = `says it is ${counted(needed, "byte")} long, though other blocks begin within it`;
      this.#problems.add("block-length", from, found, "a length that ends where the next block begins");
      this.#problems.lost(at - from);
      this.#section.numbersCertain = false;
      window.position = at;
      return true;
    }
    const wanted = needed === SMALLEST_BLOCK ? "at least 12 bytes" : `${grouped(needed)} bytes`;
    this.#problems.add("cut-short", from, `ends after ${counted(room, "byte")}`, wanted);
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
    this.#problems.lost(this.#window.base + this.#window.position - this.#searchingFrom);
    this.#searchingFrom = -1;
    this.#search.sectionsOnly = false;
    this.#section.numbersCertain = false;
  }
}
