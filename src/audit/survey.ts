import { type FileHandle, open, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { CaptureError, type CaptureErrorCode } from "../capture/errors.ts";
import { type CaptureReader, openCapture } from "../capture/reader.ts";
import { unreadLinks } from "../classify/unread-links.ts";
import { CapturesChanged, isUntouched, stateOf } from "./changed-captures.ts";
import { contentId } from "./content-id.ts";
import { FrameWriter } from "./frame-file.ts";
import { doOnce, type PendingFiles } from "./stage-files.ts";
import { StoredHash } from "./stored-hash.ts";
import { type PacketFindings, SurveyedPackets } from "./surveyed-packets.ts";
import type { CaptureCard, CaptureSurvey, StageContext, SurveyTask } from "./tasks.ts";
import type { TupleTable } from "./tuple-table.ts";

/** Changed when surveys of an older form can no longer be used. */
const SURVEY_FORM = 3;

/** What a file cannot help; all else would be found in it again. */
const OF_THE_SYSTEM: ReadonlySet<CaptureErrorCode> = new Set(["missing", "unreadable", "program-missing"]);

/** The task that surveys a file as it is now. */
export async function surveyTask(path: string): Promise<SurveyTask> {
  const absolute = resolve(path);
  const { size, mtimeMs } = await stat(absolute);
  const id = contentId(JSON.stringify([SURVEY_FORM, absolute, size, mtimeMs]));
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
  const hash = new StoredHash();
  let reader: CaptureReader;
  try {
    reader = await openCapture(task.path, { name: basename(task.path), onBytes: hash.add });
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    const refused = { ...surveyOfNothing(task), error: error.message };
    const isOfSystem = OF_THE_SYSTEM.has(error.code);
    return hashed(isOfSystem ? { ...refused, tryAgain: true } : refused, hash, task, context);
  }
  try {
    const found = await readThrough(reader, task, context, files);
    return await hashed(
      { ...surveyOfNothing(task), ...stateOfCapture(reader), ...found },
      hash,
      task,
      context,
    );
  } finally {
    reader.close();
  }
}

/** A survey that has found nothing yet. */
function surveyOfNothing(task: SurveyTask): CaptureSurvey {
  return {
    id: task.id,
    path: task.path,
    name: basename(task.path),
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
  };
}

/** The survey with the hash of the whole file; one of a file that cannot be read where that is so. */
async function hashed(
  found: CaptureSurvey,
  hash: StoredHash,
  task: SurveyTask,
  { signal }: StageContext,
): Promise<CaptureSurvey> {
  try {
    return { ...found, sha256: await hash.finish(task.path, signal) };
  } catch (error) {
    signal?.throwIfAborted();
    const { code } = error as NodeJS.ErrnoException;
    const reason = found.error ?? `${found.name} cannot be read: ${code ?? String(error)}`;
    return { ...surveyOfNothing(task), error: reason, tryAgain: true };
  }
}

/** What a capture that was read to its end says of itself. */
function stateOfCapture(
  reader: CaptureReader,
): Pick<
  CaptureSurvey,
  | "format"
  | "compression"
  | "status"
  | "packets"
  | "problems"
  | "problemCount"
  | "skippedBytes"
  | "dropped"
  | "unreadLinks"
> {
  return {
    format: reader.format,
    compression: reader.compression,
    status: reader.status,
    packets: reader.packets,
    problems: reader.problems.map(
      ({ code, offset, found, wanted, packetsBefore, skippedBytes, message }) => ({
        code,
        offset,
        found,
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
  };
}

/** Reads all packets; writes what later stages want of them. */
async function readThrough(
  reader: CaptureReader,
  task: SurveyTask,
  context: StageContext,
  files: PendingFiles,
): Promise<PacketFindings> {
  const tupleFile = await open(await files.place(`survey/${task.id}.tuples`), "wx");
  const lessons = await FrameWriter.create(await files.place(`survey/${task.id}.lessons`));
  const packets = new SurveyedPackets(reader, lessons);
  let tuples = 0;
  try {
    for (;;) {
      while (packets.read()) tuples += await takeOut(packets.tuples, tupleFile);
      context.signal?.throwIfAborted();
      context.progress?.(reader.bytesRead);
      await lessons.drain();
      const more = reader.refill();
      if (!(typeof more === "boolean" ? more : await more)) break;
    }
    packets.noteUnfinished();
    tuples += await takeOut(packets.tuples, tupleFile);
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
  return packets.findings(tuples);
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
