interface Span {
  readonly from: number;
  to: number;
}

/** Times in which something was, as spans that may overlap: however many, one is found in few steps. */
export class TimeSpans {
  #spans: Span[] = [];
  #settled = true;

  /** Both ends are within it. */
  add(from: number, to: number): void {
    this.#spans.push({ from, to });
    this.#settled = false;
  }

  holds(time: number): boolean {
    if (!this.#settled) this.#settle();
    const spans = this.#spans;
    // How many begin at the time or before it: only the last of these may reach so far.
    let begun = 0;
    for (let end = spans.length; begun < end;) {
      const middle = (begun + end) >>> 1;
      if ((spans[middle]?.from ?? 0) <= time) begun = middle + 1;
      else end = middle;
    }
    const last = spans[begun - 1];
    return last !== undefined && time <= last.to;
  }

  /** In order, those that overlap made one. */
  #settle(): void {
    const apart: Span[] = [];
    for (const { from, to } of this.#spans.toSorted((x, y) => x.from - y.from)) {
      const last = apart.at(-1);
      if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
      else apart.push({ from, to });
    }
    this.#spans = apart;
    this.#settled = true;
  }
}
