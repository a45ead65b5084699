/** Capture seconds between two sweeps. */
const SWEEP_SECONDS = 10;

/** Tells when to look for idle flows again: so seldom that what a sweep costs is little beside what the packets cost. */
export class SweepPace {
  #sweptAt = 0;
  #sweptPackets = 0;

  /**
   * Whether a sweep is due, which is then taken for done. `seconds`: the capture's time; `packets`: read so far; `live`: flows that a
   * sweep would look at, at most one for each packet since the last one.
   */
  isDue(seconds: number, packets: number, live: number): boolean {
    if (Math.abs(seconds - this.#sweptAt) < SWEEP_SECONDS) return false;
    if (packets - this.#sweptPackets < live) return false;
    this.#sweptAt = seconds;
    this.#sweptPackets = packets;
    return true;
  }
}
