import { statSync } from "node:fs";
import { whyUnread } from "./whole-file.ts";

/**
 * What stands there. `failed` makes the error where the system does not say ("FILE may not be read by this user"): in a
 * folder that is closed to this user nothing is missing, as `existsSync` has it.
 */
export function kindOf(path: string, failed: (message: string) => Error): "file" | "folder" | "nothing" {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return "nothing";
    return stats.isDirectory() ? "folder" : "file";
  } catch (error) {
    const why = whyUnread(error);
    if (why === "does not exist") return "nothing"; // a file stands where the path has a folder
    throw failed(`${path} ${why}`);
  }
}
