import { PrefixTable } from "../address/prefix-table.ts";
import { type Prefix, parsePrefix } from "../address/prefix.ts";
import type { RouteTable } from "../routes/route-table.ts";
import type { Cloud, PathKind, Zone } from "../words.ts";

/** Roles of the customer's own servers, as the site file spells them. */
export const SERVER_ROLES = [
  "edge",
  "front-end",
  "mediation",
  "cloud-connector",
  "gateway",
  "proxy",
] as const;
export type ServerRole = (typeof SERVER_ROLES)[number];

/** An organisation that the site federates with. */
export interface Partner {
  readonly name: string;
  readonly hosting: "online" | "on-premises";
  readonly prefixes: readonly Prefix[];
}

/** Where the site says that an address lives; `zone` is `undefined` for addresses it says nothing of. */
export interface SiteZone {
  readonly zone: Extract<Zone, "internal" | "on-premises-server" | "remote" | "partner"> | undefined;
  /** Set in zone `on-premises-server`. */
  readonly role?: ServerRole | undefined;
  /** Set in zone `partner`. */
  readonly partner?: Partner | undefined;
}

/** An item of `match`: every key that is present must hold. */
export interface MatchItem {
  /** Glob over the capture's base name. */
  readonly file?: string | undefined;
  /** Glob over the interface's name, description or index (`interfaceNames`). */
  readonly interface?: string | undefined;
  /** "100" or "500.100". */
  readonly vlan?: string | undefined;
  /** aa:bb:cc:dd:ee:ff */
  readonly nextHop?: string | undefined;
  readonly erspanSession?: number | undefined;
  /** Seconds since 1970 UTC: holds from `from` on, and before `to`. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** A link that a BGP session with AS 12076 inside a capture showed to be ExpressRoute. */
export interface BgpLink {
  /** As `LinkContext.point`: captures may share a base name, and interfaces have none. */
  readonly point?: string | undefined;
  /** Base name of the capture. */
  readonly file: string;
  readonly interfaceName: string | undefined;
  /** As `LinkContext.interfaceIndex`. */
  readonly interfaceIndex?: number | undefined;
  /** "" for untagged frames. */
  readonly vlan: string;
  /** A collector gets the mirrors of many links on one interface: -1 outside ERSPAN. */
  readonly erspanSession: number;
}

/** One declared path, with its markers in one notation: MACs as aa:bb:cc:dd:ee:ff, VLANs as "100" or "500.100". */
export interface SitePath {
  /** Place in `Site.paths`. */
  readonly index: number;
  readonly name: string;
  readonly kind: PathKind;
  /** Empty when none is declared; all paths of a kind with an empty circuit count as one circuit. */
  readonly circuit: string;
  readonly files: readonly string[];
  readonly interfaces: readonly string[];
  readonly vlans: readonly string[];
  readonly nextHops: readonly string[];
  readonly erspanSessions: readonly number[];
  readonly nat: readonly Prefix[];
  readonly hops: readonly Prefix[];
  /** What the route filter accepts, "12076:5030"; empty when not declared. */
  readonly communities: readonly string[];
  readonly routes: readonly RouteTable[];
  /** True when every packet of this path is declared to be in the captures. */
  readonly complete: boolean;
  readonly match: readonly MatchItem[];
  /** Found in captures, never in a file. */
  readonly bgpLinks: readonly BgpLink[];
}

/** What a site description says, before lookups are made of it. */
export interface SiteDescription {
  readonly name: string;
  /** `undefined` when the file does not say. */
  readonly cloud: Cloud | undefined;
  readonly expressRoute: boolean;
  readonly internal: readonly Prefix[];
  readonly remote: readonly Prefix[];
  readonly servers: ReadonlyMap<ServerRole, readonly Prefix[]>;
  readonly usersOnPremises: readonly Prefix[];
  readonly partners: readonly Partner[];
  readonly paths: readonly SitePath[];
  /** Each with file and line; empty when there is nothing to say. */
  readonly warnings: readonly string[];
  /** False for the default site: nothing was declared. */
  readonly declared: boolean;
}

/** What is internal when a site does not say (docs/site.md). */
const DEFAULT_INTERNAL: readonly string[] = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "fc00::/7",
];

/**
 * Link-local and multicast are internal whatever the site says (RFC 3927, 5771, 4291), and so are limited broadcast,
 * loopback and the address of a host that has none yet (RFC 1122, section 3.2.1.3).
 */
const ALWAYS_INTERNAL = [
  "0.0.0.0/32",
  "127.0.0.0/8",
  "::/128",
  "::1/128",
  "169.254.0.0/16",
  "224.0.0.0/4",
  "255.255.255.255/32",
  "fe80::/10",
  "ff00::/8",
];

/** No declared path. */
export const NO_PATH = -1;
/** More than one declared path, on different kinds or circuits: proves nothing. */
export const AMBIGUOUS_PATH = -2;

const NOWHERE: SiteZone = { zone: undefined };
const INTERNAL: SiteZone = { zone: "internal" };
const REMOTE: SiteZone = { zone: "remote" };

/** What a site was made from, to make another one with changes. */
export function describe(site: Site): SiteDescription {
  return {
    name: site.name,
    cloud: site.cloud,
    expressRoute: site.expressRoute,
    internal: site.internal,
    remote: site.remote,
    servers: site.servers,
    usersOnPremises: site.usersOnPremises,
    partners: site.partners,
    paths: site.paths,
    warnings: site.warnings,
    declared: site.declared,
  };
}

/** A site description with its lookups. Addresses are given as four words (see `Packet`). */
export class Site implements SiteDescription {
  readonly name: string;
  readonly cloud: Cloud | undefined;
  readonly expressRoute: boolean;
  readonly internal: readonly Prefix[];
  readonly remote: readonly Prefix[];
  readonly servers: ReadonlyMap<ServerRole, readonly Prefix[]>;
  readonly usersOnPremises: readonly Prefix[];
  readonly partners: readonly Partner[];
  readonly paths: readonly SitePath[];
  readonly warnings: readonly string[];
  readonly declared: boolean;
  readonly #zones: readonly SiteZone[];
  readonly #zoneTable: PrefixTable;
  readonly #onPremisesUsers: PrefixTable;

  constructor(description: SiteDescription) {
    this.name = description.name;
    this.cloud = description.cloud;
    this.expressRoute = description.expressRoute;
    this.internal = description.internal;
    this.remote = description.remote;
    this.servers = description.servers;
    this.usersOnPremises = description.usersOnPremises;
    this.partners = description.partners;
    this.paths = description.paths;
    this.warnings = description.warnings;
    this.declared = description.declared;
    // The longest prefix decides; of equal ones the earlier line here.
    const zones: SiteZone[] = [];
    const prefixes: Prefix[] = [];
    const add = (zone: SiteZone, added: readonly Prefix[]): void => {
      for (const prefix of added) {
        prefixes.push(prefix);
        zones.push(zone);
      }
    };
    add(INTERNAL, prefixesOf(ALWAYS_INTERNAL));
    for (const [role, added] of this.servers) add({ zone: "on-premises-server", role }, added);
    for (const partner of this.partners) add({ zone: "partner", partner }, partner.prefixes);
    add(REMOTE, this.remote);
    add(INTERNAL, this.internal);
    for (const path of this.paths) add(INTERNAL, path.nat);
    this.#zones = zones;
    this.#zoneTable = new PrefixTable(prefixes);
    this.#onPremisesUsers = new PrefixTable(this.usersOnPremises);
  }

  /** Never undefined: addresses outside everything declared give a zone of `undefined`. Returns shared objects. */
  zoneOf(w0: number, w1: number, w2: number, w3: number): SiteZone {
    return this.#zones[this.#zoneTable.longest(w0, w1, w2, w3)] ?? NOWHERE;
  }

  /** True for users declared as homed on-premises. */
  homedOnPremises(w0: number, w1: number, w2: number, w3: number): boolean {
    return this.#onPremisesUsers.longest(w0, w1, w2, w3) >= 0;
  }
}

/** The site when nothing is declared: no paths, the default internal prefixes. */
export function defaultSite(): Site {
  return new Site({
    name: "",
    cloud: undefined,
    expressRoute: true,
    internal: defaultInternal(),
    remote: [],
    servers: new Map(),
    usersOnPremises: [],
    partners: [],
    paths: [],
    warnings: [],
    declared: false,
  });
}

export function defaultInternal(): readonly Prefix[] {
  return prefixesOf(DEFAULT_INTERNAL);
}

function prefixesOf(texts: readonly string[]): readonly Prefix[] {
  return texts.map((text) => parsePrefix(text)).filter((prefix) => prefix !== undefined);
}
