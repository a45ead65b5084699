const templates = new Map<number, number[]>();

/**
 * `length` zeros in an array that the engine keeps as bare doubles. For the few dozen numbers of which a stream has
 * several lists: a typed array of that size takes 400 bytes more, outside the heap, and ten times as long to make.
 */
export function doubles(length: number): number[] {
  const known = templates.get(length);
  if (known !== undefined) return known.slice();
  const made: number[] = [];
  for (let i = 0; i < length; i++) made.push(0.5); // of whole numbers, it would become a list of those
  made.fill(0);
  templates.set(length, made);
  return made.slice();
}
