import type { ClockAnchor } from "../capture/clock-line.ts";
import { type Difference, driftOf, inSpans, isSteady, type Level, levelOf } from "./clock-drift.ts";
import type { ClockMarks, Mark } from "./clock-marks.ts";

/** How two captures' clocks differ. */
export type ClockOffset = (
  | {
      /** The same packets were seen in both. */
      readonly basis: "packets";
      /** Nanoseconds to add to the second capture's times to have those of the first. 0: they agree. */
      readonly offsetNs: number;
      readonly packets: number;
    }
  | {
      /** Answers in one to questions in the other: what is asked is asked before it is answered. */
      readonly basis: "answers";
      /** The middle of the bounds, or 0 where that lies between them. */
      readonly offsetNs: number;
      readonly lowNs: number;
      readonly highNs: number;
      readonly packets: number;
    }
  | {
      /** The one goes on where the other ends: files of one tap (rotated-files.ts). */
      readonly basis: "rotation";
      readonly offsetNs: 0;
      readonly packets: 0;
    }
) & {
  /** Where the difference changes over time: anchors by the second capture's clock; `offsetNs` is the first one's. */
  readonly drift?: readonly ClockAnchor[];
};

/** Fewer packets than these do not tell an offset. */
const LEAST_PACKETS = 3;
/** An offset of more than an hour and a bit (a time zone, summer time) wants more of them: it is seldom true. */
const LARGE_NS = 4_000_000_000_000;
const LEAST_PACKETS_LARGE = 12;
/** Packets that a replay makes alike want to be more, and to say no more than a clock that nobody set is off. */
const LEAST_REPEATABLE = 6;
const LARGEST_REPEATABLE_NS = 60_000_000_000;
/** Two taps see the same where so many packets or questions, and so much of what either has, are in both: what is sent again is less. */
const LEAST_COMMON = 6;
const LEAST_COMMON_SHARE = 1 / 4;
/** Way from one tap to the next inside a site, where one way alone was seen. */
const ONE_WAY_NS = 20_000_000;
/** Bounds this wide tell nothing. */
const WIDEST_BOUNDS_NS = 2_000_000_000;

/**
 * The offset between two captures' clocks, from packets that both saw, else from what one direction acknowledges of the
 * other; undefined where neither tells it. A difference that the way between the taps explains is no offset.
 */
export function clockOffset(a: ClockMarks, b: ClockMarks): ClockOffset | undefined {
  return fromPackets(a.packets, b.packets, b.baseSeconds) ?? fromAnswers(a, b) ?? fromRepeatable(a, b);
}

/** A conversation that was played a second time looks like one that two taps saw: only a small, clear offset is taken. */
function fromRepeatable(a: ClockMarks, b: ClockMarks): ClockOffset | undefined {
  const found = fromPackets(a.repeatable, b.repeatable, b.baseSeconds);
  if (found === undefined || found.drift !== undefined) return undefined;
  const isClear = found.packets >= LEAST_REPEATABLE && Math.abs(found.offsetNs) <= LARGEST_REPEATABLE_NS;
  return isClear ? found : undefined;
}

type Seen = ReadonlyMap<number, Mark>;

/** `baseSeconds`: time that those of `b` count from. */
function fromPackets(a: Seen, b: Seen, baseSeconds: number): ClockOffset | undefined {
  const found = differences(a, b);
  if (found.length < LEAST_PACKETS) return undefined;
  // A TLS record's segment is known by two names and is one packet.
  const packets = new Set(found.map((item) => item.timeNs)).size;
  const drift = driftOf(found);
  const [first] = drift ?? [];
  if (drift !== undefined && first !== undefined && isEnough(packets, first.offsetNs))
    return { basis: "packets", offsetNs: first.offsetNs, packets, drift: anchorsOf(drift, baseSeconds) };
  const level = levelOf(found);
  if (level === undefined || level.cluster.length < LEAST_PACKETS) return undefined;
  const counted = new Set(level.cluster.map((item) => item.timeNs)).size;
  const nearest = level.cluster[0]?.differenceNs ?? 0;
  if (!isEnough(level.cluster.length, nearest)) return undefined;
  const offsetNs = isWayAlone(level) ? 0 : Math.round(level.offsetNs);
  return { basis: "packets", offsetNs, packets: counted };
}

/** Whether so many packets are enough to believe an offset: a large one takes more of them. */
function isEnough(packets: number, offsetNs: number): boolean {
  return Math.abs(offsetNs) <= LARGE_NS || packets >= LEAST_PACKETS_LARGE;
}

/**
 * Whether the way between the taps explains the difference, so that the clocks may agree. A packet that reached the first
 * tap earlier makes the difference smaller by its way, one that came back makes it larger.
 */
function isWayAlone({ onward, backward, offsetNs }: Level): boolean {
  if (onward === undefined || backward === undefined) return Math.abs(offsetNs) <= ONE_WAY_NS;
  return onward <= 0 && backward >= 0;
}

/** A drift's offsets by time since 1970; `baseSeconds`: time that theirs count from. */
function anchorsOf(
  drift: readonly { readonly timeNs: number; readonly offsetNs: number }[],
  baseSeconds: number,
): ClockAnchor[] {
  return drift.map(({ timeNs, offsetNs }) => ({ seconds: baseSeconds + timeNs / 1e9, offsetNs }));
}

/**
 * What packets that both saw say. With other identifications they were sent again, as on the other link when one failed, or
 * a firewall between the taps wrote new ones: then they are much of what either has.
 */
function differences(a: Seen, b: Seen): Difference[] {
  const found: Difference[] = [];
  const kept: Difference[] = [];
  const [fewer, more] = a.size <= b.size ? [a, b] : [b, a];
  for (const key of fewer.keys()) {
    if (!more.has(key)) continue;
    const [x, y] = [a.get(key), b.get(key)];
    if (x === undefined || y === undefined) continue;
    const differenceNs = x.timeNs - y.timeNs;
    if (Number.isNaN(differenceNs)) continue;
    const difference = { differenceNs, hops: Math.sign(x.timeToLive - y.timeToLive), timeNs: y.timeNs };
    found.push(difference);
    if (x.ipId === undefined || y.ipId === undefined || x.ipId === y.ipId) kept.push(difference);
  }
  return kept.length < LEAST_PACKETS && isMuchOf(fewer, found.length) ? found : kept;
}

/** Whether so many common ones are too much of what a capture has to be what was sent again. */
function isMuchOf({ size }: ReadonlyMap<number, unknown>, common: number): boolean {
  return common >= LEAST_COMMON && common >= LEAST_COMMON_SHARE * size;
}

function fromAnswers(a: ClockMarks, b: ClockMarks): ClockOffset | undefined {
  const bounds: Bound[] = [];
  const answerOf = haveSameQuestions(a, b) ? anyAnswerOf : onlyAnswerOf;
  for (const [key, asked] of a.questions) {
    const answered = answerOf(key, b);
    if (answered !== undefined) bounds.push({ side: "low", boundNs: asked - answered, timeNs: answered });
  }
  for (const [key, asked] of b.questions) {
    const answered = answerOf(key, a);
    if (answered !== undefined) bounds.push({ side: "high", boundNs: answered - asked, timeNs: asked });
  }
  const packets = bounds.length;
  if (packets < LEAST_PACKETS) return undefined;
  const { lowNs, highNs } = between(bounds);
  // An answer takes time: bounds that leave none are those of clocks that drift, or of a conversation played twice.
  if (lowNs < highNs) {
    if (!(highNs - lowNs <= WIDEST_BOUNDS_NS)) return undefined;
    const offsetNs = lowNs <= 0 && highNs >= 0 ? 0 : Math.round((lowNs + highNs) / 2);
    return isEnough(packets, offsetNs) ? { basis: "answers", offsetNs, lowNs, highNs, packets } : undefined;
  }
  const drift = driftWithin(bounds);
  const [first] = drift ?? [];
  if (drift === undefined || first === undefined || !isEnough(packets, first.offsetNs)) return undefined;
  return {
    basis: "answers",
    offsetNs: first.offsetNs,
    lowNs: first.lowNs,
    highNs: first.highNs,
    packets,
    drift: anchorsOf(drift, b.baseSeconds),
  };
}

/** True for taps that see the same packets, so that what one was asked the other was, too, and not once more. */
function haveSameQuestions({ questions: a }: ClockMarks, { questions: b }: ClockMarks): boolean {
  const [fewer, more] = a.size <= b.size ? [a, b] : [b, a];
  let common = 0;
  for (const key of fewer.keys()) if (more.has(key)) common += 1;
  return isMuchOf(fewer, common);
}

/** When a capture has the answer to what was asked in another one. */
function anyAnswerOf(key: number, { answers }: ClockMarks): number | undefined {
  return answers.get(key);
}

/** The same, but where it has the question itself the other may have it sent again, as the next file of a rotation: after the answer. */
function onlyAnswerOf(key: number, { questions, answers }: ClockMarks): number | undefined {
  const answered = answers.get(key);
  if (answered === undefined || (questions.get(key) ?? Number.POSITIVE_INFINITY) <= answered)
    return undefined;
  return answered;
}

/** What a question and its answer say of the offset: it lies above, or below. */
interface Bound {
  readonly side: "low" | "high";
  readonly boundNs: number;
  /** By the second capture's clock. */
  readonly timeNs: number;
}

function between(bounds: readonly Bound[]): { lowNs: number; highNs: number } {
  let lowNs = Number.NEGATIVE_INFINITY;
  let highNs = Number.POSITIVE_INFINITY;
  for (const { side, boundNs } of bounds) {
    if (side === "low") lowNs = Math.max(lowNs, boundNs);
    else highNs = Math.min(highNs, boundNs);
  }
  return { lowNs, highNs };
}

/** The offset over time from bounds that no constant meets; undefined where no steady drift meets them either. */
function driftWithin(
  bounds: readonly Bound[],
): { timeNs: number; offsetNs: number; lowNs: number; highNs: number }[] | undefined {
  const anchors = inSpans(bounds, (span) => {
    const { lowNs, highNs } = between(span);
    if (!(lowNs < highNs && highNs - lowNs <= WIDEST_BOUNDS_NS)) return undefined;
    return { offsetNs: Math.round((lowNs + highNs) / 2), lowNs, highNs };
  });
  return anchors !== undefined && isSteady(anchors) ? anchors : undefined;
}
