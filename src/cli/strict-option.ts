/** Option `--strict` of a command that reads captures. */
export const STRICT_CAPTURES = [
  "--strict",
  "exit with status 2 instead of 3: part of the input was broken",
] as const;

/** Option `--strict` of a command that reads results. */
export const STRICT_RESULTS = [
  "--strict",
  "exit with status 2 instead of 3: a result is empty, as one that was never written is",
] as const;

/** Option `--strict` of a command that fetches lists. */
export const STRICT_CLOUDS = [
  "--strict",
  "exit with status 2 instead of 3: some of several clouds could not be fetched",
] as const;
