import { UsageError } from "./exit.ts";

/** The words of an option, joined by `,`; undefined where it was not given. Throws UsageError for one that is not `known`. */
export function wordsOption(
  option: string,
  text: string | undefined,
  known: readonly string[],
): ReadonlySet<string> | undefined {
  if (text === undefined) return undefined;
  const words = text.split(",").map((word) => word.trim());
  for (const word of words)
    if (!known.includes(word))
      throw new UsageError(`${option} ${word}: wanted words out of ${known.join(", ")}`);
  return new Set(words);
}
