import { readFileSync } from "node:fs";

/** When a process began, in clock ticks since the machine's start (proc(5)); "" where that cannot be known. */
export function beganOf(pid: number): string {
  // The second field is the program's name in brackets, with any characters in it; the 22nd is the start.
  const text = readOr(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

/** Which start of the machine this is; "" where that cannot be known. */
export function bootId(): string {
  return readOr("/proc/sys/kernel/random/boot_id").trim();
}

function readOr(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
