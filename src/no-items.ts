/**
 * The empty list. To the engine it is of the same kind as lists of objects, which a `[]` is not until something was put
 * into it: code compiled for the one would be thrown away at the first of the other.
 */
export const NO_ITEMS: readonly never[] = emptied([{} as never]);

function emptied(list: never[]): readonly never[] {
  list.length = 0;
  return list;
}
