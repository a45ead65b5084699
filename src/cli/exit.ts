/** Exit statuses; the first that applies: 70, 130, 2, 1, 3, 0. */
export const EXIT_OK = 0;
/** A `--fail-on` condition was met. */
export const EXIT_CONDITION = 1;
/** Bad usage, a bad site file or route table, or no input that could be read. */
export const EXIT_USAGE = 2;
/** Done, but part of the input was broken, skipped or missing. */
export const EXIT_PARTIAL = 3;
/** A fault of ours. */
export const EXIT_FAULT = 70;
export const EXIT_INTERRUPTED = 130;

/** Something that the user has to change; the message says what, and the program ends with status 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}
