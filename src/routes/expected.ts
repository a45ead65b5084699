import { MAPPED_PREFIX } from "../address/address.ts";
import type { PathKind } from "../words.ts";
import type { Route, RouteTable } from "./route-table.ts";

/** A declared path, as far as routes go. */
export interface RoutedPath {
  readonly index: number;
  readonly kind: PathKind;
  /** Empty where none is declared. */
  readonly circuit: string;
  readonly routes: readonly RouteTable[];
}

/** What the declared route tables say of an address. */
export interface RoutedExpectation {
  readonly path: "expressroute" | "internet";
  /** The route that decided; `undefined` when no ExpressRoute table has one, which means the Internet. */
  readonly route: Route | undefined;
  readonly table: RouteTable | undefined;
  /** Place of the route's path in the site, or -1. */
  readonly pathIndex: number;
  /** False where the ExpressRoute tables have no route of the address's IP version. */
  readonly hasVersion: boolean;
}

/**
 * Where routers with the declared tables send an address (four words), by longest match. A table is complete: an
 * address that no ExpressRoute table has goes to the Internet. Where Internet paths have tables, too, the longer prefix
 * wins, and ExpressRoute among equals. Routes to nowhere (Null0) do not count, nor a default route in an ExpressRoute
 * table: Microsoft peering advertises none. `undefined` when no ExpressRoute path has a table; of tables that are not all
 * whole for the address's IP version only the routes that they have count, and where what could not be read or was cut off may be a
 * longer route of the other kind, none does. A table that a BGP session showed is that of
 * `moment`, seconds since 1970.
 */
export function expectedFromRoutes(
  site: { readonly paths: readonly RoutedPath[] },
  w0: number,
  w1: number,
  w2: number,
  w3: number,
  moment: number,
): RoutedExpectation | undefined {
  // Mostly no table is declared, and each flow asks twice.
  if (site.paths.every(hasNoRoutes)) return undefined;
  let best: Omit<RoutedExpectation, "hasVersion"> | undefined;
  const family = w0 === 0 && w1 === 0 && w2 === MAPPED_PREFIX ? 4 : 6;
  for (const path of site.paths) {
    if (path.kind !== "expressroute" && path.kind !== "internet") continue;
    for (const table of path.routes) {
      const route = table
        .matches(w0, w1, w2, w3, moment)
        .find((match) => !isDiscard(match) && (path.kind === "internet" || match.prefix.length > 0));
      if (route === undefined) continue;
      const length = best?.route?.prefix.length ?? -1;
      const isBetter =
        route.prefix.length > length ||
        (route.prefix.length === length && path.kind === "expressroute" && best?.path === "internet");
      if (isBetter) best = { path: path.kind, route, table, pathIndex: path.index };
    }
  }
  if (best?.path !== "expressroute" && !isWhole(site.paths, family, moment)) return undefined;
  if (unreadBeside(site.paths, best?.path ?? "internet", w0, w1, w2, w3) !== undefined) return undefined;
  if (best?.path === "expressroute" && !isHost(best.route) && cutTable(site.paths) !== undefined)
    return undefined;
  const hasVersion = site.paths.some(
    ({ kind, routes }) => kind === "expressroute" && routes.some((table) => table.hasAt(family, moment)),
  );
  return { ...(best ?? { path: "internet", route: undefined, table: undefined, pathIndex: -1 }), hasVersion };
}

function hasNoRoutes({ routes }: RoutedPath): boolean {
  return routes.length === 0;
}

/**
 * True when no route of ExpressRoute can be missing: there is a table, and none is known in part only. A declared table
 * counts for all paths; one that a BGP session showed for those of its circuit.
 */
function isWhole(paths: readonly RoutedPath[], family: 4 | 6, moment: number): boolean {
  const expressRoute = paths.filter((path) => path.kind === "expressroute");
  const tables = expressRoute.flatMap((path) => path.routes);
  if (tables.some((table) => table.completenessAt(family, moment) === "part")) return false;
  const whole = (path: RoutedPath): boolean =>
    path.routes.some((table) => table.completenessAt(family, moment) === "whole");
  if (tables.some((table) => table.format !== "bgp-session")) return expressRoute.some(whole);
  const shown = new Set(expressRoute.filter(whole).map(({ circuit }) => circuit));
  return shown.size > 0 && expressRoute.every(({ circuit }) => shown.has(circuit));
}

/**
 * What could not be read and may be a route to an address (four words) that the declared tables say nothing of for that: a row, as
 * "line 7 of er.txt", or "the rest of isp.txt". Undefined where nothing is.
 */
export function unreadRoute(
  site: { readonly paths: readonly RoutedPath[] },
  w0: number,
  w1: number,
  w2: number,
  w3: number,
): string | undefined {
  if (!site.paths.some(({ kind, routes }) => kind === "expressroute" && routes.length > 0)) return undefined;
  const row =
    unreadBeside(site.paths, "internet", w0, w1, w2, w3) ??
    unreadBeside(site.paths, "expressroute", w0, w1, w2, w3);
  if (row !== undefined) return row;
  const cut = cutTable(site.paths);
  return cut === undefined ? undefined : `the rest of ${cut.fileName}`;
}

/** An Internet path's table that is cut off: it may lack a longer route than the one that leads to ExpressRoute. */
function cutTable(paths: readonly RoutedPath[]): RouteTable | undefined {
  for (const { kind, routes } of paths) {
    const cut = kind === "internet" ? routes.find(({ completeness }) => completeness === "part") : undefined;
    if (cut !== undefined) return cut;
  }
  return undefined;
}

/**
 * The row of a table of the other kind that could not be read and may be a longer route to the address than the one that decided.
 * Beside an ExpressRoute one only rows of which the network is known count: else one row would undo the whole table.
 */
function unreadBeside(
  paths: readonly RoutedPath[],
  decided: RoutedExpectation["path"],
  w0: number,
  w1: number,
  w2: number,
  w3: number,
): string | undefined {
  const other = decided === "internet" ? "expressroute" : "internet";
  for (const { kind, routes } of paths) {
    if (kind !== other) continue;
    for (const table of routes) {
      const row = table.unreadRow(w0, w1, w2, w3);
      if (row !== undefined && (other === "expressroute" || row.prefix.length > 0))
        return `line ${row.line} of ${table.fileName}`;
    }
  }
  return undefined;
}

/** No route is longer. */
function isHost(route: Route | undefined): boolean {
  return route?.prefix.length === (route?.prefix.version === 4 ? 32 : 128);
}

/** True for routes that lead to nowhere. */
export function isDiscard(route: Route): boolean {
  return /^(?:null\d*|discard|reject|blackhole|unreachable|prohibit)$/i.test(route.nextHop);
}
