import type { BgpSession } from "../protocols/bgp-sessions.ts";
import { completenessOf, nameOfSession, routeTableOfSession } from "../routes/expected.ts";
import type { RouteTable } from "../routes/route-table.ts";
import { type LinkContext, Markers, plainVlan } from "./markers.ts";
import { type BgpLink, Site, type SitePath, describe } from "./site.ts";

/**
 * The site with the links added that Microsoft-peering BGP sessions inside the captures show to be ExpressRoute:
 * a session marks the VLAN of the interface it was seen on, or the interface itself where it was untagged
 * (docs/evidence.md, `bgp-session`). Where a declared ExpressRoute path has that VLAN or interface, the link is added to
 * it; else a path named after the session is added at the end, so that known indices stay.
 *
 * An untagged session marks nothing on the interface "any" and in captures without Ethernet addresses: such a
 * capture may hold all of a host's links at once.
 */
export function siteWithBgpSessions(
  site: Site,
  sessions: readonly BgpSession[],
  contextOf: (context: number) => LinkContext | undefined,
): Site {
  const paths: SitePath[] = [...site.paths];
  const markers = new Markers(site);
  for (const session of sessions) {
    if (!session.isMicrosoftPeering) continue;
    for (const number of session.contexts) {
      const context = contextOf(number);
      const link = context === undefined ? undefined : linkOf(context);
      if (context === undefined || link === undefined) continue;
      if (paths.some((path) => path.bgpLinks.some((known) => isSameLink(known, link)))) continue;
      const marks = markers.judge(context, session.latestSeconds).out;
      const declared =
        paths[marks.find((mark) => paths[mark.pathIndex]?.kind === "expressroute")?.pathIndex ?? -1];
      if (declared !== undefined) paths[declared.index] = withLink(declared, link);
      else {
        const name = nameOfSession(session);
        const known = paths.find((path) => path.name === name);
        if (known === undefined) paths.push(bgpPath(paths.length, name, link));
        else paths[known.index] = withLink(known, link);
      }
    }
  }
  learnRoutes(site, paths, sessions, contextOf);
  return paths.every((path, index) => path === site.paths[index])
    ? site
    : new Site({ ...describe(site), paths });
}

/**
 * Gives a path the table that its session showed from OPEN on without a gap: the routes of that moment, whole or not. Where
 * some of the session was missed it has no routes, and is no whole one. It is gone with the session. Tables that the site declares for ExpressRoute
 * stand above them.
 */
function learnRoutes(
  site: Site,
  paths: SitePath[],
  sessions: readonly BgpSession[],
  contextOf: (context: number) => LinkContext | undefined,
): void {
  const declares = (path: SitePath): boolean => path.routes.some((table) => table.format !== LEARNED);
  if (site.paths.some((path) => path.kind === "expressroute" && declares(path))) return;
  for (const session of latestOfEach(sessions)) {
    const links = [...session.contexts]
      .map((number) => contextOf(number))
      .map((context) => context && linkOf(context));
    const path = paths.find(({ bgpLinks }) =>
      bgpLinks.some((known) => links.some((link) => link !== undefined && isSameLink(known, link))),
    );
    if (path === undefined) continue;
    const name = nameOfSession(session);
    const before = path.routes.find(({ fileName, format }) => format === LEARNED && fileName === name);
    if (session.isOver ? before === undefined : before !== undefined && isTableOf(session, before)) continue;
    const others = path.routes.filter((table) => table !== before);
    const routes = session.isOver ? others : [...others, routeTableOfSession(session)];
    paths[path.index] = { ...path, routes };
  }
}

/** Of the Microsoft peerings between the same two addresses the last that is not over: a router connects again. */
function latestOfEach(sessions: readonly BgpSession[]): Iterable<BgpSession> {
  const latest = new Map<string, BgpSession>();
  for (const session of sessions) {
    if (!session.isMicrosoftPeering) continue;
    const name = nameOfSession(session);
    if (!session.isOver || latest.get(name)?.isOver !== false) latest.set(name, session);
  }
  return latest.values();
}

function isTableOf(session: BgpSession, table: RouteTable): boolean {
  const { completeness } = table;
  const hasItsRoutes = session.routesHold ? table.routes === session.routes : table.routes.length === 0;
  return (
    hasItsRoutes &&
    completeness[4] === completenessOf(session, 4) &&
    completeness[6] === completenessOf(session, 6)
  );
}

/** `RouteTable.format` of what a session inside the captures showed. */
const LEARNED = "bgp-session";

function linkOf(context: LinkContext): BgpLink | undefined {
  if (context.mirrorHeaders || context.outerSource?.some((word) => word !== 0) === true) return undefined;
  const vlan = plainVlan(context.vlan);
  if (vlan === "" && (context.interfaceName === "any" || context.sourceMac === "")) return undefined;
  return { point: context.point, file: context.file, interfaceName: context.interfaceName, vlan };
}

function isSameLink(a: BgpLink, b: BgpLink): boolean {
  return a.point === b.point && a.file === b.file && a.interfaceName === b.interfaceName && a.vlan === b.vlan;
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
