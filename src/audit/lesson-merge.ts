import { Frame } from "../capture/frame.ts";
import { ClockLine } from "../capture/clock-line.ts";
import { isBefore } from "../path/moment.ts";
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
  /** Its time by the clock of the reference; one without a time stays beside the one before it. */
  seconds: number;
  nanoseconds: number;
}

/**
 * Lessons of captures (lessons.ts) in the order in which `classify` meets them. The loop is
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
            seconds: 0,
            nanoseconds: 0,
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
    for (const source of this.#open) {
      const { file } = source;
      if (file === undefined) continue;
      if (!source.pending) {
        if (!file.next()) return false;
        wait(source, file);
      }
      if (placeOfSecond(source.clock, file.position) > limit) continue;
      // Of lessons of one time the first in the order of the captures, in which the sources are held.
      if (best === undefined || isBefore(source, best)) best = source;
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
      if (source.file.next()) wait(source, source.file);
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

/** The source's next lesson waits for its turn. */
function wait(source: Source, { frame }: FrameFile): void {
  source.pending = true;
  if (!frame.timed) return;
  const nanoseconds = frame.nanoseconds + source.clock.at(frame.seconds);
  const carried = Math.floor(nanoseconds / 1e9);
  source.seconds = frame.seconds + carried;
  source.nanoseconds = nanoseconds - carried * 1e9;
}

/** A second of a capture's own clock by that of the reference, rather too early. */
function placeOfSecond(clock: ClockLine, second: number): number {
  return Math.max(0, second + Math.floor(clock.at(second) / 1e9));
}
