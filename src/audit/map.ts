import { ClockLine, NO_OFFSET } from "../capture/clock-line.ts";
import type { CaptureError } from "../capture/errors.ts";
import { CaptureMerge } from "../capture/merge.ts";
import { FlowKey } from "../flows/flow-key.ts";
import type { FlowRecords } from "../flows/flow-records.ts";
import { Cards } from "./cards.ts";
import { CapturesChanged, CaptureWatch } from "./changed-captures.ts";
import { FrameWriter } from "./frame-file.ts";
import { KeySet } from "./key-set.ts";
import { LegFile } from "./leg-file.ts";
import { LegFollower } from "./leg-follower.ts";
import { LessonFinder } from "./lessons.ts";
import { LessonMerge } from "./lesson-merge.ts";
import { describeLinks } from "./link-file.ts";
import { numberedCaptures } from "./map-captures.ts";
import { bucketOf, FRAGMENTS, readKeys } from "./parts.ts";
import { readSettings } from "./settings.ts";
import { doOnce, type PendingFiles } from "./stage-files.ts";
import type { MapResult, MapTask, PlannedCapture, StageContext } from "./tasks.ts";
import { EARLIEST } from "./windows.ts";

/** What comes this long before a window is decoded for the sake of fragments that belong together. Seconds. */
const RUN_IN_SECONDS = 2;

/**
 * Follows the flows of a window of time over all captures. Those that cross its borders are left to reduce: their
 * packets go to `map/ID.parts`; the legs of the others to `map/ID.legs.parquet`, their links to `map/ID.links.json`.
 */
export async function runMap(
  directory: string,
  task: MapTask,
  context: StageContext = {},
): Promise<MapResult> {
  return doOnce(directory, task, (files) => map(directory, task, context, files));
}

async function map(
  directory: string,
  task: MapTask,
  context: StageContext,
  files: PendingFiles,
): Promise<MapResult> {
  const settings = await readSettings(directory, task.settings);
  const captures = numberedCaptures(task);
  const cards = new Cards(directory, captures);
  const crossing =
    task.crossing === undefined ? undefined : new KeySet(await readKeys(directory, task.crossing));
  const legs = new LegFile(await files.place(`map/${task.id}.legs.parquet`));
  let parts: FrameWriter | undefined;
  let merge: CaptureMerge | undefined;
  try {
    if (crossing !== undefined) parts = await FrameWriter.create(await files.place(`map/${task.id}.parts`));
    const follower = new LegFollower({
      settings,
      disorderSeconds: task.disorderSeconds,
      several: task.several,
      pointOf: (capture, interfaceIndex) => cards.pointOf(capture, interfaceIndex),
      ended: (flow, recognition) => {
        const { observer } = follower.reading;
        // A flow of lessons that another task follows.
        if (crossing !== undefined && isCrossing(crossing, observer, flow)) return;
        legs.add(observer, flow, recognition);
      },
    });
    const { reading } = follower;
    reading.setClocks(captures.map(({ anchors }) => new ClockLine(anchors)));
    const finder = new LessonFinder();
    await learn(directory, task, captures, follower, crossing, finder, context);
    const copiesBefore = reading.copies.count;

    const watch = await CaptureWatch.begin(task.captures);
    merge = await openAll(task.captures);
    const window = new Window(task, follower, merge, crossing, parts, finder);
    await window.readAll(context);
    refuseUnread(merge);
    await watch.end();
    follower.endAll();
    legs.finish();
    await parts?.finish();
    await files.writeJson(`map/${task.id}.links.json`, describeLinks(reading));
    return {
      id: task.id,
      packets: window.packets,
      copies: reading.copies.count - copiesBefore,
      legs: legs.count,
      crossingPackets: parts?.frames ?? 0,
      evicted: follower.evicted,
    };
  } finally {
    merge?.close();
    legs.close();
    await parts?.abandon();
  }
}

/** Steps through the packets of one window. */
class Window {
  /** Packets of the window so far. */
  packets = 0;
  readonly #task: MapTask;
  readonly #follower: LegFollower;
  readonly #merge: CaptureMerge;
  readonly #crossing: KeySet | undefined;
  readonly #parts: FrameWriter | undefined;
  readonly #finder: LessonFinder;
  readonly #key = new FlowKey();
  /** Place in time of each capture: the latest time that it had. A packet that is late lies beside it. */
  readonly #positions: Float64Array;

  constructor(
    task: MapTask,
    follower: LegFollower,
    merge: CaptureMerge,
    crossing: KeySet | undefined,
    parts: FrameWriter | undefined,
    finder: LessonFinder,
  ) {
    this.#task = task;
    this.#follower = follower;
    this.#merge = merge;
    this.#crossing = crossing;
    this.#parts = parts;
    this.#finder = finder;
    this.#positions = new Float64Array(task.captures.length);
  }

  /** Takes all packets up to the window's end. */
  async readAll(context: StageContext): Promise<void> {
    const merge = this.#merge;
    for (;;) {
      const over = this.#read();
      context.signal?.throwIfAborted();
      context.progress?.(merge.bytesRead);
      this.#follower.sweep();
      await this.#parts?.drain();
      if (over) return;
      const more = merge.refill();
      if (!(typeof more === "boolean" ? more : await more)) return;
    }
  }

  /** Takes what is buffered; true when the window's end is reached. */
  #read(): boolean {
    const { from, to } = this.#task;
    const merge = this.#merge;
    const { reading } = this.#follower;
    const positions = this.#positions;
    while (merge.next()) {
      const { frame, captureIndex: capture } = merge;
      reading.align(frame, capture);
      let position = positions[capture] ?? 0;
      if (frame.timed && frame.seconds > position) positions[capture] = position = frame.seconds;
      // All other captures' next packets are later still.
      if (position >= to) return true;
      if (position < from) {
        if (position >= from - RUN_IN_SECONDS) reading.decode(frame);
        continue;
      }
      this.packets += 1;
      if (this.#crossing === undefined) {
        reading.take(frame, capture);
        continue;
      }
      reading.decode(frame);
      if (!this.#setAside(capture, position)) reading.follow(frame, capture);
    }
    return false;
  }

  /** True for a packet that another task follows. Fragments go to all: which flow they are of may only be told later. */
  #setAside(capture: number, position: number): boolean {
    const { frame } = this.#merge;
    const { reading } = this.#follower;
    const { packet } = reading;
    const key = this.#key;
    if (packet.fragment) this.#parts?.add(FRAGMENTS, frame, capture, position);
    if (!key.ofPacket(packet) || this.#crossing?.has(key.high, key.low) !== true) return false;
    if (!packet.fragment) this.#parts?.add(bucketOf(key.high), frame, capture, position);
    if (this.#finder.isLesson(packet, key)) reading.follow(frame, capture);
    else reading.point(frame, capture);
    return true;
  }
}

/** Learns what the captures told of other flows before the window. */
async function learn(
  directory: string,
  task: MapTask,
  captures: readonly PlannedCapture[],
  follower: LegFollower,
  crossing: KeySet | undefined,
  finder: LessonFinder,
  context: StageContext,
): Promise<void> {
  if (task.from === EARLIEST) return;
  const { reading } = follower;
  const teachers = new Set(task.lessons.map(({ survey }) => survey));
  const lessons = new LessonMerge(
    directory,
    captures
      .map((capture, index) => ({ capture, index }))
      .filter(({ capture }) => teachers.has(capture.survey)),
  );
  follower.learning = true;
  try {
    const limit = task.from - 1;
    for (;;) {
      while (lessons.next(limit)) {
        reading.align(lessons.frame, lessons.capture);
        reading.decode(lessons.frame);
        // What of their messages comes in the window is one, too.
        if (KEY.ofPacket(reading.packet)) finder.isLesson(reading.packet, KEY);
        reading.follow(lessons.frame, lessons.capture);
      }
      context.signal?.throwIfAborted();
      follower.sweep();
      if (!(await lessons.refill(limit))) break;
    }
    // Crossing ones go on, for what they still teach.
    const { observer } = reading;
    const { table } = observer;
    table.forEachLive((flow) => {
      if (crossing === undefined || !isCrossing(crossing, observer, flow)) table.end(flow);
    });
  } finally {
    await lessons.close();
    follower.learning = false;
  }
}

function isCrossing(crossing: KeySet, records: FlowRecords, flow: number): boolean {
  KEY.ofFlow(records, flow);
  return crossing.has(KEY.high, KEY.low);
}

const KEY = new FlowKey();

async function openAll(captures: readonly PlannedCapture[]): Promise<CaptureMerge> {
  const clocks = new Map(captures.map(({ path, anchors }) => [path, new ClockLine(anchors)]));
  const merge = await CaptureMerge.plan(
    captures.map(({ path, name }) => ({ path, name, source: path })),
    { clockOf: ({ path }) => clocks.get(path) ?? NO_OFFSET },
  );
  const [error] = merge.errors;
  if (error === undefined) return merge;
  merge.close();
  throw notOpened(error);
}

/** Throws where a capture could not be read to its end: its survey read all of it. */
function refuseUnread({ captures }: CaptureMerge): void {
  for (const { error, reader, input } of captures) {
    if (error !== undefined) throw notOpened(error);
    const failed = reader?.problems.find(({ code }) => code === "read-failed");
    if (failed !== undefined) throw new CapturesChanged(failed.message, [input.path]);
  }
}

/** It was opened when it was surveyed. */
function notOpened({ message, path }: CaptureError): CapturesChanged {
  return new CapturesChanged(message, [path]);
}
