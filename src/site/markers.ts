import type { AddressWords } from "../address/address.ts";
import { PrefixTable } from "../address/prefix-table.ts";
import type { Prefix } from "../address/prefix.ts";
import { EVIDENCE_KINDS, type EvidenceKind } from "../words.ts";
import { type GlobTest, globTest } from "./glob.ts";
import { interfaceNames } from "./interface-names.ts";
import { linkKey, plainVlan } from "./link-key.ts";
import { AMBIGUOUS_PATH, type MatchItem, NO_PATH, type Site, type SitePath } from "./site.ts";

/** What a frame shows of the link it was captured on. The flow table keeps each distinct one once. */
export interface LinkContext {
  /** Base name of the capture. */
  readonly file: string;
  /** The capture and the interface in it, which names do not always tell apart; `undefined` where nobody counts them. */
  readonly point?: string | undefined;
  /** pcapng if_name and if_description; `undefined` where the capture has none. */
  readonly interfaceName: string | undefined;
  readonly interfaceDescription: string | undefined;
  /** The index that a Linux kernel gave the interface (LINKTYPE_LINUX_SLL2); 0 or `undefined` where no frame tells it. */
  readonly interfaceIndex?: number | undefined;
  /** "" untagged, "100", or "500.100" (outer tag first). */
  readonly vlan: string;
  /** aa:bb:cc:dd:ee:ff in lower case (`formatMac`); "" where the link has none. */
  readonly sourceMac: string;
  readonly destinationMac: string;
  /** True where the frame says that the host that captured it sent it (Linux cooked): `sourceMac` is that host's own. */
  readonly sentByHost?: boolean;
  /** ERSPAN session id, -1 outside ERSPAN. */
  readonly erspanSession: number;
  /** True when `vlan` and the MACs are those of a mirror's outer frame (ERSPAN, a VXLAN tap): they are ignored. */
  readonly mirrorHeaders: boolean;
  /** Outer IP addresses of a real tunnel, four words each; `undefined` (or zeros) outside tunnels and for mirrors. */
  readonly outerSource: AddressWords | undefined;
  readonly outerDestination: AddressWords | undefined;
}

/** A declared path that a context shows, and the kind of marker that shows it. */
export interface PathMark {
  readonly kind: EvidenceKind;
  /** Of kind `tunnel`: the strongest of what shows the path of the outer packet. */
  readonly outer?: EvidenceKind | undefined;
  /** Place in `Site.paths`. */
  readonly pathIndex: number;
}

/** What a context proves of packets that go out and of packets that come back; strongest first. */
export interface ContextEvidence {
  readonly out: readonly PathMark[];
  readonly back: readonly PathMark[];
}

/** What a run saw, for `unmatchedMarkers`. */
export interface SeenLinks {
  readonly files: Iterable<string>;
  /** Names, descriptions and indices alike. */
  readonly interfaces: Iterable<string>;
  readonly vlans: Iterable<string>;
  readonly macs: Iterable<string>;
  readonly erspanSessions: Iterable<number>;
}

/** A declared marker that nothing in the captures has. */
export interface UnmatchedMarker {
  readonly pathIndex: number;
  /** The site file's key: "vlans", "match[0].interface". */
  readonly key: string;
  readonly value: string;
  /** The nearest thing that was seen, when it is near. */
  readonly suggestion: string | undefined;
}

const NO_PATHS: readonly number[] = [];

interface ItemTests {
  readonly item: MatchItem;
  readonly kind: EvidenceKind;
  readonly file: GlobTest | undefined;
  readonly interface: GlobTest | undefined;
}

interface PathTests {
  readonly path: SitePath;
  readonly files: readonly GlobTest[];
  readonly interfaces: readonly GlobTest[];
  readonly items: readonly ItemTests[];
  /** By `linkKey`. */
  readonly bgpLinks: ReadonlySet<string>;
}

/**
 * Answers which declared paths a link context belongs to. Asked once a context and time span, never once a packet.
 *
 * A single VLAN marker ("100") matches frames with that one tag; a frame with two tags matches only "outer.inner".
 * Paths of one kind may share a marker (two links of one circuit); then each of them is listed.
 */
export class Markers {
  /** Instants (seconds since 1970, ascending) at which answers of `judge` may change. */
  readonly timeBoundaries: readonly number[];
  readonly #tests: readonly PathTests[];
  readonly #hasBgpLinks: boolean;
  readonly #paths: readonly SitePath[];
  readonly #nat: PrefixTable;
  readonly #hops: PrefixTable;

  constructor(site: Site) {
    this.#paths = site.paths;
    this.#tests = site.paths.map((path) => ({
      path,
      files: path.files.map(globTest),
      interfaces: path.interfaces.map(globTest),
      items: path.match.map((item) => ({
        item,
        kind: strongestKey(item),
        file: item.file === undefined ? undefined : globTest(item.file),
        interface: item.interface === undefined ? undefined : globTest(item.interface),
      })),
      bgpLinks: new Set(path.bgpLinks.map(linkKey)),
    }));
    this.#hasBgpLinks = this.#tests.some(({ bgpLinks }) => bgpLinks.size > 0);
    const instants = site.paths.flatMap((path) => path.match.flatMap((item) => [item.from, item.to]));
    this.timeBoundaries = [...new Set(instants.filter((instant) => instant !== undefined))].toSorted(
      (a, b) => a - b,
    );
    this.#nat = tableOf(site.paths, (path) => path.nat);
    this.#hops = tableOf(site.paths, (path) => path.hops);
  }

  /** What frames of this context prove at that time (seconds since 1970; below 0 where they have none). */
  judge(context: LinkContext, seconds: number): ContextEvidence {
    return {
      out: this.#marks(context, seconds, context.destinationMac, true),
      back: this.#marks(context, seconds, context.sourceMac, false),
    };
  }

  #marks(context: LinkContext, seconds: number, mac: string, isOut: boolean): PathMark[] {
    const vlan = context.mirrorHeaders ? undefined : plainVlan(context.vlan);
    const nextHop = context.mirrorHeaders ? undefined : mac;
    const link = this.#hasBgpLinks && !context.mirrorHeaders ? linkKey(context) : "";
    // The outermost frame's marks are those of the tunnel's packet, not of the flow inside.
    // PPPoE and L2TP over Ethernet have no outer IP header: there the frame's marks are the flow's own.
    const inTunnel = !context.mirrorHeaders && context.outerSource?.some((word) => word !== 0) === true;
    const isOuter = (kind: EvidenceKind): boolean =>
      inTunnel && (kind === "vlan" || kind === "next-hop" || kind === "nat-pool");
    const found: PathMark[] = [];
    for (const { path, files, interfaces, items, bgpLinks } of this.#tests) {
      const kinds = new Set<EvidenceKind>();
      if (vlan !== undefined && path.vlans.includes(vlan)) kinds.add("vlan");
      if (nextHop !== undefined && path.nextHops.includes(nextHop)) kinds.add("next-hop");
      if (interfaces.some((test) => onInterface(test, context))) kinds.add("interface");
      if (path.erspanSessions.includes(context.erspanSession)) kinds.add("erspan-session");
      if (bgpLinks.has(link)) kinds.add("bgp-session");
      if (files.some((test) => test(context.file))) kinds.add("file");
      for (const tests of items) if (itemHolds(tests, context, seconds, vlan, nextHop)) kinds.add(tests.kind);
      if (isOut && inTunnel && context.outerSource !== undefined) {
        if (this.natPathsOf(...context.outerSource).includes(path.index)) kinds.add("nat-pool");
      }
      const outer = EVIDENCE_KINDS.find((kind) => kinds.has(kind) && isOuter(kind));
      for (const kind of kinds) if (!isOuter(kind)) found.push({ kind, pathIndex: path.index });
      if (outer !== undefined) found.push({ kind: "tunnel", outer, pathIndex: path.index });
    }
    return found.toSorted((a, b) => placeOf(a) - placeOf(b));
  }

  /**
   * The path whose NAT pool holds an address: its index (the first one, where links of one circuit share a pool),
   * `NO_PATH`, or `AMBIGUOUS_PATH` where pools of different kinds or circuits overlap.
   */
  natPathOf(w0: number, w1: number, w2: number, w3: number): number {
    return only(this.#paths, this.#nat.matches(w0, w1, w2, w3));
  }

  /** Every path whose NAT pool holds the address, where that proves something; else empty. */
  natPathsOf(w0: number, w1: number, w2: number, w3: number): readonly number[] {
    const found = this.#nat.matches(w0, w1, w2, w3);
    return only(this.#paths, found) >= 0 ? [...new Set(found)].toSorted((a, b) => a - b) : NO_PATHS;
  }

  /** The path that a router's address belongs to (`hops`); answers as `natPathOf`. */
  hopPathOf(w0: number, w1: number, w2: number, w3: number): number {
    return only(this.#paths, this.#hops.matches(w0, w1, w2, w3));
  }
}

function placeOf({ kind, outer }: PathMark): number {
  return (
    EVIDENCE_KINDS.indexOf(kind) +
    (outer === undefined ? 0 : EVIDENCE_KINDS.indexOf(outer) / EVIDENCE_KINDS.length)
  );
}

function tableOf(paths: readonly SitePath[], prefixesOf: (path: SitePath) => readonly Prefix[]): PrefixTable {
  const all = paths.flatMap((path) => prefixesOf(path).map((prefix) => ({ prefix, index: path.index })));
  return new PrefixTable(
    all.map((entry) => entry.prefix),
    all.map((entry) => entry.index),
  );
}

/** What all declared prefixes around an address say together; a shorter one still counts inside a longer one. */
function only(paths: readonly SitePath[], found: readonly number[]): number {
  const first = found[0];
  if (first === undefined) return NO_PATH;
  // One pool may be declared more often than a call can have arguments.
  return found.every((index) => sameCircuit(paths[first], paths[index]))
    ? found.reduce((least, index) => Math.min(least, index))
    : AMBIGUOUS_PATH;
}

/** True for links of one circuit, which count as one path: same kind, same circuit (none is one, too). */
function sameCircuit(a: SitePath | undefined, b: SitePath | undefined): boolean {
  return a !== undefined && b !== undefined && a.kind === b.kind && a.circuit === b.circuit;
}

function onInterface(test: GlobTest, context: LinkContext): boolean {
  return interfaceNames(context).some(test);
}

function strongestKey(item: MatchItem): EvidenceKind {
  if (item.vlan !== undefined) return "vlan";
  if (item.nextHop !== undefined) return "next-hop";
  if (item.interface !== undefined) return "interface";
  if (item.erspanSession !== undefined) return "erspan-session";
  return "file";
}

function itemHolds(
  tests: ItemTests,
  context: LinkContext,
  seconds: number,
  vlan: string | undefined,
  nextHop: string | undefined,
): boolean {
  const { item } = tests;
  if (item.from !== undefined && seconds < item.from) return false;
  // A frame without a time lies in no span.
  if (item.to !== undefined && (seconds < 0 || seconds >= item.to)) return false;
  if (item.vlan !== undefined && item.vlan !== vlan) return false;
  if (item.nextHop !== undefined && item.nextHop !== nextHop) return false;
  if (item.erspanSession !== undefined && item.erspanSession !== context.erspanSession) return false;
  if (tests.interface !== undefined && !onInterface(tests.interface, context)) return false;
  return tests.file === undefined || tests.file(context.file);
}
