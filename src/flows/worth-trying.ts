/** Tries between two looks at how often they succeeded. */
const TRIES = 1024;
/** Fewer successes are not worth the tries; so many occasions pass before the next ones. */
const ENOUGH = TRIES / 4;
const REST = 8 * TRIES;

/** Whether to try what saves work when it succeeds and wastes some when it does not: not for a while after it mostly failed. */
export class WorthTrying {
  #tries = 0;
  #successes = 0;
  #rest = 0;

  /** Asked at each occasion; `note` is told what became of the try. */
  ask(): boolean {
    if (this.#rest === 0) return true;
    this.#rest -= 1;
    return false;
  }

  note(success: boolean): void {
    if (success) this.#successes += 1;
    this.#tries += 1;
    if (this.#tries < TRIES) return;
    if (this.#successes < ENOUGH) this.#rest = REST;
    this.#tries = 0;
    this.#successes = 0;
  }
}
