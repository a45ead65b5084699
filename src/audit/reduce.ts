import { ClockLine } from "../capture/clock-line.ts";
import { FlowKey } from "../flows/flow-key.ts";
import { Cards } from "./cards.ts";
import { KeySet } from "./key-set.ts";
import { LegFile } from "./leg-file.ts";
import { LegFollower } from "./leg-follower.ts";
import { LessonMerge } from "./lesson-merge.ts";
import { describeLinks } from "./link-file.ts";
import { bucketOf, bucketsOf, readKeys } from "./parts.ts";
import { readSettings } from "./settings.ts";
import { demandJson, doOnce, type PendingFiles } from "./stage-files.ts";
import type { MapResult, ReduceResult, ReduceTask, StageContext } from "./tasks.ts";
import { WindowPackets } from "./window-packets.ts";

/**
 * Follows the flows of a range of keys that cross borders of windows, from their first packet to their last, through
 * the packets that all map tasks set aside. Their legs go to `reduce/ID.legs.parquet`.
 */
export async function runReduce(
  directory: string,
  task: ReduceTask,
  context: StageContext = {},
): Promise<ReduceResult> {
  return doOnce(directory, task, async (files) => {
    for (const { id } of task.maps) await demandJson<MapResult>(directory, `map/${id}.json`);
    return reduce(directory, task, context, files);
  });
}

async function reduce(
  directory: string,
  task: ReduceTask,
  context: StageContext,
  files: PendingFiles,
): Promise<ReduceResult> {
  const settings = await readSettings(directory, task.settings);
  const cards = new Cards(directory, task.captures);
  const keys = await keysOf(directory, task);
  const legs = new LegFile(await files.place(`reduce/${task.id}.legs.parquet`));
  const lessons = new LessonMerge(
    directory,
    task.captures.map((capture, index) => ({ capture, index })),
  );
  try {
    const key = new FlowKey();
    const follower = new LegFollower({
      settings,
      disorderSeconds: task.disorderSeconds,
      several: task.several,
      pointOf: (capture, interfaceIndex) => cards.pointOf(capture, interfaceIndex),
      ended: (flow, recognition) => {
        const { observer } = follower.reading;
        key.ofFlow(observer, flow);
        // The others are flows of lessons.
        if (keys.has(key.high, key.low)) legs.add(observer, flow, recognition);
      },
    });
    const { reading } = follower;
    reading.setClocks(task.captures.map(({ anchors }) => new ClockLine(anchors)));
    const part = new Part(follower, keys, lessons, context);
    for (const map of keys.size > 0 ? task.maps : []) {
      if (map.crossing === undefined) continue;
      const packets = await WindowPackets.open(directory, map, task);
      try {
        await part.follow(packets);
      } finally {
        await packets.close();
      }
    }
    follower.endAll();
    legs.finish();
    await files.writeJson(`reduce/${task.id}.links.json`, describeLinks(reading));
    return { id: task.id, legs: legs.count };
  } finally {
    await lessons.close();
    legs.close();
  }
}

/** Steps through the packets of one part, window by window, and beside them through the lessons of all captures. */
class Part {
  readonly #follower: LegFollower;
  readonly #keys: KeySet;
  readonly #lessons: LessonMerge;
  readonly #context: StageContext;
  readonly #key = new FlowKey();
  /** Bytes of the windows before. */
  #bytesDone = 0;

  constructor(follower: LegFollower, keys: KeySet, lessons: LessonMerge, context: StageContext) {
    this.#follower = follower;
    this.#keys = keys;
    this.#lessons = lessons;
    this.#context = context;
  }

  /** Follows what was set aside of one window. */
  async follow(packets: WindowPackets): Promise<void> {
    const { reading } = this.#follower;
    do {
      while (packets.next()) {
        if (this.#lessons.due(packets.position)) await this.#learn(packets.position);
        reading.decode(packets.frame);
        if (this.#isOwn()) reading.follow(packets.frame, packets.capture);
      }
      this.#context.signal?.throwIfAborted();
      this.#context.progress?.(this.#bytesDone + packets.bytesRead);
      this.#follower.sweep();
    } while (await packets.refill());
    this.#bytesDone += packets.bytesRead;
  }

  /** Learns what the captures tell by a moment, but for the packets that are followed here anyway. */
  async #learn(position: number): Promise<void> {
    const { reading } = this.#follower;
    const lessons = this.#lessons;
    do {
      while (lessons.next(position)) {
        reading.align(lessons.frame, lessons.capture);
        reading.decodeApart(lessons.frame);
        if (!this.#isOwn()) reading.follow(lessons.frame, lessons.capture);
      }
    } while (await lessons.refill(position));
  }

  /** True where the packet that was decoded is of a flow of this part. */
  #isOwn(): boolean {
    const key = this.#key;
    return key.ofPacket(this.#follower.reading.packet) && this.#keys.has(key.high, key.low);
  }
}

/** Keys of this part, of all windows. */
async function keysOf(directory: string, task: ReduceTask): Promise<KeySet> {
  const buckets = new Set(bucketsOf(task.part, task.parts));
  const pairs: number[] = [];
  for (const { crossing } of task.maps) {
    if (crossing === undefined) continue;
    const keys = await readKeys(directory, crossing);
    for (let i = 0; i < keys.length; i += 2) {
      const high = keys[i] ?? 0;
      if (buckets.has(bucketOf(high))) pairs.push(high, keys[i + 1] ?? 0);
    }
  }
  return new KeySet(Uint32Array.from(pairs));
}
