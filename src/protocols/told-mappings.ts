import type { AddressWords } from "../address/address.ts";
import type { Direction } from "../words.ts";

/** Most moments kept of one flow. */
const MAX_MOMENTS = 256;

interface Mapping {
  readonly words: AddressWords;
  readonly direction: Direction;
}

/**
 * When the answers of one flow began to tell another mapped address than before: source NAT moved to another pool. Most
 * flows are told one address only, of which nothing is kept but that it was the last. Ports do not count.
 */
export class ToldMappings<Told extends Mapping> {
  readonly #last: [Told | undefined, Told | undefined] = [undefined, undefined];
  readonly #lastMs: [number, number] = [0, 0];
  #moments: { readonly told: Told; readonly timeMs: number }[] | undefined = undefined;

  add(told: Told, timeMs: number): void {
    const { direction } = told;
    const last = this.#last[direction];
    if (last === undefined) {
      this.#last[direction] = told;
      this.#lastMs[direction] = timeMs;
      return;
    }
    if (isSame(last.words, told.words)) return;
    const moments = (this.#moments ??= []);
    this.#last[direction] = told;
    if (moments.length >= MAX_MOMENTS) {
      // Of what goes to and fro for so long the end counts.
      const latest = moments.findLastIndex((item) => item.told.direction === direction);
      moments.splice(latest < 0 ? moments.length - 1 : latest, 1);
      moments.push({ told, timeMs });
      return;
    }
    if (!moments.some((item) => item.told.direction === direction))
      moments.push({ told: last, timeMs: this.#lastMs[direction] });
    moments.push({ told, timeMs });
  }

  /** When a mapping began to be told, in the order of packets; undefined unless another was told, too. */
  since(told: Told): { seconds: number; nanoseconds: number }[] | undefined {
    const moments = this.#moments?.filter((item) => item.told === told) ?? [];
    return moments.length === 0 ? undefined : moments.map(({ timeMs }) => momentOf(timeMs));
  }
}

function isSame(x: Mapping["words"], y: Mapping["words"]): boolean {
  return x[3] === y[3] && x[2] === y[2] && x[1] === y[1] && x[0] === y[0];
}

/** Milliseconds since 1970 are good to a quarter of a microsecond in a double. */
function momentOf(timeMs: number): { seconds: number; nanoseconds: number } {
  const microseconds = Math.round(timeMs * 1000);
  const seconds = Math.floor(microseconds / 1_000_000);
  return { seconds, nanoseconds: (microseconds - seconds * 1_000_000) * 1000 };
}
