import { counted, grouped } from "../count-text.ts";
import type { CaptureInterface } from "./interface.ts";
import { SECTION_HEADER_LENGTH, isKnownSectionVersion } from "./pcapng-blocks.ts";
import {
  readInterface,
  readPacketDrops,
  readStatisticsDrops,
  type DeclaredInterface,
} from "./pcapng-options.ts";
import type { BlockProblems } from "./pcapng-problems.ts";
import type { ByteWindow } from "./window.ts";

/** Interfaces of one capture, all sections together. */
const MAX_INTERFACES = 65_536;

/** The section of a pcapng file that is being read: what its packets' numbers of interfaces and times mean. */
export class PcapngSection {
  /** Of all sections. */
  readonly interfaces: CaptureInterface[] = [];
  littleEndian = true;
  /** False in a section whose header is not understood: nothing of it is believed. */
  readable = true;
  /** False once bytes of the section were skipped: an interface block among them would shift the numbers. */
  numbersCertain = true;
  readonly #window: ByteWindow;
  readonly #problems: BlockProblems;
  readonly #declared: DeclaredInterface[] = [];
  /** First interface of the section, as an index into all of them, and how many the section has declared. */
  #firstInterface = 0;
  #interfaceCount = 0;

  constructor(window: ByteWindow, problems: BlockProblems) {
    this.#window = window;
    this.#problems = problems;
  }

  /** A section begins: its byte order is known already, its block is whole. False: it is not understood. */
  begin(at: number, length: number): boolean {
    const view = this.#window.view;
    this.#firstInterface = this.#declared.length;
    this.#interfaceCount = 0;
    this.numbersCertain = true;
    if (length < SECTION_HEADER_LENGTH) {
      this.readable = false;
      this.#problems.lose(
        "section-broken",
        at,
        length,
        `of a section header has ${length} bytes`,
        "at least 28 bytes",
      );
      return false;
    }
    const major = view.getUint16(at + 12, this.littleEndian);
    const minor = view.getUint16(at + 14, this.littleEndian);
    this.readable = isKnownSectionVersion(major, minor);
    if (!this.readable) {
      this.#problems.lose(
        "section-version",
        at,
        length,
        `begins a section of version ${major}.${minor}`,
        "version 1.0",
      );
      return false;
    }
    // The options say who captured where; only whether they are whole matters here.
    const options = readPacketDrops(view, at + 24, at + length - 4, this.littleEndian);
    if (options < 0) this.#problems.brokenOptions(at);
    return true;
  }

  /** An interface description block. False: it is not counted. */
  declare(at: number, length: number): boolean {
    const view = this.#window.view;
    const index = this.#declared.length;
    if (index >= MAX_INTERFACES) {
      this.#problems.lose(
        "interfaces-too-many",
        at,
        length,
        "declares one more interface",
        `at most ${grouped(MAX_INTERFACES)}`,
      );
      return false;
    }
    if (!this.numbersCertain) {
      const found = "declares an interface behind damage, so that its number is not certain";
      this.#problems.lose("interface-undeclared", at, length, found, "");
      // Perhaps a section header was among the skipped bytes: then the old numbers mean nothing any more.
      this.#interfaceCount = 0;
      return false;
    }
    const linkType = view.getUint16(at + 8, this.littleEndian);
    const snapLength = view.getUint32(at + 12, this.littleEndian);
    const end = at + length - 4;
    const read = readInterface(view, at + 16, end, this.littleEndian, index, linkType, snapLength);
    this.#declared.push(read.declared);
    this.interfaces.push(read.declared.interface);
    this.#interfaceCount++;
    if (read.options === "broken") {
      this.#problems.brokenOptions(at);
    }
    return true;
  }

  /** Packets that an interface lost, by a statistics block. Answers with the interface; undefined: it is not declared. */
  count(at: number, length: number): DeclaredInterface | undefined {
    const view = this.#window.view;
    const id = view.getUint32(at + 8, this.littleEndian);
    const declared = this.interfaceOf(id, at, length, "holds what was counted at");
    if (declared === undefined) return undefined;
    const drops = readStatisticsDrops(view, at + 20, at + length - 4, this.littleEndian);
    // The counts of several such blocks each reach from the start of the capture.
    if (drops >= 0) declared.interface.dropped = Math.max(declared.interface.dropped ?? 0, drops);
    else if (drops === -2) this.#problems.brokenOptions(at);
    return declared;
  }

  /** The section's interface of that number; undefined when the section has not declared it. */
  declaredAs(id: number): DeclaredInterface | undefined {
    return id < this.#interfaceCount ? this.#declared[this.#firstInterface + id] : undefined;
  }

  /**
   * The section's interface of that number; undefined, and reported, when the section has not declared it. `what`: how the
   * block has to do with it.
   */
  interfaceOf(
    id: number,
    at: number,
    length: number,
    what: string = "is a packet of",
  ): DeclaredInterface | undefined {
    const known = this.declaredAs(id);
    if (known !== undefined) return known;
    const wanted =
      this.#interfaceCount === 0
        ? "an interface description before it"
        : `one of the section's ${counted(this.#interfaceCount, "interface")}`;
    this.#problems.lose("interface-undeclared", at, length, `${what} interface ${grouped(id)}`, wanted);
    return undefined;
  }
}
