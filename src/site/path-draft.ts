import { type Prefix, prefixText } from "../address/prefix.ts";
import type { RouteTable } from "../routes/route-table.ts";
import type { PathKind } from "../words.ts";
import type { MatchItem, SitePath } from "./site.ts";

/** A marker that names a link by one value, as the `match` keys spell them. */
export type MarkerKey = "file" | "interface" | "vlan" | "next-hop" | "erspan-session" | "hop";

/** A marker and the place of its declaration, for messages. */
interface DeclaredMarker {
  readonly key: MarkerKey;
  /** In a notation in which equal markers are equal. */
  readonly value: string;
  readonly place: string;
}

/** A path while it is being read, with the places of its markers. */
export class PathDraft {
  name = "";
  kind: PathKind = "other";
  /** False when the file gives no kind, or none that exists. */
  kindKnown = true;
  circuit = "";
  complete = false;
  readonly files: string[] = [];
  readonly interfaces: string[] = [];
  readonly vlans: string[] = [];
  readonly nextHops: string[] = [];
  readonly erspanSessions: number[] = [];
  readonly nat: { readonly prefix: Prefix; readonly place: string }[] = [];
  readonly hops: { readonly prefix: Prefix; readonly place: string }[] = [];
  readonly communities: string[] = [];
  readonly routes: RouteTable[] = [];
  readonly match: { readonly item: MatchItem; readonly place: string }[] = [];
  readonly markers: DeclaredMarker[] = [];
  /** Where the path begins, for messages. */
  readonly place: string;

  constructor(place: string) {
    this.place = place;
  }

  addFile(glob: string, place: string): void {
    this.files.push(glob);
    this.markers.push({ key: "file", value: glob.toLowerCase(), place });
  }

  addInterface(glob: string, place: string): void {
    this.interfaces.push(glob);
    this.markers.push({ key: "interface", value: glob.toLowerCase(), place });
  }

  addVlan(vlan: string, place: string): void {
    this.vlans.push(vlan);
    this.markers.push({ key: "vlan", value: vlan, place });
  }

  addNextHop(mac: string, place: string): void {
    this.nextHops.push(mac);
    this.markers.push({ key: "next-hop", value: mac, place });
  }

  addErspanSession(session: number, place: string): void {
    this.erspanSessions.push(session);
    this.markers.push({ key: "erspan-session", value: String(session), place });
  }

  addHop(prefix: Prefix, place: string): void {
    this.hops.push({ prefix, place });
    this.markers.push({ key: "hop", value: prefixText(prefix), place });
  }

  finish(index: number): SitePath {
    return {
      index,
      name: this.name,
      kind: this.kind,
      circuit: this.circuit,
      files: this.files,
      interfaces: this.interfaces,
      vlans: this.vlans,
      nextHops: this.nextHops,
      erspanSessions: this.erspanSessions,
      nat: this.nat.map((pool) => pool.prefix),
      hops: this.hops.map((hop) => hop.prefix),
      communities: this.communities,
      routes: this.routes,
      complete: this.complete,
      match: this.match.map((entry) => entry.item),
      bgpLinks: [],
    };
  }
}

/** A path that was read before, so that more markers can be held against it. */
export function draftOf(path: SitePath, place: string): PathDraft {
  const draft = new PathDraft(place);
  draft.name = path.name;
  draft.kind = path.kind;
  draft.circuit = path.circuit;
  draft.complete = path.complete;
  for (const glob of path.files) draft.addFile(glob, place);
  for (const glob of path.interfaces) draft.addInterface(glob, place);
  for (const vlan of path.vlans) draft.addVlan(vlan, place);
  for (const mac of path.nextHops) draft.addNextHop(mac, place);
  for (const session of path.erspanSessions) draft.addErspanSession(session, place);
  for (const prefix of path.hops) draft.addHop(prefix, place);
  for (const prefix of path.nat) draft.nat.push({ prefix, place });
  for (const community of path.communities) draft.communities.push(community);
  for (const table of path.routes) draft.routes.push(table);
  for (const item of path.match) draft.match.push({ item, place });
  return draft;
}
