import { whyUnread } from "../files/whole-file.ts";
import { CaptureError } from "./errors.ts";

/**
 * Why the system did not open an input, or found nothing of that name (`error` is undefined then). `shown` is how the
 * message names it.
 */
export function pathError(error: unknown, path: string, shown: string): CaptureError {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (!(error instanceof Error) || code === "ENOENT" || code === "ENOTDIR")
    return new CaptureError("missing", path, `${shown} does not exist`);
  const why = "syscall" in error ? whyUnread(error) : `cannot be read: ${error.message}`;
  return new CaptureError("unreadable", path, `${shown} ${why}`);
}
