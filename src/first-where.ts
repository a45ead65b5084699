/**
 * The first of the places 0 to `count` - 1 for which `holds`; `count` where it holds for none. It has to hold for every place
 * after one for which it does: this is a binary search.
 */
export function firstWhere(count: number, holds: (place: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
