import type { WatchedPath } from "../path/absence.ts";
import { NO_PATH, type SitePath } from "../site/site.ts";
import type { OutBack } from "../words.ts";
import { contextShares } from "./context-shares.ts";
import type { Leg } from "./leg.ts";
import type { Links } from "./links.ts";
import { isPublic } from "./public-address.ts";
import { ShownAddresses } from "./shown-addresses.ts";
import type { SiteView } from "./site-view.ts";

/** A name that only a file has; whatever else is missing may be a folder, or a glob, of captures with any names. */
const CAPTURE_NAME = /^[^*?[\]{}()!]*\.(?:pcap\d*|pcapng|ntar|cap|dmp)(?:\.[a-z0-9]{1,4})*$/i;

/** Time span of a capture point, seconds since 1970. */
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
  readonly addresses: ShownAddresses = new ShownAddresses();
  /** Captures that are known to have lost packets: declared complete or not, they prove no absence. */
  readonly lossy: Set<number> = new Set();
  /** Base names of what was asked for and of which nothing could be read. */
  readonly unread: Set<string> = new Set();

  constructor(view: SiteView, links: Links) {
    this.#view = view;
    this.#links = links;
  }

  /** True when some path of the site is declared complete: only then spans are needed. */
  get needed(): boolean {
    return this.#view.site.paths.some((path) => path.complete);
  }

  /** The site's paths as they were watched for one direction of a flow's legs from `start` to `end`, seconds. */
  watched(legs: readonly Leg[], direction: OutBack, start: number, end: number): WatchedPath[] {
    const { paths } = this.#view.site;
    const someTranslates = paths.some(({ nat }) => nat.length > 0);
    return paths.map((path) => ({
      index: path.index,
      name: path.name,
      kind: path.kind,
      completeThen:
        path.complete &&
        this.#covered(path.index, direction, start, end) &&
        !this.#mayBeUnread(path) &&
        (someTranslates || !this.#mayHide(path.index, legs, end)) &&
        // What comes back is sent to the address that another path's NAT may have given.
        (!(direction === "back" ? someTranslates : path.nat.length > 0) ||
          this.#wouldShow(path.index, legs, start, end)),
    }));
  }

  /** One point watched it all that time, and none lost what may have been of it: each sense of a line may have its own tap. */
  #covered(path: number, direction: OutBack, start: number, end: number): boolean {
    const points = this.#links.pointsOf(path);
    const showing = this.#links.pointsShowing(path, direction);
    const isCovered = showing.some((point) => {
      const span = this.spans[point];
      return span !== undefined && span.first <= start + 1 && this.#watchesTo(point, showing, end - 1);
    });
    return (
      isCovered && !points.some((point) => this.#isLossy(point) && this.#lostThen(point, points, start, end))
    );
  }

  /** Whether a point was watched to that second, also by what it is from the next date on at which markers change. */
  #watchesTo(point: number, points: readonly number[], end: number): boolean {
    let at: number | undefined = point;
    while (at !== undefined && (this.spans[at]?.last ?? Infinity) < end) {
      const next: number | undefined = this.#links.pointAfter(at);
      at = next !== undefined && points.includes(next) ? next : undefined;
    }
    return at !== undefined && this.spans[at] !== undefined;
  }

  #isLossy(point: number): boolean {
    return this.lossy.has(this.#links.points[point]?.capture ?? -1);
  }

  /** Whether what a lossy point lost may be of that time: before it ended, or before the next capture of a rotation began. */
  #lostThen(lossy: number, points: readonly number[], start: number, end: number): boolean {
    const span = this.spans[lossy];
    if (span === undefined) return true;
    if (span.first > end + 1) return false;
    return !points.some((point) => {
      const first = this.spans[point]?.first ?? -1;
      return first > span.first && first >= span.last && first <= start + 1;
    });
  }

  /** Whether a capture that could not be read may have held packets of a path: by its name, or by what is in no name. */
  #mayBeUnread(path: SitePath): boolean {
    if (this.unread.size === 0) return false;
    const { vlans, nextHops, interfaces, erspanSessions, bgpLinks, match } = path;
    const others = [vlans, nextHops, interfaces, erspanSessions, bgpLinks, match];
    const byNameAlone = path.files.length > 0 && others.every((markers) => markers.length === 0);
    return (
      !byNameAlone ||
      [...this.unread].some((name) => !CAPTURE_NAME.test(name) || this.#links.isOfFile(path.index, name))
    );
  }

  /**
   * Whether a flow on a path with a NAT pool would be known there. An inside address is another one behind source NAT, and not
   * every flow has what joins it with itself: it is missing from the path by name only. So is what goes on inside after the
   * last packet of a leg that would be known: another NAT may have given it another address.
   */
  #wouldShow(path: number, legs: readonly Leg[], start: number, end: number): boolean {
    const known = legs.filter((leg) => this.#isFinal(leg) || this.#shows(path, leg));
    return (
      known.some((leg) => leg.start.seconds <= start + 1) && known.some((leg) => leg.end.seconds >= end - 1)
    );
  }

  /**
   * Where the site says nothing of source NAT: whether all packets of a path have addresses that it gave. Then an inside
   * address is never there.
   */
  #mayHide(path: number, legs: readonly Leg[], end: number): boolean {
    if (legs.some((leg) => isPublic(leg.near.words) || this.#shows(path, leg))) return false;
    const { inside, outside } = this.addresses;
    const isShown = (since: number | undefined): boolean => since !== undefined && since <= end + 1;
    if (!this.#links.contextsShowing(path).some((context) => isShown(outside[context]))) return false;
    // What one line of a trunk shows, no NAT before the trunk's capture point hides on the others.
    const points = new Set(this.#links.pointsOf(path));
    return !this.#view.site.paths.some(
      (other) =>
        other.kind !== "local" &&
        this.#links
          .contextsShowing(other.index)
          .some((context) => isShown(inside[context]) && points.has(this.#links.contexts.point(context))),
    );
  }

  #shows(path: number, leg: Leg): boolean {
    return ([0, 1] as const).some((direction) =>
      contextShares(leg, direction).some(({ context }) => {
        const { out, back } = this.#links.evidence(context);
        return [...out, ...back].some((mark) => mark.pathIndex === path);
      }),
    );
  }

  /** Whether no source NAT is to be expected of the address any more: a pool's, or a public one that is not of users inside. */
  #isFinal({ near }: Leg): boolean {
    if (!isPublic(near.words)) return false;
    return near.zone !== "internal" || this.#view.markers.natPathOf(...near.words) !== NO_PATH;
  }
}
