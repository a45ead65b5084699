import { FINDINGS } from "../report/verdicts.ts";
import type { ResultFlow } from "../results/flow-result.ts";

/** Paths that are drawn, from the bottom up; what was not seen on top. */
const DRAWN_PATHS = ["expressroute", "internet", "mixed", "other", "local", "unknown"] as const;

/** Widths of a bucket, seconds: from a second to four weeks. */
const WIDTHS = [
  1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 43_200, 86_400, 604_800, 2_419_200,
];
/** Most buckets: more are not told apart on a screen. */
const MOST_BUCKETS = 300;

interface Bucket {
  readonly flows: number[];
  readonly bytes: number[];
  findings: number;
}

/** What the page draws: parallel lists, one item a bucket. */
export interface TimelineData {
  /** Seconds of a bucket. */
  readonly width: number;
  readonly times: readonly number[];
  readonly paths: readonly string[];
  /** By path, then by bucket. */
  readonly flows: readonly (readonly number[])[];
  readonly bytes: readonly (readonly number[])[];
  readonly findings: readonly number[];
}

/**
 * Flows and bytes over time, by the path out. The buckets grow as the time that they have to cover does: how wide
 * they end up depends on the flows, not on their order.
 */
export class Timeline {
  #buckets: Map<number, Bucket> = new Map();
  #width = 0;

  add(flow: ResultFlow): void {
    if (flow.start === undefined) return;
    const path = DRAWN_PATHS.findIndex((drawn) => drawn === pathOf(flow));
    const bucket = this.#bucketAt(flow.start.seconds);
    bucket.flows[path] = (bucket.flows[path] ?? 0) + 1;
    bucket.bytes[path] = (bucket.bytes[path] ?? 0) + (flow.bytes_out ?? 0) + (flow.bytes_back ?? 0);
    if (flow.verdict !== undefined && FINDINGS.has(flow.verdict)) bucket.findings += 1;
    while (this.#buckets.size > MOST_BUCKETS && this.#width < WIDTHS.length - 1) this.#widen();
  }

  #bucketAt(seconds: number): Bucket {
    const width = WIDTHS[this.#width] ?? 1;
    const start = Math.floor(seconds / width) * width;
    let bucket = this.#buckets.get(start);
    if (bucket === undefined) {
      bucket = { flows: DRAWN_PATHS.map(() => 0), bytes: DRAWN_PATHS.map(() => 0), findings: 0 };
      this.#buckets.set(start, bucket);
    }
    return bucket;
  }

  #widen(): void {
    const narrow = this.#buckets;
    this.#buckets = new Map();
    this.#width += 1;
    for (const [start, from] of narrow) {
      const to = this.#bucketAt(start);
      DRAWN_PATHS.forEach((_, i) => {
        to.flows[i] = (to.flows[i] ?? 0) + (from.flows[i] ?? 0);
        to.bytes[i] = (to.bytes[i] ?? 0) + (from.bytes[i] ?? 0);
      });
      to.findings += from.findings;
    }
  }

  /** Buckets without a flow between others are there, too, as far as there is room for them. */
  data(): TimelineData {
    const width = this.#evenWidth();
    const starts = [...this.#buckets.keys()].sort((a, b) => a - b);
    const [first = 0] = starts;
    const last = starts.at(-1) ?? 0;
    const times: number[] = [];
    if (starts.length > 0) for (let at = first; at <= last; at += width) times.push(at);
    const buckets = times.map((at) => this.#buckets.get(at));
    return {
      width,
      times,
      paths: DRAWN_PATHS,
      flows: DRAWN_PATHS.map((_, i) => buckets.map((bucket) => bucket?.flows[i] ?? 0)),
      bytes: DRAWN_PATHS.map((_, i) => buckets.map((bucket) => bucket?.bytes[i] ?? 0)),
      findings: buckets.map((bucket) => bucket?.findings ?? 0),
    };
  }

  /** A width at which all buckets from the first to the last are few enough. */
  #evenWidth(): number {
    for (;;) {
      const width = WIDTHS[this.#width] ?? 1;
      const starts = [...this.#buckets.keys()];
      const first = starts.reduce((a, b) => Math.min(a, b), Infinity);
      const last = starts.reduce((a, b) => Math.max(a, b), 0);
      if (this.#width === WIDTHS.length - 1 || (last - first) / width < MOST_BUCKETS) return width;
      this.#widen();
    }
  }
}

/** The path that tells most: out, or back where the way out was not captured. */
function pathOf(flow: ResultFlow): string {
  const { path_out: out, path_back: back } = flow;
  const path = out === "none" || out === "unknown" || out === undefined ? back : out;
  return path === undefined || path === "none" ? "unknown" : path;
}
