import type { BgpSession } from "../protocols/bgp-session.ts";
import { SessionTable } from "../routes/session-table.ts";
import { linkKey, plainVlan } from "./link-key.ts";
import { type LinkContext, Markers } from "./markers.ts";
import { type BgpLink, Site, type SitePath, describe } from "./site.ts";

/**
 * The site with the links added that Microsoft-peering BGP sessions inside the captures show to be ExpressRoute:
 * a session marks the VLAN of the interface it was seen on, or the interface itself where it was untagged; of frames that
 * ERSPAN carried, those of its mirror session (docs/evidence.md, `bgp-session`). Where a declared ExpressRoute path has that VLAN or interface, the link is added to
 * it; else a path named after the session is added at the end, so that known indices stay.
 *
 * An untagged session marks nothing on the interface "any" and in captures without Ethernet addresses, of source and
 * destination: such a capture may hold all of a host's links at once. Where the frames tell the index of their interface, it
 * marks that.
 */
export function siteWithBgpSessions(
  site: Site,
  sessions: readonly BgpSession[],
  contextOf: (context: number) => LinkContext | undefined,
): Site {
  const paths: SitePath[] = [...site.paths];
  const markers = new Markers(site);
  const known = new Set(paths.flatMap(({ bgpLinks }) => bgpLinks.map(linkKey)));
  for (const session of sessions) {
    if (!session.isMicrosoftPeering) continue;
    for (const number of session.contexts) {
      const context = contextOf(number);
      const link = context === undefined ? undefined : linkOf(context);
      if (context === undefined || link === undefined || known.has(linkKey(link))) continue;
      known.add(linkKey(link));
      const marks = markers.judge(context, session.latestSeconds).out;
      const declared =
        paths[marks.find((mark) => paths[mark.pathIndex]?.kind === "expressroute")?.pathIndex ?? -1];
      if (declared !== undefined) paths[declared.index] = withLink(declared, link);
      else {
        const name = nameOfSession(session);
        const ofSession = paths.find((path) => path.name === name);
        if (ofSession === undefined) paths.push(bgpPath(paths.length, name, link));
        else paths[ofSession.index] = withLink(ofSession, link);
      }
    }
  }
  const isElsewhere = (session: BgpSession): boolean =>
    [...session.contexts].some((number) => {
      const context = contextOf(number);
      const mark = context && markers.judge(context, session.latestSeconds).out[0];
      return mark !== undefined && paths[mark.pathIndex]?.kind !== "expressroute";
    });
  const unknown = sessions.filter((session) => mayBeMicrosoftPeering(session) && !isElsewhere(session));
  learnRoutes(site, paths, sessions, unknown, contextOf);
  return paths.every((path, index) => path === site.paths[index])
    ? site
    : new Site({ ...describe(site), paths });
}

/**
 * Gives a path the tables that its sessions showed from OPEN on without a gap, whole or not, each for its time. Where
 * some of a session was missed it has no routes, and is no whole one; nor is any while there is a session of which nothing
 * tells whose it is. Tables that the site declares for ExpressRoute stand above them.
 */
function learnRoutes(
  site: Site,
  paths: SitePath[],
  sessions: readonly BgpSession[],
  unknown: readonly BgpSession[],
  contextOf: (context: number) => LinkContext | undefined,
): void {
  const declares = (path: SitePath): boolean => path.routes.some((table) => !(table instanceof SessionTable));
  if (site.paths.some((path) => path.kind === "expressroute" && declares(path))) return;
  const replaced = replacements(sessions.filter((each) => each.isMicrosoftPeering || unknown.includes(each)));
  const beside = unknown.map((session) => ({
    history: session.history,
    ofPeers: familyOf(session),
    replacedAt: replaced.get(session) ?? Number.POSITIVE_INFINITY,
  }));
  const pathsOfLinks = new Map<string, number>();
  for (const { bgpLinks, index } of paths)
    for (const link of bgpLinks) if (!pathsOfLinks.has(linkKey(link))) pathsOfLinks.set(linkKey(link), index);
  for (const [session, replacedAt] of replaced) {
    if (!session.isMicrosoftPeering) continue;
    const found = [...session.contexts].map((number) => {
      const context = contextOf(number);
      const link = context && linkOf(context);
      return (link && pathsOfLinks.get(linkKey(link))) ?? Number.POSITIVE_INFINITY;
    });
    const path = paths[Math.min(...found)];
    if (path === undefined) continue;
    const { history } = session;
    const place = path.routes.findIndex(
      (table) => table instanceof SessionTable && table.history === history,
    );
    const before = path.routes[place];
    if (before instanceof SessionTable && before.isOf(history.revision, replacedAt, beside)) continue;
    const table = new SessionTable(nameOfSession(session), history, familyOf(session), replacedAt, beside);
    const routes = place < 0 ? [...path.routes, table] : path.routes.with(place, table);
    paths[path.index] = { ...path, routes };
  }
}

/**
 * True for a session that was going on when the capture began, of which no more was seen than KEEPALIVEs, say: its peers
 * are public, as those of Microsoft peering are, and who they are was not told.
 */
function mayBeMicrosoftPeering(session: BgpSession): boolean {
  const { peers } = session;
  return (
    !session.isMicrosoftPeering &&
    peers.every((peer) => peer.isPublic) &&
    peers.some((peer) => peer.as === undefined)
  );
}

/** IP version of a session's own addresses. */
function familyOf({ peers }: BgpSession): 4 | 6 {
  return peers[0].address.includes(":") ? 6 : 4;
}

/**
 * The sessions, each with the time from which another one between the same two addresses holds: a router connects
 * again, also where the capture lacks the end of what was before. One of two that are opened at once holds nothing
 * (RFC 4271, section 6.8).
 */
function replacements(sessions: readonly BgpSession[]): ReadonlyMap<BgpSession, number> {
  const last = new Map<string, number>();
  const found = new Map<BgpSession, number>();
  for (const session of sessions.toReversed()) {
    const name = nameOfSession(session);
    const next = last.get(name) ?? Number.POSITIVE_INFINITY;
    found.set(session, next);
    const holdsFrom = session.isOver ? session.establishedSince : session.since;
    last.set(name, Math.min(next, holdsFrom));
  }
  return found;
}

/** A session by its ends: "bgp 192.0.2.1 - 192.0.2.2". */
function nameOfSession(session: BgpSession): string {
  return `bgp ${session.peers.map((peer) => peer.address).join(" - ")}`;
}

function linkOf(context: LinkContext): BgpLink | undefined {
  if (context.mirrorHeaders || context.outerSource?.some((word) => word !== 0) === true) return undefined;
  const vlan = plainVlan(context.vlan);
  const { point, file, interfaceName, interfaceIndex = 0, erspanSession } = context;
  if (vlan === "" && interfaceIndex === 0 && mayBeOfAnyInterface(context)) return undefined;
  return { point, file, interfaceName, interfaceIndex, vlan, erspanSession };
}

/** A Linux cooked capture, which has no destination address, may be one of all interfaces. */
function mayBeOfAnyInterface({ interfaceName, sourceMac, destinationMac }: LinkContext): boolean {
  return interfaceName === "any" || sourceMac === "" || destinationMac === "";
}

function withLink(path: SitePath, link: BgpLink): SitePath {
  return { ...path, bgpLinks: [...path.bgpLinks, link] };
}

function bgpPath(index: number, name: string, link: BgpLink): SitePath {
  return {
    index,
    name,
    kind: "expressroute",
    circuit: "",
    files: [],
    interfaces: [],
    vlans: [],
    nextHops: [],
    erspanSessions: [],
    nat: [],
    hops: [],
    communities: [],
    routes: [],
    complete: false,
    match: [],
    bgpLinks: [link],
  };
}
