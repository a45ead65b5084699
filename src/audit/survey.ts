import { createHash } from "node:crypto";
import { type FileHandle, open, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { CaptureError, type CaptureErrorCode } from "../capture/errors.ts";
import { type CaptureReader, openCapture } from "../capture/reader.ts";
import { unreadLinks } from "../classify/unread-links.ts";
import { FlowKey } from "../flows/flow-key.ts";
import { Decoder } from "../wire/decode.ts";
import { Oddities } from "../wire/oddities.ts";
import { Packet, PacketKind } from "../wire/packet.ts";
import { CapturesChanged, isUntouched, stateOf } from "./changed-captures.ts";
import { FrameWriter } from "./frame-file.ts";
import { isLesson } from "./lessons.ts";
import { doOnce, type PendingFiles } from "./stage-files.ts";
import { StoredHash } from "./stored-hash.ts";
import type { CaptureCard, CaptureSurvey, StageContext, SurveyTask } from "./tasks.ts";
import { TupleTable } from "./tuple-table.ts";

/** Changed when surveys of an older form can no longer be used. */
const SURVEY_FORM = 2;

/** What a file cannot help; all else would be found in it again. */
const OF_THE_SYSTEM: ReadonlySet<CaptureErrorCode> = new Set(["missing", "unreadable", "program-missing"]);

/** Fragments of one datagram come within this time, seconds. */
const FRAGMENT_SECONDS = 2;

/** The task that surveys a file as it is now. */
export async function surveyTask(path: string): Promise<SurveyTask> {
  const absolute = resolve(path);
  const { size, mtimeMs } = await stat(absolute);
  const id = createHash("sha256")
    .update(JSON.stringify([SURVEY_FORM, absolute, size, mtimeMs]))
    .digest("hex")
    .slice(0, 24);
  return { stage: "survey", id, path: absolute, size, mtimeMs };
}

/**
 * Looks at a capture once: its hash, its times, what is broken, when each 5-tuple was seen, and the packets that teach
 * of others. A capture that cannot be read is an answer like any other.
 */
export async function runSurvey(
  directory: string,
  task: SurveyTask,
  context: StageContext = {},
): Promise<CaptureSurvey> {
  return doOnce(directory, task, async (files) => {
    // By this machine's own look: another may know of its time another fraction of a second.
    const before = await stateOf(task.path);
    const answer = await survey(task, context, files);
    // What was read then is not what the id stands for; one that is gone is an answer.
    if (before !== undefined && !(before.size === task.size && isUntouched(before, await stateOf(task.path))))
      throw new CapturesChanged(`${answer.name} changed while it was read`, [task.path]);
    return answer;
  });
}

async function survey(task: SurveyTask, context: StageContext, files: PendingFiles): Promise<CaptureSurvey> {
  const name = basename(task.path);
  const empty = {
    id: task.id,
    path: task.path,
    name,
    size: task.size,
    mtimeMs: task.mtimeMs,
    sha256: "",
    format: "",
    compression: "",
    status: "damaged",
    error: undefined,
    packets: 0,
    packetsInFlows: 0,
    untimed: 0,
    problems: [],
    problemCount: 0,
    skippedBytes: 0,
    dropped: 0,
    unreadLinks: [],
    firstSeconds: undefined,
    lastSeconds: undefined,
    disorderSeconds: 0,
    tuples: 0,
    oddities: [],
  } satisfies CaptureSurvey;
  const hash = new StoredHash();
  const hashed = async (survey: CaptureSurvey): Promise<CaptureSurvey> => {
    try {
      return { ...survey, sha256: await hash.finish(task.path, context.signal) };
    } catch (error) {
      context.signal?.throwIfAborted();
      const { code } = error as NodeJS.ErrnoException;
      return { ...empty, error: `${name} cannot be read: ${code ?? String(error)}`, tryAgain: true };
    }
  };
  let reader: CaptureReader;
  try {
    reader = await openCapture(task.path, { name, onBytes: hash.add });
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    return hashed({
      ...empty,
      error: error.message,
      ...(OF_THE_SYSTEM.has(error.code) && { tryAgain: true }),
    });
  }
  try {
    const found = await readThrough(reader, task, context, files);
    return await hashed({
      ...empty,
      format: reader.format,
      compression: reader.compression,
      status: reader.status,
      packets: reader.packets,
      problems: reader.problems.map(
        ({ code, offset, found: what, wanted, packetsBefore, skippedBytes, message }) => ({
          code,
          offset,
          found: what,
          wanted,
          packetsBefore,
          skippedBytes,
          message,
        }),
      ),
      problemCount: reader.problemCount,
      skippedBytes: reader.skippedBytes,
      dropped: reader.interfaces.reduce((sum, card) => sum + (card.dropped ?? 0), 0),
      unreadLinks: unreadLinks(reader.interfaces),
      ...found,
    });
  } finally {
    reader.close();
  }
}

async function readThrough(
  reader: CaptureReader,
  task: SurveyTask,
  context: StageContext,
  files: PendingFiles,
): Promise<
  Pick<
    CaptureSurvey,
    "packetsInFlows" | "untimed" | "firstSeconds" | "lastSeconds" | "disorderSeconds" | "tuples" | "oddities"
  >
> {
  const oddities = new Oddities();
  oddities.capture = reader.name;
  const decoder = new Decoder(oddities);
  const packet = new Packet();
  const key = new FlowKey();
  const table = new TupleTable();
  const { frame } = reader;
  let [packetsInFlows, untimed, position, disorderSeconds, tuples] = [0, 0, 0, 0, 0];
  let firstSeconds: number | undefined;
  const tupleFile = await open(await files.place(`survey/${task.id}.tuples`), "wx");
  const lessons = await FrameWriter.create(await files.place(`survey/${task.id}.lessons`));
  try {
    for (;;) {
      while (reader.next()) {
        if (frame.timed) {
          firstSeconds ??= frame.seconds;
          if (frame.seconds > position) position = frame.seconds;
          else if (position - frame.seconds > disorderSeconds) disorderSeconds = position - frame.seconds;
        } else untimed += 1;
        decoder.decode(frame, packet);
        if (isLesson(packet)) lessons.add(0, frame, 0, position);
        if (packet.kind === PacketKind.none || !key.ofPacket(packet)) continue;
        if (packet.kind !== PacketKind.icmp) packetsInFlows += 1;
        table.note(key.high, key.low, position);
        if (table.full) tuples += await takeOut(table, tupleFile);
      }
      context.signal?.throwIfAborted();
      context.progress?.(reader.bytesRead);
      await lessons.drain();
      const more = reader.refill();
      if (!(typeof more === "boolean" ? more : await more)) break;
    }
    // The rest of a datagram may lie in the next file, where nothing tells its ports.
    decoder.eachUnfinished((datagram) => {
      key.ofDatagram(datagram);
      table.note(key.high, key.low, position + FRAGMENT_SECONDS);
    });
    tuples += await takeOut(table, tupleFile);
    await lessons.finish();
  } finally {
    await tupleFile.close();
    await lessons.abandon();
  }
  const cards = reader.interfaces.map(({ name, description, fineClock }): CaptureCard => ({
    name,
    description,
    fineClock,
  }));
  await files.writeJson(`survey/${task.id}.cards`, cards);
  return {
    packetsInFlows,
    untimed,
    firstSeconds,
    lastSeconds: firstSeconds === undefined ? undefined : position,
    disorderSeconds,
    tuples,
    oddities: oddities.list(),
  };
}

/** A run of sorted entries behind the ones before it: their number, then the entries. */
async function takeOut(table: TupleTable, file: FileHandle): Promise<number> {
  const count = table.size;
  if (count > 0) {
    await file.write(new Uint8Array(Uint32Array.of(count).buffer));
    const sorted = table.takeSorted();
    await file.writeFile(new Uint8Array(sorted.buffer));
  }
  return count;
}
