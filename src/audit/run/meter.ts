import type { StageTask } from "../tasks.ts";

/** How far an audit is. */
export interface Progress {
  readonly stage: StageTask["stage"];
  /** Tasks of the stage. */
  readonly tasks: number;
  readonly tasksDone: number;
  /** Bytes of captures to read, surveys and maps together, and how many of them are read. */
  readonly bytes: number;
  readonly bytesDone: number;
  readonly bytesPerSecond: number | undefined;
  readonly secondsLeft: number | undefined;
  readonly captures: number;
  readonly capturesDone: number;
  /** Captures found damaged or unreadable so far, and those set aside. */
  readonly damaged: number;
  readonly setAside: number;
  /** Flows found so far. */
  readonly flows: number;
}

/** Counts what is done, so that somebody who looks knows how far it is and how long it will take. */
export class Meter {
  captures = 0;
  damaged = 0;
  setAside = 0;
  flows = 0;
  #stage: StageTask["stage"] = "survey";
  #tasks = 0;
  #tasksDone = 0;
  #bytes = 0;
  #doneBefore = 0;
  #done = 0;
  #capturesDone = 0;
  readonly #running = new Map<string, number>();
  readonly #now: () => number;
  readonly #began: number;
  readonly #onChange: (meter: Meter) => void;

  constructor(onChange: (meter: Meter) => void, now: () => number = () => performance.now()) {
    this.#onChange = onChange;
    this.#now = now;
    this.#began = now();
  }

  /** A stage begins: its tasks and those done in earlier runs; `bytes` and `bytesBefore` are of the whole audit. */
  begin(stage: StageTask["stage"], tasks: number, before: number, bytes: number, bytesBefore: number): void {
    this.#stage = stage;
    this.#tasks = tasks;
    this.#tasksDone = before;
    this.#bytes = bytes;
    this.#doneBefore = bytesBefore;
    if (stage === "survey") this.#capturesDone = before;
    // What was done in this run so far is part of what the stage finds done.
    else this.#doneBefore -= this.#done;
    this.#onChange(this);
  }

  /** A stage begins that reads no captures. */
  nextStage(stage: StageTask["stage"], tasks: number, before: number): void {
    this.#stage = stage;
    this.#tasks = tasks;
    this.#tasksDone = before;
    this.#onChange(this);
  }

  /** Bytes of a running task. */
  at(task: StageTask, bytes: number): void {
    this.#running.set(task.id, Math.min(bytes, bytesOf(task)));
    this.#onChange(this);
  }

  ended(task: StageTask, done: boolean): void {
    this.#running.delete(task.id);
    if (done) {
      this.#done += bytesOf(task);
      this.#tasksDone += 1;
      if (task.stage === "survey") this.#capturesDone += 1;
    }
    this.#onChange(this);
  }

  read(): Progress {
    let here = this.#done;
    for (const bytes of this.#running.values()) here += bytes;
    const seconds = (this.#now() - this.#began) / 1000;
    const bytesPerSecond = here > 0 && seconds > 0 ? here / seconds : undefined;
    const bytesDone = Math.min(this.#bytes, this.#doneBefore + here);
    const reading = this.#stage === "survey" || this.#stage === "map";
    return {
      stage: this.#stage,
      tasks: this.#tasks,
      tasksDone: this.#tasksDone,
      bytes: this.#bytes,
      bytesDone,
      bytesPerSecond,
      secondsLeft:
        reading && bytesPerSecond !== undefined ? (this.#bytes - bytesDone) / bytesPerSecond : undefined,
      captures: this.captures,
      capturesDone: this.#capturesDone,
      damaged: this.damaged,
      setAside: this.setAside,
      flows: this.flows,
    };
  }
}

/** Bytes of captures that a task reads, as stored. */
export function bytesOf(task: StageTask): number {
  if (task.stage === "survey") return task.size;
  return task.stage === "map" ? task.bytes : 0;
}
