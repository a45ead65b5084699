import { stat } from "node:fs/promises";
import { AuditError } from "./audit-error.ts";
import type { PlannedCapture } from "./tasks.ts";

/** Captures that are not what they were: still being written, written over, or gone. A later run may find them at rest. */
export class CapturesChanged extends AuditError {
  override readonly name: string = "CapturesChanged";
  /** Their paths. */
  readonly captures: readonly string[];

  constructor(message: string, captures: readonly string[]) {
    super(message);
    this.captures = captures;
  }
}

/** A file at one moment. */
export interface FileState {
  readonly size: number;
  readonly mtimeMs: number;
}

/** Undefined for a file that is gone. */
export async function stateOf(path: string): Promise<FileState | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? undefined : { size: found.size, mtimeMs: found.mtimeMs };
}

/** Whether nobody wrote to a file between two looks of one machine at it. */
export function isUntouched(before: FileState | undefined, after: FileState | undefined): boolean {
  return before?.size === after?.size && before?.mtimeMs === after?.mtimeMs;
}

/** Watches that captures stay what they were surveyed as while a window of them is read. */
export class CaptureWatch {
  readonly #captures: readonly PlannedCapture[];
  readonly #states: readonly (FileState | undefined)[];

  private constructor(captures: readonly PlannedCapture[], states: readonly (FileState | undefined)[]) {
    this.#captures = captures;
    this.#states = states;
  }

  /** Throws CapturesChanged for those that are other files now. */
  static async begin(captures: readonly PlannedCapture[]): Promise<CaptureWatch> {
    const states: (FileState | undefined)[] = [];
    for (const { path } of captures) states.push(await stateOf(path));
    demandNone(captures.filter((capture, i) => !isAsSurveyed(states[i], capture)));
    return new CaptureWatch(captures, states);
  }

  /** Throws CapturesChanged for those that were written to meanwhile. */
  async end(): Promise<void> {
    const changed: PlannedCapture[] = [];
    for (const [i, capture] of this.#captures.entries())
      if (!isUntouched(this.#states[i], await stateOf(capture.path))) changed.push(capture);
    demandNone(changed);
  }
}

/** Whole seconds are compared: of the fractions, some file systems tell other machines less, or later on. */
function isAsSurveyed(state: FileState | undefined, { size, modifiedSeconds }: PlannedCapture): boolean {
  return state?.size === size && Math.floor(state.mtimeMs / 1000) === modifiedSeconds;
}

function demandNone(changed: readonly PlannedCapture[]): void {
  if (changed.length === 0) return;
  const names = changed.map(({ name }) => name).join(", ");
  const paths = changed.map(({ path }) => path);
  const since = changed.length === 1 ? "has changed since it was" : "have changed since they were";
  throw new CapturesChanged(`${names} ${since} surveyed: run the audit again`, paths);
}
