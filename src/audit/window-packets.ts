import { Frame } from "../capture/frame.ts";
import { FrameFile } from "./frame-file.ts";
import { placeOf } from "./layout.ts";
import { bucketsOf, FRAGMENTS } from "./parts.ts";
import type { MapOutput, ReduceTask } from "./tasks.ts";

/**
 * The packets that one map task set aside for a part, fragments of all parts among them, in the order in which the task
 * met them; their times are the reference's.
 */
export class WindowPackets {
  frame: Frame = new Frame();
  /** Of the frame: capture among those of the reduce task, and place in time. */
  capture = 0;
  position = 0;
  readonly #files: readonly { readonly file: FrameFile; pending: boolean; ended: boolean }[];
  readonly #captures: readonly number[];

  private constructor(files: readonly FrameFile[], captures: readonly number[]) {
    this.#files = files.map((file) => ({ file, pending: false, ended: false }));
    this.#captures = captures;
  }

  static async open(directory: string, map: MapOutput, task: ReduceTask): Promise<WindowPackets> {
    const path = placeOf(directory, `map/${map.id}.parts`);
    const files: FrameFile[] = [];
    for (const bucket of [...bucketsOf(task.part, task.parts), FRAGMENTS])
      files.push(await FrameFile.open(path, bucket));
    return new WindowPackets(files, map.captures);
  }

  get bytesRead(): number {
    return this.#files.reduce((sum, { file }) => sum + file.bytesRead, 0);
  }

  /** Steps to the next packet among what is buffered; false: call `refill`. */
  next(): boolean {
    let first: FrameFile | undefined;
    for (const source of this.#files) {
      if (source.ended) continue;
      if (!source.pending) {
        if (!source.file.next()) return false;
        source.pending = true;
      }
      if (first === undefined || source.file.sequence < first.sequence) first = source.file;
    }
    for (const source of this.#files) if (source.file === first) source.pending = false;
    if (first === undefined) return false;
    this.frame = first.frame;
    this.capture = this.#captures[first.capture] ?? -1;
    this.position = first.position;
    return true;
  }

  /** Reads more; false: nothing more. */
  async refill(): Promise<boolean> {
    let more = false;
    for (const source of this.#files) {
      if (source.ended) continue;
      if (source.pending || source.file.next()) source.pending = more = true;
      else if (await source.file.refill()) more = true;
      else source.ended = true;
    }
    return more;
  }

  async close(): Promise<void> {
    for (const { file } of this.#files) await file.close();
  }
}
