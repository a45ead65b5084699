import { AuditError } from "../audit-error.ts";
import { CapturesChanged } from "../changed-captures.ts";
import type { Failure } from "./workers.ts";

/** Codes of the system that say that nothing more can be written. */
const DISK_CODES = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** The memory that a task may take was not enough; thrown inside its worker. */
export class MemoryExceeded extends Error {
  override readonly name: string = "MemoryExceeded";
}

/** What an error that ended a task means. The engine and the system tell some of it in their messages only. */
export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const line = message.split("\n", 1)[0] ?? message;
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof CapturesChanged)
    return { kind: "changed", message, stack: "", captures: error.captures };
  if (error instanceof AuditError) return { kind: "user", message, stack: "" };
  if (error instanceof MemoryExceeded) return { kind: "memory", message, stack: "" };
  if (code === "ERR_WORKER_OUT_OF_MEMORY")
    return { kind: "memory", message: "it needs more memory than it may take", stack: "" };
  if (DISK_CODES.has(code ?? "") || /no space left on device/i.test(message))
    return { kind: "disk", message: line, stack: "" };
  if (
    /^Out of Memory Error/.test(message) ||
    /Array buffer allocation failed|Invalid array buffer length/.test(message)
  )
    return { kind: "memory", message: line, stack: "" };
  return { kind: "fault", message: line, stack: error instanceof Error ? (error.stack ?? message) : message };
}

/** Workers say in a failed job what went wrong; the queue itself only knows that a worker died again and again. */
export function readFailure(reason: string | undefined): Failure {
  try {
    const failure = JSON.parse(reason ?? "") as Partial<Failure>;
    if (typeof failure.kind === "string" && typeof failure.message === "string")
      return {
        kind: failure.kind,
        message: failure.message,
        stack: failure.stack ?? "",
        ...(Array.isArray(failure.captures) && { captures: failure.captures }),
      };
  } catch {
    // no failure of ours: the queue's own words
  }
  return { kind: "crashed", message: `its workers died (${reason ?? "no reason given"})`, stack: "" };
}
