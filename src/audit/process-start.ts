import { readFileSync, readlinkSync } from "node:fs";

/** When a process began, in clock ticks since the machine's start (proc(5)); "" where that cannot be known. */
export function beganOf(pid: number): string {
  return fieldsOf(pid)[19] ?? "";
}

/** From the third field of proc(5)'s stat on, the state; the start is the 22nd. Empty where that cannot be read. */
function fieldsOf(pid: number): readonly string[] {
  // The second field is the program's name in brackets, with any characters in it.
  const text = readOr(`/proc/${pid}/stat`);
  return text === "" ? [] : text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** Which start of the machine this is; "" where that cannot be known. */
export function bootId(): string {
  return readOr("/proc/sys/kernel/random/boot_id").trim();
}

/**
 * Which numbering of processes this one has (pid_namespaces(7)): of containers on one machine each has its own, and a
 * process 1 in it. "" where that cannot be known.
 */
export function pidSpace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

/** Whether a process number of our own numbering is taken, by a process whose start `isIts` knows again. */
export function isRunning(pid: number, isIts: (began: string) => boolean): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  // Another user's processes may be hidden: then the number alone tells.
  const fields = fieldsOf(pid);
  // Dead, but nobody asked how it ended, as in a container whose first process does not: for as long as that runs.
  if (fields[0] === "Z" || fields[0] === "X") return false;
  const began = fields[19] ?? "";
  return began === "" || isIts(began);
}

function readOr(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
