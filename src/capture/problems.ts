import { counted, grouped } from "../count-text.ts";
import { terminalSafe } from "../files/shown-name.ts";
import type { CaptureStatus } from "../words.ts";

/** What can be wrong inside a capture. The codes are kept for ever, since people filter on them. */
export type CaptureProblemCode =
  | "header-reserved-bits"
  | "packet-too-long"
  | "record-implausible"
  | "records-zeroed"
  | "block-length"
  | "block-too-long"
  | "block-trailer"
  | "block-fields"
  | "section-broken"
  | "section-version"
  | "interface-undeclared"
  | "interfaces-too-many"
  | "options-broken"
  | "cut-short"
  | "decompression-failed"
  | "read-failed";

/** One broken place of a capture. The packets before it count, and so do those after it, if the reader found its way. */
export interface CaptureProblem {
  readonly code: CaptureProblemCode;
  /** Byte offset in the (decompressed) capture where the broken record or block begins. */
  readonly offset: number;
  /** What stands there, in words. */
  readonly found: string;
  /** What should have stood there, in words. */
  readonly wanted: string;
  /** Packets read before it. */
  readonly packetsBefore: number;
  /** Bytes that had to be skipped to go on reading. */
  readonly skippedBytes: number;
  /** One sentence or two with the name of the capture, for people. */
  readonly message: string;
}

/** Problems that are kept one by one; the rest is only counted. */
const MAX_PROBLEMS = 100;

class Problem implements CaptureProblem {
  readonly name: string;
  readonly code: CaptureProblemCode;
  readonly offset: number;
  readonly subject: string;
  readonly found: string;
  readonly wanted: string;
  readonly packetsBefore: number;
  skippedBytes = 0;

  constructor(
    name: string,
    code: CaptureProblemCode,
    subject: string,
    offset: number,
    found: string,
    wanted: string,
    packetsBefore: number,
  ) {
    this.name = name;
    this.code = code;
    this.subject = subject;
    this.offset = offset;
    this.found = found;
    this.wanted = wanted;
    this.packetsBefore = packetsBefore;
  }

  get message(): string {
    const where = `${this.name}: ${this.subject} at byte ${grouped(this.offset)}`;
    const wanted = this.wanted === "" ? "" : `; wanted ${this.wanted}`;
    const skipped = this.skippedBytes === 0 ? "" : ` ${counted(this.skippedBytes, "byte")} skipped.`;
    return `${where} ${this.found}${wanted}. ${counted(this.packetsBefore, "packet")} read before it.${skipped}`;
  }
}

/** Collects the problems of one capture, within bounds, and what they make of its status. */
export class ProblemLog {
  readonly #name: string;
  readonly list: Problem[] = [];
  /** Problems in all, also those beyond `MAX_PROBLEMS`. */
  total = 0;
  skippedBytes = 0;
  status: CaptureStatus = "ok";
  /** Set once the source has failed: a last record cut short is then no problem of its own. */
  sourceFailed = false;
  #last: Problem | undefined;

  constructor(name: string) {
    this.#name = terminalSafe(name);
  }

  /** Notes a problem; `subject` is "record", "block", "capture" ... */
  add(
    code: CaptureProblemCode,
    subject: string,
    offset: number,
    found: string,
    wanted: string,
    packetsBefore: number,
  ): void {
    if (code === "cut-short" && this.sourceFailed) return;
    this.total++;
    if (code !== "cut-short") this.status = "damaged";
    else if (this.status === "ok") this.status = "truncated";
    this.#last = undefined;
    if (this.list.length >= MAX_PROBLEMS) return;
    this.#last = new Problem(this.#name, code, subject, offset, found, wanted, packetsBefore);
    this.list.push(this.#last);
  }

  /** Adds bytes that were passed over because of the problem noted last. */
  skipped(bytes: number): void {
    this.skippedBytes += bytes;
    if (this.#last !== undefined) this.#last.skippedBytes += bytes;
  }
}
