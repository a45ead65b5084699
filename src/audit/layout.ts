import { join } from "node:path";
import type { AuditFile, StageTask } from "./tasks.ts";

/** The file whose being there says that a task is done: its answer. The task's other files are published before it. */
export function answerFile(task: Pick<StageTask, "stage" | "id">): AuditFile {
  return `${task.stage}/${task.id}.json`;
}

/** A path below the audit's folder. */
export function placeOf(directory: string, file: AuditFile): string {
  return join(directory, ...file.split("/"));
}
