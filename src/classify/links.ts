import { formatMac } from "../address/address.ts";
import type { LinkContexts } from "../flows/link-contexts.ts";
import { LOCAL_SIGNATURE } from "../flows/path-signatures.ts";
import type { Evidence } from "../path/evidence.ts";
import type { ContextEvidence, LinkContext } from "../site/markers.ts";
import { NO_ADDRESS, SENT_BY_HOST } from "../wire/packet.ts";
import type { OutBack } from "../words.ts";
import { NO_ITEMS } from "../no-items.ts";
import type { CapturePoint } from "./capture-point.ts";
import { LOCAL_KEY, laneKey } from "./lane-key.ts";
import { shownMark } from "./shown-mark.ts";
import type { SiteView } from "./site-view.ts";

function keyOf(point: Pick<CapturePoint, "capture" | "interfaceIndex">, span: number): string {
  return `${point.capture} ${point.interfaceIndex} ${span}`;
}

/** Empty where the capture has none: the destination in a cooked one. */
function macText(high: number, low: number): string {
  return high === NO_ADDRESS ? "" : formatMac(high, low);
}

function isSentByHost(high: number, low: number): boolean {
  return high === NO_ADDRESS && low === SENT_BY_HOST;
}

/** A link context of which only the capture point is known. */
const NO_LINK: LinkContext = {
  file: "",
  interfaceName: undefined,
  interfaceDescription: undefined,
  vlan: "",
  sourceMac: "",
  destinationMac: "",
  erspanSession: -1,
  mirrorHeaders: false,
  outerSource: undefined,
  outerDestination: undefined,
};

/** Where a path of the site is seen. */
interface ShowingPath {
  readonly points: ReadonlySet<number>;
  readonly contexts: ReadonlySet<number>;
}

/** Link signatures are numbers from here on, signatures are below. */
const LINK_SIGNATURES = 1 << 20;

const NO_EVIDENCE: readonly Evidence[] = NO_ITEMS;

/** Capture points get numbers; link contexts (flows/link-contexts.ts) are judged once by the site's markers. */
export class Links {
  readonly contexts: LinkContexts;
  readonly points: CapturePoint[] = [];
  readonly #byKey: Map<string, number> = new Map();
  readonly #view: SiteView;
  readonly #described: (LinkContext | undefined)[] = [];
  readonly #evidence: (ContextEvidence | undefined)[] = [];
  readonly #signatures: number[] = [];
  readonly #linkSignatures: number[] = [];
  #byPath: Readonly<Record<OutBack, readonly ShowingPath[]>> | undefined;
  #byContexts = -1;
  readonly #signatureIds: Map<string, number> = new Map();
  readonly #linkIds: Map<string, number> = new Map();

  constructor(contexts: LinkContexts, view: SiteView) {
    this.contexts = contexts;
    this.#view = view;
  }

  /** Number of a capture point, made when it is new. `span` counts the markers' time boundaries passed. */
  point(point: Omit<CapturePoint, "since">, span: number): number {
    const key = keyOf(point, span);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    this.points.push({
      ...point,
      since: span <= 0 ? span : (this.#view.markers.timeBoundaries[span - 1] ?? 0),
    });
    this.#byKey.set(key, this.points.length - 1);
    return this.points.length - 1;
  }

  /** How many of the markers' time boundaries lie at or before a moment; -1 for no time, which is below 0. */
  span(seconds: number): number {
    if (seconds < 0) return -1;
    let span = 0;
    for (const boundary of this.#view.markers.timeBoundaries) if (seconds >= boundary) span += 1;
    return span;
  }

  /** The point that an interface is from the next time boundary of the markers on, where it was seen then. */
  pointAfter(number: number): number | undefined {
    const point = this.points[number];
    if (point === undefined || this.#view.markers.timeBoundaries.length === 0) return undefined;
    return this.#byKey.get(keyOf(point, this.span(point.since) + 1));
  }

  pointOf(context: number): CapturePoint | undefined {
    return this.points[this.contexts.point(context)];
  }

  /** The context as the site's markers see it. */
  describe(context: number): LinkContext {
    const known = this.#described[context];
    if (known !== undefined) return known;
    const described = this.#describe(context);
    this.#described[context] = described;
    return described;
  }

  #describe(context: number): LinkContext {
    const { contexts } = this;
    const point = this.pointOf(context);
    const outer = contexts.outer(context);
    return {
      file: point?.captureName ?? "",
      point: point === undefined ? undefined : `${point.capture} ${point.interfaceIndex}`,
      interfaceName: point?.interfaceName,
      interfaceDescription: point?.interfaceDescription,
      interfaceIndex: contexts.interfaceIndex(context),
      vlan: contexts.vlanText(context, "."),
      sourceMac: contexts.hasMac(context) ? macText(...contexts.sourceMac(context)) : "",
      destinationMac: contexts.hasMac(context) ? macText(...contexts.destinationMac(context)) : "",
      sentByHost: isSentByHost(...contexts.destinationMac(context)),
      erspanSession: contexts.erspanSession(context),
      mirrorHeaders: false,
      outerSource: outer?.source,
      outerDestination: outer?.destination,
    };
  }

  /** Equal for contexts of one capture point and interface with the same VLAN and the same two Ethernet addresses, in either order. */
  place(context: number): string {
    const { contexts } = this;
    const macs = [contexts.sourceMac(context), contexts.destinationMac(context)]
      .map((mac) => mac.join("."))
      .toSorted();
    const tags = contexts.vlanText(context, ".");
    return `${contexts.point(context)} ${contexts.interfaceIndex(context)} ${tags} ${macs.join(" ")}`;
  }

  /** False where the link has no Ethernet addresses that could tell the stages of a firewall apart. */
  showsPlace(context: number): boolean {
    const { contexts } = this;
    if (!contexts.hasMac(context)) return false;
    return [...contexts.sourceMac(context), ...contexts.destinationMac(context)].some((half) => half !== 0);
  }

  /** What packets of a context prove, in either direction. */
  evidence(context: number): ContextEvidence {
    let evidence = this.#evidence[context];
    if (evidence === undefined) {
      evidence = this.#view.markers.judge(this.describe(context), this.pointOf(context)?.since ?? 0);
      this.#evidence[context] = evidence;
    }
    return evidence;
  }

  /** Equal for contexts that prove the same path; 0 for one that proves nothing, LOCAL_SIGNATURE for a link inside. */
  signature(context: number): number {
    const known = this.#signatures[context];
    if (known !== undefined) return known;
    const { out, back } = this.evidence(context);
    // A next hop is shown one way only: with it, and with a VLAN of the same path, a packet says the same.
    const keys = new Set([laneKey(out, this.#view.paths), laneKey(back, this.#view.paths)]);
    const key = [...keys].filter((side) => side !== "" && side !== LOCAL_KEY).join("|");
    let signature = keys.has(LOCAL_KEY) ? LOCAL_SIGNATURE : 0;
    if (key !== "") {
      signature = this.#signatureIds.get(key) ?? this.#signatureIds.size + LOCAL_SIGNATURE + 1;
      this.#signatureIds.set(key, signature);
    }
    this.#signatures[context] = signature;
    return signature;
  }

  /**
   * Equal for contexts of one link (site/bgp-links.ts) that prove the same by what was declared: a BGP session shows the
   * path of all packets of a link, also of those before it.
   */
  linkSignature(context: number): number {
    const known = this.#linkSignatures[context];
    if (known !== undefined) return known;
    const { markers, paths } = this.#view.declared;
    const { out, back } = markers.judge(this.describe(context), this.pointOf(context)?.since ?? 0);
    const keys = [out, back].map((marks) => laneKey(marks, paths)).toSorted();
    const { contexts } = this;
    const link = [contexts.point(context), contexts.interfaceIndex(context), contexts.erspanSession(context)];
    const key = [...link, contexts.vlanText(context, "."), ...keys].join("|");
    const signature = this.#linkIds.get(key) ?? this.#linkIds.size + LINK_SIGNATURES;
    this.#linkIds.set(key, signature);
    this.#linkSignatures[context] = signature;
    return signature;
  }

  /** Capture points at which a path of the site is seen, by its markers there or by those of packets seen. */
  pointsOf(path: number): readonly number[] {
    return [...new Set([...this.pointsShowing(path, "out"), ...this.pointsShowing(path, "back")])];
  }

  /** Those at which packets of one direction show it: a next hop may show the way out alone. */
  pointsShowing(path: number, direction: OutBack): readonly number[] {
    return [...(this.#showing(direction)[path]?.points ?? [])];
  }

  /** Link contexts whose packets show a path, of either direction. */
  contextsShowing(path: number): readonly number[] {
    const [out, back] = [this.#showing("out")[path], this.#showing("back")[path]];
    return [...new Set([...(out?.contexts ?? []), ...(back?.contexts ?? [])])];
  }

  #showing(direction: OutBack): readonly ShowingPath[] {
    if (this.#byPath === undefined || this.#byContexts !== this.contexts.count) {
      this.#byContexts = this.contexts.count;
      this.#byPath = { out: this.#showingPaths("out"), back: this.#showingPaths("back") };
    }
    return this.#byPath[direction];
  }

  #showingPaths(direction: OutBack): ShowingPath[] {
    const byPath = this.#view.site.paths.map(() => ({
      points: new Set<number>(),
      contexts: new Set<number>(),
    }));
    for (let context = 0; context < this.contexts.count; context++)
      for (const { pathIndex } of this.evidence(context)[direction]) {
        byPath[pathIndex]?.points.add(this.contexts.point(context));
        byPath[pathIndex]?.contexts.add(context);
      }
    this.points.forEach((point, number) => {
      const bare = {
        ...NO_LINK,
        file: point.captureName,
        point: `${point.capture} ${point.interfaceIndex}`,
        interfaceName: point.interfaceName,
        interfaceDescription: point.interfaceDescription,
      };
      for (const { pathIndex } of this.#view.markers.judge(bare, point.since)[direction])
        byPath[pathIndex]?.points.add(number);
    });
    return byPath;
  }

  /** Whether the name of a capture alone says that it is of a path. */
  isOfFile(path: number, captureName: string): boolean {
    const { out } = this.#view.markers.judge({ ...NO_LINK, file: captureName }, 0);
    return out.some((mark) => mark.pathIndex === path);
  }

  /** Whether legs behind source NAT can be in what was captured: packets came from more than one place or VLAN. */
  severalPlaces(): boolean {
    let first: string | undefined;
    for (let context = 0; context < this.contexts.count; context++) {
      // A link without Ethernet addresses does not tell its places apart, nor do zeros, which some firewalls write for them.
      if (!this.showsPlace(context)) return true;
      const place = this.place(context);
      if (first !== undefined && place !== first) return true;
      first = place;
    }
    return false;
  }

  /** Forgets what was judged: after a BGP session showed a link for ExpressRoute. */
  rejudge(): void {
    this.#evidence.length = 0;
    this.#signatures.length = 0;
    this.#byPath = undefined;
  }

  /** Evidence of one direction's packets in one context, strongest first. */
  evidenceOf(context: number, direction: OutBack, packets: number, firstPacket: number): readonly Evidence[] {
    const marks = this.evidence(context)[direction];
    if (marks.length === 0) return NO_EVIDENCE;
    return marks.map((mark) => ({
      kind: mark.kind,
      ...(mark.outer === undefined ? {} : { outer: mark.outer }),
      direction,
      says: this.#view.site.paths[mark.pathIndex]?.kind ?? "other",
      pathIndex: mark.pathIndex,
      packets,
      firstPacket,
      capture: this.pointOf(context)?.captureName ?? "",
      shown: shownMark(this.describe(context), mark, direction),
    }));
  }
}
