/** What a capture's clock was off by at a moment. */
export interface ClockAnchor {
  /** Seconds since 1970 by the capture's own clock. */
  readonly seconds: number;
  /** Nanoseconds to add to its times. */
  readonly offsetNs: number;
}

/**
 * What is to be added to a capture's times: a constant, or, where its clock runs faster or slower than the reference's,
 * straight lines between anchors. Before the first and behind the last one it goes on for half as long as between the
 * nearest two, and then stays: what was not compared is not guessed.
 */
export class ClockLine {
  readonly anchors: readonly ClockAnchor[];
  readonly #first: number;

  /** `anchors` by time; one makes a constant, none leaves times as they are. */
  constructor(anchors: readonly ClockAnchor[]) {
    this.anchors = anchors;
    this.#first = anchors[0]?.offsetNs ?? 0;
  }

  static constant(offsetNs: number): ClockLine {
    return offsetNs === 0 ? NO_OFFSET : new ClockLine([{ seconds: 0, offsetNs }]);
  }

  /** True when nothing is ever to be added. */
  get isZero(): boolean {
    return this.anchors.every((anchor) => anchor.offsetNs === 0);
  }

  /** Nanoseconds to add to a time of the capture, whole. */
  at(seconds: number): number {
    const { anchors } = this;
    if (anchors.length < 2) return this.#first;
    let to = 1;
    while (to < anchors.length - 1 && (anchors[to]?.seconds ?? 0) < seconds) to += 1;
    const x = anchors[to - 1];
    const y = anchors[to];
    if (x === undefined || y === undefined || y.seconds === x.seconds) return this.#first;
    const share = Math.min(Math.max((seconds - x.seconds) / (y.seconds - x.seconds), -0.5), 1.5);
    return Math.round(x.offsetNs + share * (y.offsetNs - x.offsetNs));
  }

  /** The line that leads the other way: what the reference's times need to be this capture's. */
  reversed(): ClockLine {
    return new ClockLine(
      this.anchors.map(({ seconds, offsetNs }) => ({
        seconds: seconds + offsetNs / 1e9,
        offsetNs: -offsetNs,
      })),
    );
  }

  /** This line and then that of the capture whose times it leads to. */
  then(next: ClockLine): ClockLine {
    if (this.anchors.length < 2 && next.anchors.length < 2)
      return ClockLine.constant(this.at(0) + next.at(0));
    // A constant's one anchor is at no moment.
    const bends = [
      ...(this.anchors.length < 2 ? [] : this.anchors.map(({ seconds }) => seconds)),
      ...(next.anchors.length < 2 ? [] : next.anchors.map(({ seconds }) => seconds - this.at(seconds) / 1e9)),
    ];
    return new ClockLine(
      bends
        .toSorted((x, y) => x - y)
        .map((seconds) => {
          const own = this.at(seconds);
          return { seconds, offsetNs: own + next.at(seconds + own / 1e9) };
        }),
    );
  }
}

/** Times are those of the reference. */
export const NO_OFFSET: ClockLine = new ClockLine([]);
