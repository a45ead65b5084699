import { stat } from "node:fs/promises";
import type { CaptureInput } from "./inputs.ts";

/** Whether a capture is gone when it was read: standard input, or a pipe or the like that has a name. */
export async function isReadOnce({ source }: CaptureInput): Promise<boolean> {
  if (typeof source !== "string") return true;
  const found = await stat(source).catch(() => undefined); // who opens it says what is wrong
  return found !== undefined && !found.isFile() && !found.isBlockDevice();
}
