import { globOf } from "./glob.ts";
import { counted, grouped } from "../count-text.ts";
import type { Path } from "../words.ts";

/** Flows and packets of one direction. */
export interface LearnedWay {
  flows: number;
  packets: number;
}

/** Something that captures show of links and that could tell paths apart, with the traffic that had it. */
export interface LearnedMarker {
  readonly kind: "file" | "interface" | "vlan" | "next-hop" | "erspan-session" | "nat";
  readonly value: string;
  readonly office365: { readonly out: LearnedWay; readonly back: LearnedWay };
  readonly other: { readonly out: LearnedWay; readonly back: LearnedWay };
  /** Office 365 directions with this marker whose path is not known. */
  unknown: number;
  /** Paths to the outside that directions with this marker are known to have taken. */
  readonly uplinks?: Set<Path>;
}

/** A link that a BGP session in the captures showed to be ExpressRoute. */
export interface LearnedBgpLink {
  readonly file: string;
  readonly interfaceName: string | undefined;
  readonly vlan: string;
  /** -1 outside ERSPAN. */
  readonly erspanSession: number;
  /** Name of the path that the session made or was found on. */
  readonly path: string;
  /** What declares the same; `undefined` where no marker means this link alone. */
  readonly marker:
    { readonly kind: "vlan" | "interface" | "erspan-session" | "file"; readonly value: string } | undefined;
}

export interface LearnedSite {
  /** Base names of the captures. */
  readonly captures: readonly string[];
  /** Most Office 365 packets first. */
  readonly markers: readonly LearnedMarker[];
  readonly bgpLinks: readonly LearnedBgpLink[];
}

/**
 * A marker tells something where another of its kind carries traffic the same way: a next hop of its own for each direction
 * (HSRP) or a tag in one of them is normal and tells nothing. A public source address says which NAT pool it is of, alone, too.
 */
export function tellsApart(marker: LearnedMarker, all: readonly LearnedMarker[]): boolean {
  if (marker.kind === "nat") return true;
  return all.some(
    (other) =>
      other.kind === marker.kind &&
      other.value !== marker.value &&
      (["out", "back"] as const).some((way) => carries(marker, way) && carries(other, way)),
  );
}

function carries({ office365, other }: LearnedMarker, way: "out" | "back"): boolean {
  return office365[way].packets + other[way].packets > 0;
}

/** Most markers of a kind that are listed; how many more there are is said. */
const MOST_OF_A_KIND = 20;

/** The kinds in the order of their strength as evidence, with the site file's key. */
const KINDS: readonly {
  readonly kind: LearnedMarker["kind"];
  readonly key: string;
  readonly title: string;
}[] = [
  { kind: "vlan", key: "vlans", title: "VLAN tags" },
  { kind: "next-hop", key: "next-hops", title: "Next hops: where packets go out to, and come back from" },
  { kind: "interface", key: "interfaces", title: "Capture interfaces" },
  { kind: "erspan-session", key: "erspan-sessions", title: "Mirror sessions" },
  { kind: "file", key: "files", title: "Captures" },
  {
    kind: "nat",
    key: "nat",
    title: "Public source addresses of your side (after source NAT, or as servers report them)",
  },
];

/**
 * A site description to be finished by a person: every possible marker with the Office 365 traffic it carried each way,
 * as comments beside an unnamed path. It says which path is ExpressRoute only where a BGP session with AS 12076 shows
 * it. Valid as it is written; the paths are comments, except those that BGP shows.
 */
export function siteProposal(learned: LearnedSite): string {
  const lines = [
    "## Proposed by o365flow site learn from:",
    ...learned.captures.map((name) => `##   ${comment(name)}`),
    '## Which link is which only you know. Lines with ## explain; to use the others, take "# " off them,',
    "## name the paths and choose their kinds. Then: o365flow site check FILE",
    "version: 1",
    "# name: My site",
  ];
  if (learned.markers.length === 0)
    lines.push("", "## No traffic to or from outside was seen: capture on the links to the outside.");
  for (const { kind, title } of KINDS) {
    const all = learned.markers.filter((marker) => marker.kind === kind && total(marker) > 0);
    if (all.length === 0) continue;
    lines.push("", `## ${title}:`);
    if (!all.some((marker) => tellsApart(marker, all)))
      lines.push(
        all.length === 1
          ? "##   only this one, so it tells nothing apart here"
          : "##   one way each, so they tell nothing apart here",
      );
    for (const marker of all.slice(0, MOST_OF_A_KIND)) lines.push(...markerLines(marker));
    if (all.length > MOST_OF_A_KIND)
      lines.push(`##   and ${all.length - MOST_OF_A_KIND} more with less traffic`);
  }
  lines.push("", ...pathLines(learned));
  return `${lines.join("\n")}\n`;
}

function pathLines(learned: LearnedSite): string[] {
  const lines: string[] = [];
  const ofPath = new Map<string, LearnedBgpLink[]>();
  for (const link of learned.bgpLinks) ofPath.set(link.path, [...(ofPath.get(link.path) ?? []), link]);
  for (const [path, links] of ofPath) {
    const declared = BGP_MARKERS.flatMap(({ kind, key }) => {
      const values = new Set(
        links.map(({ marker }) => (marker?.kind === kind ? valueText(marker) : undefined)),
      );
      values.delete(undefined);
      return values.size === 0 ? [] : [`    ${key}: [${[...values].join(", ")}]`];
    });
    if (declared.length > 0 && lines.length === 0) lines.push("paths:");
    for (const link of links) lines.push(`  ## ${bgpText(link)}`);
    if (declared.length > 0) lines.push(`  - name: ${quoted(path)}`, "    kind: expressroute", ...declared);
  }
  const hasPaths = lines.includes("paths:");
  const useful = KINDS.map(({ kind, key }) => ({
    key,
    markers: learned.markers.filter(
      (marker) => marker.kind === kind && total(marker) > 0 && !isOfBgp(marker, learned.bgpLinks),
    ),
  })).filter(({ markers }) => markers.some((marker) => tellsApart(marker, learned.markers)));
  const strongest = useful[0];
  if (strongest === undefined) {
    if (hasPaths) lines.push("## No other marker here tells one path from another.");
    else
      lines.push(
        "## Nothing here tells one path from another. Capture on the uplinks themselves (one",
        "## file each: files: [...]), or where packets still have their VLAN tags.",
      );
    return lines;
  }
  const start = hasPaths ? "## Further paths:" : "# paths:";
  lines.push(start);
  for (const [place, marker] of strongest.markers.slice(0, MOST_OF_A_KIND).entries()) {
    const value = valueText(marker);
    lines.push(
      `#   - name: path-${place + 1}            ## ${summary(marker)}`,
      "#     kind: WHICH                ## expressroute, internet, local or other",
      `#     ${strongest.key}: [${value}]`,
    );
  }
  return lines;
}

const BGP_MARKERS = [
  { kind: "vlan", key: "vlans" },
  { kind: "interface", key: "interfaces" },
  { kind: "erspan-session", key: "erspan-sessions" },
  { kind: "file", key: "files" },
] as const;

function bgpText({ file, interfaceName, vlan, erspanSession, marker }: LearnedBgpLink): string {
  const untagged =
    erspanSession < 0
      ? `untagged on interface ${interfaceName ?? "?"}`
      : `untagged in ERSPAN session ${erspanSession}`;
  const where = vlan === "" ? untagged : `VLAN ${vlan}`;
  const alone =
    marker === undefined ? "; no marker means these packets alone, but the session itself does" : "";
  return `ExpressRoute: a BGP session with AS 12076 (Microsoft peering) in ${comment(file)}, ${comment(where)}${alone}`;
}

/** A session is a number in a site file, all else is text; names are globs. */
function valueText({ kind, value }: { readonly kind: string; readonly value: string }): string {
  if (kind === "erspan-session") return value;
  return quoted(kind === "interface" || kind === "file" ? globOf(value) : value);
}

function isOfBgp({ kind, value }: LearnedMarker, links: readonly LearnedBgpLink[]): boolean {
  return links.some(({ marker }) => marker?.kind === kind && marker.value === value);
}

function markerLines(marker: LearnedMarker): string[] {
  return [`##   ${comment(marker.value)}`, `##       ${summary(marker)}`];
}

function summary({ office365, other }: LearnedMarker): string {
  const own = `Office 365 out ${wayText(office365.out)}, back ${wayText(office365.back)}`;
  const rest = other.out.packets + other.back.packets;
  return rest === 0
    ? own
    : `${own}; other: ${grouped(other.out.packets)} out, ${grouped(other.back.packets)} back`;
}

function wayText({ flows, packets }: LearnedWay): string {
  if (packets === 0) return "nothing";
  return `${counted(flows, "flow")} (${counted(packets, "packet")})`;
}

function total({ office365, other }: LearnedMarker): number {
  return office365.out.packets + office365.back.packets + other.out.packets + other.back.packets;
}

/** Text from a capture inside a comment: nothing that ends the line or the comment. */
function comment(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\ufffd");
}

/** A double-quoted YAML scalar: JSON is one, but for the characters that YAML calls unprintable. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff\p{Cf}]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
  });
}
