import { type ExpandedInputs, expandInputs } from "../capture/inputs.ts";
import { UsageError } from "./exit.ts";
import type { RawInputOptions } from "./input-options.ts";
import type { Notes } from "./notes.ts";

type Named = Pick<RawInputOptions, "recursive" | "filesFrom">;

/** Throws where a command line names no capture. */
export function needCaptures(names: readonly string[], raw: Named): void {
  if (names.length === 0 && raw.filesFrom === undefined)
    throw new UsageError("no capture named: give files, folders or globs, or - for standard input");
}

/** The captures that a command line names; what is left out, missing or not there at all is said. */
export async function namedInputs(
  names: readonly string[],
  raw: Named,
  notes: Pick<Notes, "note" | "error">,
): Promise<ExpandedInputs> {
  const recursive = raw.recursive === true;
  const expanded = await expandInputs(names, {
    recursive,
    ...(raw.filesFrom === undefined ? {} : { filesFrom: raw.filesFrom }),
  });
  for (const skipped of expanded.skipped) notes.note(`${skipped.path}: left out, ${skipped.reason}`);
  for (const error of expanded.errors) notes.error(error.message);
  if (expanded.inputs.length === 0 && expanded.errors.length === 0)
    notes.error(
      names.length === 0
        ? `the list of --files-from ${raw.filesFrom ?? ""} names no capture`
        : `no capture was found${recursive ? "" : "; -r reads the folders inside folders, too"}`,
    );
  return expanded;
}
