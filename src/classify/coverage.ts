import type { WatchedPath } from "../path/absence.ts";
import { contextShares } from "./direction-facts.ts";
import type { Leg } from "./leg.ts";
import type { Links } from "./links.ts";
import { isPublic } from "./public-address.ts";
import type { SiteView } from "./site-view.ts";

/** Time span of a capture point in seconds, and whether anything of it was lost. */
export interface PointSpan {
  first: number;
  last: number;
}

/** Which of a site's `complete` paths were watched without a gap, and when. */
export class Coverage {
  readonly #view: SiteView;
  readonly #links: Links;
  /** Spans by capture point; the reader fills them. */
  readonly spans: PointSpan[] = [];
  /** Captures that are known to have lost packets: declared complete or not, they prove no absence. */
  readonly lossy: Set<number> = new Set();

  constructor(view: SiteView, links: Links) {
    this.#view = view;
    this.#links = links;
  }

  /** True when some path of the site is declared complete: only then spans are needed. */
  get needed(): boolean {
    return this.#view.site.paths.some((path) => path.complete);
  }

  /** The site's paths as they were watched for a flow's legs from `start` to `end`, seconds. */
  watched(legs: readonly Leg[], start: number, end: number): WatchedPath[] {
    return this.#view.site.paths.map((path) => ({
      index: path.index,
      name: path.name,
      kind: path.kind,
      completeThen:
        path.complete &&
        this.#covered(path.index, start, end) &&
        (path.nat.length === 0 || this.#wouldShow(path.index, legs)),
    }));
  }

  #covered(path: number, start: number, end: number): boolean {
    return this.#links.pointsOf(path).some((point) => {
      const span = this.spans[point];
      const capture = this.#links.points[point]?.capture ?? -1;
      return (
        span !== undefined && !this.lossy.has(capture) && span.first <= start + 1 && span.last >= end - 1
      );
    });
  }

  /**
   * Whether a flow on a path with a NAT pool would be known there. An inside address is another one behind source NAT, and not
   * every flow has what joins it with itself: it is missing from the path by name only.
   */
  #wouldShow(path: number, legs: readonly Leg[]): boolean {
    return legs.some(
      (leg) =>
        isPublic(leg.near.words) ||
        ([0, 1] as const).some((direction) =>
          contextShares(leg, direction).some(({ context }) => {
            const { out, back } = this.#links.evidence(context);
            return [...out, ...back].some((mark) => mark.pathIndex === path);
          }),
        ),
    );
  }
}
