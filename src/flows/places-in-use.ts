/** So many places are known one by one: a large table is not looked through for the few packets of a quiet time. */
const KNOWN = 256;

/** Which places of a table are in use, as long as they are few. */
export class PlacesInUse {
  /** All of them, unless there are as many as it can hold. */
  readonly #places: Uint32Array = new Uint32Array(KNOWN);
  #count = 0;

  /** A place is in use from now on. */
  note(at: number): void {
    if (this.#count < KNOWN) this.#places[this.#count++] = at;
  }

  /** It is not known any more which are in use. */
  lose(): void {
    this.#count = KNOWN;
  }

  /** Asks of all places in use, and of others where it is not known which are, of `size` in all, whether they stay so. */
  sift(size: number, stays: (at: number) => boolean): void {
    const count = this.#count;
    this.#count = 0;
    if (count < KNOWN) {
      for (let i = 0; i < count; i++) {
        const at = this.#places[i] ?? 0;
        if (stays(at)) this.note(at);
      }
    } else for (let at = 0; at < size; at++) if (stays(at)) this.note(at);
  }
}
