import { stat } from "node:fs/promises";
import { ClockLine, NO_OFFSET } from "../capture/clock-line.ts";
import { CaptureError } from "../capture/errors.ts";
import { type CaptureInput, compareInputs } from "../capture/inputs.ts";
import { openCapture } from "../capture/reader.ts";
import { type SurveyedCapture, readMarks, readMeetings } from "./clock-meetings.ts";
import { type ClockOffset, clockOffset } from "./clock-offset.ts";
import { rotatedFiles } from "./rotated-files.ts";

/** Most packets and bytes read of one capture's beginning to compare clocks; of many captures less each. */
const MAX_PACKETS = 50_000;
const ALL_PACKETS = 1_000_000;
const MAX_BYTES = 32 << 20;
const ALL_BYTES = 512 << 20;
/** With more captures than this, clocks are not compared: rotated files of one tap share theirs. */
const MAX_CAPTURES = 64;
const CHUNK_BYTES = 262_144;

/** The clock of one capture. */
export interface CaptureClock {
  readonly input: CaptureInput;
  /** Nanoseconds to add to its times to have those of `reference`; 0 where they agree or nothing is known. */
  readonly offsetNs: number;
  /** The same over time; `offsetNs` is what it begins with. */
  readonly line: ClockLine;
  /**
   * Base name of the capture whose clock its times are given in, or its path where several have that name; its own where
   * it could be compared with none.
   */
  readonly reference: string;
  /** How it was compared, the last step of it; undefined for a reference. */
  readonly found: ClockOffset | undefined;
  /** False: compared through answers, so that the offset is known within bounds. */
  readonly exact: boolean;
}

/** What is known of the clocks of captures given together. */
export class ClockSurvey {
  readonly clocks: readonly CaptureClock[];
  readonly #byInput: Map<CaptureInput, CaptureClock>;

  constructor(clocks: readonly CaptureClock[]) {
    this.clocks = clocks;
    this.#byInput = new Map(clocks.map((clock) => [clock.input, clock]));
  }

  /** What to add to the times of a capture. */
  lineOf(input: CaptureInput): ClockLine {
    return this.#byInput.get(input)?.line ?? NO_OFFSET;
  }

  /** True when times of the two captures are in one order, if only to half a round trip. */
  aligned(x: CaptureInput, y: CaptureInput): boolean {
    return x === y || (this.#byInput.has(x) && this.#referenceOf(x) === this.#referenceOf(y));
  }

  #referenceOf(input: CaptureInput): string | undefined {
    return this.#byInput.get(input)?.reference;
  }

  /** True when a time of the one capture can be taken from a time of the other to the millisecond. */
  comparable(x: CaptureInput, y: CaptureInput): boolean {
    if (x === y) return true;
    const [a, b] = [this.#byInput.get(x), this.#byInput.get(y)];
    return a !== undefined && b !== undefined && a.exact && b.exact && a.reference === b.reference;
  }
}

/**
 * Compares the clocks of captures that are given together, from the beginning of each and from where others begin and
 * end: packets that several saw, and what one saw answered that another saw asked. A capture that is a pipe or cannot be
 * opened is not looked at, a single one costs nothing. What can be compared with no other has the clock of the file before or
 * after it of the same tap. The reference is the first by name of those that can be compared
 * with each other.
 */
export async function surveyClocks(inputs: readonly CaptureInput[]): Promise<ClockSurvey> {
  if (inputs.length < 2 || inputs.length > MAX_CAPTURES) return new ClockSurvey([]);
  const sorted = inputs.toSorted(compareInputs);
  const seekable: CaptureInput[] = [];
  for (const input of sorted) if (await isFile(input)) seekable.push(input);
  if (seekable.length < 2) return new ClockSurvey([]);
  const bytes = Math.min(MAX_BYTES, Math.floor(ALL_BYTES / seekable.length));
  const packets = Math.min(MAX_PACKETS, Math.floor(ALL_PACKETS / seekable.length));
  const taken: SurveyedCapture[] = [];
  let base: number | undefined;
  for (const input of seekable) {
    const found = await beginningOf(input, bytes, packets, (seconds) => (base ??= seconds));
    if (found !== undefined) taken.push(found);
  }
  const ends = await readMeetings(taken);
  const times = taken.map((capture) => ({
    input: capture.input,
    first: capture.firstSeconds,
    last: ends.get(capture),
  }));
  return new ClockSurvey(compared(taken, rotatedFiles(times)));
}

/** From each reference on, the pair that most packets speak for first: a spanning tree. `rotated`: files of one tap. */
function compared(
  taken: readonly SurveyedCapture[],
  rotated: readonly (readonly [number, number])[],
): CaptureClock[] {
  const pairs = new Map<string, ClockOffset>();
  for (let i = 0; i < taken.length; i++) {
    for (let j = i + 1; j < taken.length; j++) {
      const [a, b] = [taken[i], taken[j]];
      const found = a && b ? clockOffset(a.marks, b.marks) : undefined;
      if (found === undefined) continue;
      pairs.set(`${i} ${j}`, found);
      pairs.set(`${j} ${i}`, reversed(found));
    }
  }
  for (const [i, j] of rotated) {
    if (pairs.has(`${i} ${j}`)) continue;
    pairs.set(`${i} ${j}`, ONE_CLOCK);
    pairs.set(`${j} ${i}`, ONE_CLOCK);
  }
  const clocks = new Map<number, CaptureClock>();
  // Two folders may have captures of one name.
  const named = new Map<string, number>();
  for (const { input } of taken) named.set(input.name, (named.get(input.name) ?? 0) + 1);
  for (const [root, { input }] of taken.entries()) {
    if (clocks.has(root)) continue;
    const reference = named.get(input.name) === 1 ? input.name : input.path;
    clocks.set(root, { input, offsetNs: 0, line: NO_OFFSET, reference, found: undefined, exact: true });
    const reached = [root];
    for (;;) {
      let best: { from: number; to: number; found: ClockOffset } | undefined;
      for (const from of reached) {
        for (let to = 0; to < taken.length; to++) {
          const found = clocks.has(to) ? undefined : pairs.get(`${from} ${to}`);
          if (found !== undefined && (best === undefined || weight(found) > weight(best.found)))
            best = { from, to, found };
        }
      }
      const before = best === undefined ? undefined : clocks.get(best.from);
      const next = best === undefined ? undefined : taken[best.to];
      if (best === undefined || before === undefined || next === undefined) break;
      const line = lineOf(best.found).then(before.line);
      clocks.set(best.to, {
        input: next.input,
        offsetNs: line.at(next.firstSeconds),
        line,
        reference,
        found: best.found,
        exact: before.exact && best.found.basis !== "answers",
      });
      reached.push(best.to);
    }
  }
  return [...clocks.values()].sort((x, y) => compareInputs(x.input, y.input));
}

const ONE_CLOCK: ClockOffset = { basis: "rotation", offsetNs: 0, packets: 0 };

/** Packets seen twice count before any number of answers. */
function weight(found: ClockOffset): number {
  return found.basis === "packets" ? 1e9 + found.packets : found.packets;
}

function reversed(found: ClockOffset): ClockOffset {
  const drift = found.drift === undefined ? {} : { drift: lineOf(found).reversed().anchors };
  if (found.basis === "rotation") return found;
  return found.basis === "packets"
    ? { ...found, ...drift, offsetNs: -found.offsetNs }
    : { ...found, ...drift, offsetNs: -found.offsetNs, lowNs: -found.highNs, highNs: -found.lowNs };
}

function lineOf(found: ClockOffset): ClockLine {
  return found.drift === undefined ? ClockLine.constant(found.offsetNs) : new ClockLine(found.drift);
}

async function isFile(input: CaptureInput): Promise<boolean> {
  if (typeof input.source !== "string") return false;
  const found = await stat(input.source).catch(() => undefined);
  return found?.isFile() === true;
}

/** `baseOf` is told the first time seen and answers with the time that all captures count from. */
async function beginningOf(
  input: CaptureInput,
  bytes: number,
  packets: number,
  baseOf: (seconds: number) => number,
): Promise<SurveyedCapture | undefined> {
  const reader = await openCapture(input.source, { name: input.name, chunkLength: CHUNK_BYTES }).catch(
    (error: unknown) => {
      if (error instanceof CaptureError) return undefined; // the run itself says what is wrong with it
      throw error;
    },
  );
  if (reader === undefined) return undefined;
  const read = await readMarks(reader, undefined, packets, bytes, baseOf);
  if (read === undefined) return undefined;
  return { input, ...read, isCompressed: reader.compression !== "" };
}
