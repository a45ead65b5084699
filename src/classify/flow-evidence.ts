import { type AddressWords, addressText, parseAddress } from "../address/address.ts";
import type { DirectionFacts } from "../path/direction-path.ts";
import type { Evidence, EvidenceMoment } from "../path/evidence.ts";
import { compareMoments, type Moment } from "../path/moment.ts";
import type { Markers } from "../site/markers.ts";
import type { Site } from "../site/site.ts";
import { NO_ITEMS } from "../no-items.ts";
import { contextShares } from "./context-shares.ts";
import { isInside } from "./inside-zone.ts";
import type { Leg } from "./leg.ts";
import { areTogether } from "./legs-together.ts";
import type { Links } from "./links.ts";
import { isPublic } from "./public-address.ts";

/** Evidence of a flow itself for the way out: reporting hops, NAT pools, mapped addresses; and when it was seen. */
export function flowEvidence(
  legs: readonly Leg[],
  site: Site,
  markers: Markers,
  links: Links,
): Pick<DirectionFacts, "weaker" | "sightings"> {
  const found = new FlowEvidence(site, markers, links);
  for (const leg of legs) found.add(leg);
  const { weaker, sightings } = found;
  if (sightings.length > 1) sightings.sort(compareMoments);
  return { weaker, sightings };
}

class FlowEvidence {
  readonly weaker: Evidence[] = [];
  readonly sightings: EvidenceMoment[] = [];
  readonly #site: Site;
  readonly #markers: Markers;
  readonly #links: Links;
  /** Legs whose source address showed a path. */
  readonly #fromPools: Leg[] = [];

  constructor(site: Site, markers: Markers, links: Links) {
    this.#site = site;
    this.#markers = markers;
    this.#links = links;
  }

  add(leg: Leg): void {
    const { out } = leg;
    for (const report of leg.detail?.reports ?? NO_ITEMS) {
      if (report.kind !== "time-exceeded" || report.direction !== out) continue;
      const path = this.#markers.hopPathOf(...report.words);
      this.#note("hop", path, report, this.#captureOf(report.context), report.since ?? NO_ITEMS, () => {
        const address = addressText({ version: leg.ipVersion, words: report.words });
        return `hop ${address} reported it`;
      });
    }
    // Only a flow that our side opened shows by its source address where it was sent; the answer to a flow from outside
    // keeps the address that was called.
    if (!leg.ends.openedByUs) return;
    this.#addPool(leg);
    this.#addMapped(leg);
  }

  #addPool(leg: Leg): void {
    const { out } = leg;
    const packets = leg.packetsOf(out);
    if (packets === 0 || staysInside(leg, leg.near.words)) return;
    const path = this.#markers.natPathOf(...leg.near.words);
    // Two translations of the same packets are no move from one pool to the other.
    const isMove = !this.#fromPools.some((other) => areTogether(other, leg, "out"));
    const seen = { packets, firstPacket: leg.firstPacketOf(out) };
    const moments = isMove ? [leg.firstOf(out)] : [];
    const capture = this.#captureOf(leg.contextOf(out));
    this.#note(
      "nat-pool",
      path,
      seen,
      capture,
      moments,
      () => `source address ${leg.near.text} of its NAT pool`,
    );
    if (path >= 0) this.#fromPools.push(leg);
  }

  #addMapped(leg: Leg): void {
    const mapped = mappedAddresses(leg);
    const several = mapped.some(({ since }) => since !== undefined);
    for (const item of mapped) {
      if (staysInside(leg, item.words)) continue;
      const path = this.#markers.natPathOf(...item.words);
      const capture = this.#captureOfAnswer(leg, item.firstPacket);
      const moments = item.since ?? (several ? NO_ITEMS : [leg.firstOf(leg.back)]);
      this.#note(
        "mapped-address",
        path,
        capture === undefined ? { packets: item.packets, firstPacket: 0 } : item,
        capture ?? "",
        moments,
        () => `mapped address ${item.text} of its NAT pool`,
      );
    }
  }

  #captureOf(context: number): string {
    return this.#links.pointOf(context)?.captureName ?? "";
  }

  /**
   * The capture of an answer that is known by its number alone; undefined where it may be another one. Of copies the first
   * one was read.
   */
  #captureOfAnswer(leg: Leg, number: number): string | undefined {
    const read = contextShares(leg, leg.back).filter(({ packets }) => packets > 0);
    const exact = read.filter(({ firstPacket }) => firstPacket === number);
    const likely = exact.length > 0 ? exact : read;
    const captures = new Set(likely.map(({ context }) => this.#links.pointOf(context)?.capture));
    return captures.size === 1 ? this.#captureOf(likely[0]?.context ?? -1) : undefined;
  }

  #note(
    kind: Evidence["kind"],
    pathIndex: number,
    seen: { readonly packets: number; readonly firstPacket: number },
    capture: string,
    moments: readonly Moment[],
    shown: () => string,
  ): void {
    const path = this.#site.paths[pathIndex];
    if (path === undefined) return;
    const { packets, firstPacket } = seen;
    const item: Evidence = {
      kind,
      direction: "out",
      says: path.kind,
      pathIndex,
      packets,
      firstPacket,
      capture,
      shown: shown(),
    };
    this.weaker.push(item);
    for (const { seconds, nanoseconds } of moments) this.sightings.push({ item, seconds, nanoseconds });
  }
}

/**
 * A firewall may translate the source of a flow that it turns round (hairpin): neither ExpressRoute nor the Internet leads from
 * a public address to a private one, and nothing shows that one of them led to a public one of ours, as of an Edge. A private
 * pool, towards a partner, is another matter.
 */
function staysInside(leg: Leg, source: AddressWords): boolean {
  return isPublic(source) && (!isPublic(leg.far.words) || isInside(leg.far.zone));
}

interface MappedAddress {
  readonly words: AddressWords;
  readonly text: string;
  readonly port: number;
  readonly packets: number;
  readonly firstPacket: number;
  readonly since: readonly Moment[] | undefined;
}

/** Addresses that the far end saw our side come from (STUN mapped addresses in its answers). */
export function mappedAddresses(leg: Leg): MappedAddress[] {
  const found: MappedAddress[] = [];
  for (const item of leg.recognition.reported ?? NO_ITEMS) {
    if (item.kind !== "mapped" || item.direction !== leg.back) continue;
    const address = parseAddress(item.address);
    if (address === undefined) continue;
    const { address: text, port, packets, firstPacket, since } = item;
    found.push({ words: address.words, text, port, packets, firstPacket, since });
  }
  return found;
}
