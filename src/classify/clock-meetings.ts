import { CaptureError } from "../capture/errors.ts";
import { CaptureExcerpts } from "../capture/excerpts.ts";
import type { CaptureInput } from "../capture/inputs.ts";
import type { CaptureReader } from "../capture/reader.ts";
import { Decoder } from "../wire/decode.ts";
import { Oddities } from "../wire/oddities.ts";
import { Packet, PacketKind } from "../wire/packet.ts";
import { ClockMarks } from "./clock-marks.ts";

/** A capture whose beginning was read for marks. */
export interface SurveyedCapture {
  readonly input: CaptureInput;
  readonly marks: ClockMarks;
  readonly firstSeconds: number;
  /** Up to where it was read, by its own clock. */
  readonly readToSeconds: number;
  /** The beginning was the whole of it. */
  readonly isRead: boolean;
  readonly isCompressed: boolean;
}

/** Most places in the middle of one capture that are looked at, and of all captures, but for one each. */
const MOST_PLACES = 4;
const ALL_PLACES = 128;
/** Packets and bytes of each; all together no more than so many bytes. */
const PLACE_PACKETS = 20_000;
const PLACE_BYTES = 8 << 20;
const ALL_PLACE_BYTES = 256 << 20;
/** Captures that meet for a shorter time are compared where the later one begins, and that is enough. Seconds. */
const LONG_MEETING_SECONDS = 60;
/** Clocks may be off: the look begins this much earlier, if that is not too much to read. Seconds. */
const EARLIER_SECONDS = 30;
/** The end of a file is looked for in its last bytes. */
const TAIL_BYTES = 131_072;

/** A capture that goes on behind its beginning. */
interface LongCapture {
  readonly capture: SurveyedCapture;
  readonly excerpts: CaptureExcerpts;
  readonly lastSeconds: number;
}

/**
 * Reads more marks of captures that go on behind their beginning: where another capture begins, and where the time ends
 * that both cover, so that captures which start hours apart are compared and clocks that drift are found out. Only
 * uncompressed files can be read from the middle. Answers with the last second of each capture whose end was looked at.
 */
export async function readMeetings(
  captures: readonly SurveyedCapture[],
): Promise<ReadonlyMap<SurveyedCapture, number>> {
  const long: LongCapture[] = [];
  for (const capture of captures) {
    if (capture.isRead || capture.isCompressed || typeof capture.input.source !== "string") continue;
    const excerpts = await CaptureExcerpts.of(capture.input.source);
    const lastSeconds = await looked(() => excerpts?.timeAt(excerpts.size - TAIL_BYTES));
    if (excerpts !== undefined && lastSeconds !== undefined) long.push({ capture, excerpts, lastSeconds });
  }
  const ends = new Map(long.map(({ capture, lastSeconds }) => [capture, lastSeconds]));
  const lastOf = (capture: SurveyedCapture): number => ends.get(capture) ?? capture.readToSeconds;
  const most = Math.min(MOST_PLACES, Math.max(1, Math.floor(ALL_PLACES / Math.max(long.length, 1))));
  const wanted = long.map((one) => ({ ...one, places: placesOf(one, captures, lastOf).slice(0, most) }));
  const count = wanted.reduce((sum, { places }) => sum + places.length, 0);
  const bytes = Math.min(PLACE_BYTES, Math.floor(ALL_PLACE_BYTES / Math.max(count, 1)));
  for (const { capture, excerpts, places } of wanted)
    for (const seconds of places)
      await looked(async () => {
        const at = await excerpts.offsetOf(seconds);
        const from = await excerpts.offsetOf(seconds - EARLIER_SECONDS, at - bytes / 2, at);
        await readMarks(await excerpts.open(from, from + bytes), capture.marks, PLACE_PACKETS, bytes);
        return true;
      });
  for (const capture of captures) if (capture.isRead) ends.set(capture, capture.readToSeconds);
  return ends;
}

/** What a look finds; undefined where the file cannot be read any more: the run itself says what is wrong with it. */
async function looked<Found>(look: () => Promise<Found> | undefined): Promise<Found | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof CaptureError || (error instanceof Error && "syscall" in error)) return undefined;
    throw error;
  }
}

/** Times at which a capture has to be looked at once more, by its own clock. */
function placesOf(
  { capture, lastSeconds }: LongCapture,
  all: readonly SurveyedCapture[],
  lastOf: (capture: SurveyedCapture) => number,
): number[] {
  const begins: number[] = [];
  const ends: number[] = [];
  for (const other of all) {
    if (other === capture) continue;
    const from = Math.max(capture.firstSeconds, other.firstSeconds);
    const to = Math.min(lastSeconds, lastOf(other));
    if (from > to) continue;
    begins.push(from);
    if (to - from > LONG_MEETING_SECONDS) ends.push(to);
  }
  const places: number[] = [];
  for (const seconds of [...begins, ...ends]) {
    const isNew = places.every((place) => Math.abs(place - seconds) > EARLIER_SECONDS);
    if (isNew && seconds > capture.readToSeconds) places.push(seconds);
  }
  return places;
}

/**
 * Takes in the packets of a reader, which is closed then. Without `known`, marks are made that count from the time that
 * `baseOf` answers with when it is told the first one. Undefined where there is no packet to name.
 */
export async function readMarks(
  reader: CaptureReader,
  known: ClockMarks | undefined,
  packets: number,
  bytes: number,
  baseOf: (seconds: number) => number = (seconds) => seconds,
): Promise<Pick<SurveyedCapture, "marks" | "firstSeconds" | "readToSeconds" | "isRead"> | undefined> {
  try {
    const decoder = new Decoder(new Oddities());
    const packet = new Packet();
    const { frame } = reader;
    let marks = known;
    let firstSeconds = Number.POSITIVE_INFINITY;
    let readToSeconds = 0;
    for (;;) {
      while (reader.packets < packets && reader.next()) {
        if (!frame.timed) continue;
        decoder.decode(frame, packet);
        if (packet.kind === PacketKind.none) continue;
        marks ??= new ClockMarks(baseOf(frame.seconds));
        marks.observe(packet, frame.seconds, frame.nanoseconds);
        if (frame.seconds < firstSeconds) firstSeconds = frame.seconds;
        if (frame.seconds > readToSeconds) readToSeconds = frame.seconds;
      }
      const enough = reader.packets >= packets || reader.bytesRead >= bytes;
      const more = enough ? false : reader.refill();
      if (typeof more === "boolean" ? more : await more) continue;
      return marks && { marks, firstSeconds, readToSeconds, isRead: !enough };
    }
  } finally {
    reader.close();
  }
}
