/** A result that cannot be read, or is none: exit status 2. The message names the file, the line and what was wanted. */
export class ResultError extends Error {
  override readonly name: string = "ResultError";
}
