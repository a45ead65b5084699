import type { ClockLine } from "../capture/clock-line.ts";
import type { Frame } from "../capture/frame.ts";

/** A moment as it is written: by the clock of the run's reference, from 1970 on. */
export interface Time {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** What is written where there is no time. */
const NO_TIME: Time = { seconds: 0, nanoseconds: 0 };

/** The frame's time by the reference's clock; zero for one that has none, or lies before 1970. */
export function timeBy(clock: ClockLine | undefined, frame: Frame): Time {
  if (!frame.timed) return NO_TIME;
  const offset = clock?.at(frame.seconds) ?? 0;
  if (frame.seconds * 1e9 + frame.nanoseconds + offset < 0) return NO_TIME;
  const offsetSeconds = Math.floor(offset / 1e9);
  const nanoseconds = frame.nanoseconds + (offset - offsetSeconds * 1e9);
  const seconds = frame.seconds + offsetSeconds;
  return nanoseconds >= 1e9
    ? { seconds: seconds + 1, nanoseconds: nanoseconds - 1e9 }
    : { seconds, nanoseconds };
}
