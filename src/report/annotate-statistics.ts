import type { ClockLine } from "../capture/clock-line.ts";
import { Frame } from "../capture/frame.ts";
import { type RawOption, readOptions } from "../capture/pcapng-options.ts";
import type { TimeScale } from "../capture/time-scale.ts";
import { carriedOptions } from "./annotate-options.ts";
import { interfaceStatistics, type TimedOption } from "./annotate-pcapng.ts";
import { timeBy } from "./annotate-time.ts";

/** Bytes that statistics without options take, about. */
const LEAST_SIZE = 128;
/** isb_starttime and isb_endtime. */
const TIMES = [2, 3] as const;

/** What an interface's statistics block says (draft-ietf-opsawg-pcapng, section 4.6), its times by the capture's clock. */
export interface Statistics {
  readonly taken: Frame;
  readonly times: readonly { readonly code: number; readonly time: Frame }[];
  readonly options: readonly RawOption[];
  /** Bytes that it takes, about. */
  readonly size: number;
}

/** Reads the `body` of such a block. */
export function statisticsOf(scale: TimeScale, body: DataView, littleEndian: boolean): Statistics {
  const all = readOptions(body, 12, body.byteLength, littleEndian);
  const options = carriedOptions("statistics", all, littleEndian);
  const times = TIMES.flatMap((code) => {
    const value = all.find((option) => option.code === code && option.value.length === 8)?.value;
    if (value === undefined) return [];
    const view = new DataView(value.buffer, value.byteOffset, value.length);
    return [{ code, time: timeAt(scale, view, 0, littleEndian) }];
  });
  return {
    taken: timeAt(scale, body, 4, littleEndian),
    times,
    options,
    size: options.reduce((sum, { value }) => sum + value.length, LEAST_SIZE * (1 + times.length)),
  };
}

/** The block of the interface that has the number `index` in the file that is written. */
export function statisticsBlock(
  index: number,
  { taken, times, options }: Statistics,
  clock: ClockLine | undefined,
): Uint8Array {
  const written = times
    .filter(({ time }) => time.timed)
    .map(({ code, time }): TimedOption => ({ code, time: timeBy(clock, time) }));
  return interfaceStatistics(index, timeBy(clock, taken), written, options);
}

/** A time in two halves, the higher one first. One of zero says that nobody knows it. */
function timeAt(scale: TimeScale, view: DataView, at: number, littleEndian: boolean): Frame {
  const time = new Frame();
  const high = view.getUint32(at, littleEndian);
  const low = view.getUint32(at + 4, littleEndian);
  scale.setTime(time, high, low);
  if (high === 0 && low === 0) time.timed = false;
  return time;
}
