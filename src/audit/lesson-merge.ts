import { Frame } from "../capture/frame.ts";
import { ClockLine } from "../capture/clock-line.ts";
import { FrameFile } from "./frame-file.ts";
import { placeOf } from "./layout.ts";
import type { PlannedCapture } from "./tasks.ts";

/** Lessons of one capture: not opened before their turn. */
interface Source {
  readonly capture: number;
  readonly path: string;
  readonly clock: ClockLine;
  file: FrameFile | undefined;
  /** True when the file's frame was not given out yet. */
  pending: boolean;
}

/**
 * Lessons of captures (lessons.ts) in the order of time. The loop is
 *
 *     for (;;) {
 *       while (lessons.next(limit)) use(lessons.frame, lessons.capture);
 *       if (!(await lessons.refill(limit))) break;
 *     }
 */
export class LessonMerge {
  /** What `next` stepped to; its time is that of its own capture's clock. */
  frame: Frame = new Frame();
  capture = 0;
  readonly #waiting: { readonly source: Source; readonly from: number }[];
  #open: Source[] = [];

  /** `from` of each: seconds before which it has no lesson. */
  constructor(
    directory: string,
    captures: readonly { readonly capture: PlannedCapture; readonly index: number }[],
  ) {
    this.#waiting = captures
      .map(({ capture, index }) => {
        const clock = new ClockLine(capture.anchors);
        return {
          from: placeOfSecond(clock, capture.firstSeconds ?? 0),
          source: {
            capture: index,
            path: placeOf(directory, `survey/${capture.survey}.lessons`),
            clock,
            file: undefined,
            pending: false,
          },
        };
      })
      .sort((x, y) => x.from - y.from || x.source.capture - y.source.capture);
  }

  /** False when surely no lesson lies at or before `limit`. */
  due(limit: number): boolean {
    if ((this.#waiting[0]?.from ?? Number.POSITIVE_INFINITY) <= limit) return true;
    return this.#open.some(
      ({ file, pending, clock }) =>
        file !== undefined && (!pending || placeOfSecond(clock, file.position) <= limit),
    );
  }

  /** Steps to the next lesson at or before `limit`, seconds; false: call `refill`. */
  next(limit: number): boolean {
    if ((this.#waiting[0]?.from ?? Number.POSITIVE_INFINITY) <= limit) return false;
    let best: Source | undefined;
    let bestPosition = limit;
    for (const source of this.#open) {
      const { file } = source;
      if (file === undefined) continue;
      if (!source.pending) {
        if (!file.next()) return false;
        source.pending = true;
      }
      const position = placeOfSecond(source.clock, file.position);
      if (position < bestPosition || (position === bestPosition && best === undefined)) {
        best = source;
        bestPosition = position;
      }
    }
    if (best?.file === undefined) return false;
    best.pending = false;
    this.frame = best.file.frame;
    this.capture = best.capture;
    return true;
  }

  /** Reads more of what is due by `limit`; false: nothing more is. */
  async refill(limit: number): Promise<boolean> {
    let more = false;
    while (this.#waiting.length > 0 && (this.#waiting[0]?.from ?? 0) <= limit) {
      const source = this.#waiting.shift()?.source;
      if (source === undefined) break;
      source.file = await FrameFile.open(source.path, 0);
      this.#open.push(source);
      this.#open.sort((x, y) => x.capture - y.capture);
      more = true;
    }
    for (const source of this.#open) {
      if (source.pending || source.file === undefined) continue;
      more = true; // the others may go on without a source that has ended
      if (source.file.next()) source.pending = true;
      else if (!(await source.file.refill())) {
        await source.file.close();
        source.file = undefined;
      }
    }
    this.#open = this.#open.filter(({ file }) => file !== undefined);
    return more;
  }

  async close(): Promise<void> {
    for (const { file } of this.#open) await file?.close();
    this.#open = [];
  }
}

/** A second of a capture's own clock by that of the reference, rather too early. */
function placeOfSecond(clock: ClockLine, second: number): number {
  return Math.max(0, second + Math.floor(clock.at(second) / 1e9));
}
