/** Fields of an object under their names in lower case; empty for anything else. */
export function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  if (!isObject(value)) return new Map();
  return new Map(Object.entries(value).map(([name, field]) => [name.toLowerCase(), field]));
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

/** "65000 12076 ?" gives "65000 12076"; what is no number ends a path. */
export function asNumbers(path: string): string {
  return /^[\d\s{}.()]*/.exec(path.trim())?.[0].trim() ?? "";
}

/** Gives the line of one match after the other, in the order of the text; that of the last one where there is none. `key` has the flag `g`. */
export function linesOf(text: string, key: RegExp): () => number {
  const own = new RegExp(key);
  let line = 1;
  let counted = 0;
  return () => {
    const found = own.exec(text);
    if (found === null) return line;
    for (; counted < found.index; counted++) if (text.charCodeAt(counted) === 10) line += 1;
    return line;
  };
}
