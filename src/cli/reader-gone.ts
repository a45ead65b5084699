/**
 * Whether a write failed because who reads a pipe went away, which is its right: the run ends quietly. Windows has two
 * words for it.
 */
export function isReaderGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EPIPE" || code === "EOF";
}
