import { PrefixTable } from "../address/prefix-table.ts";
import { type Prefix, prefixText } from "../address/prefix.ts";
import { counted } from "../count-text.ts";
import { NO_ITEMS } from "../no-items.ts";
import type { ByFamily } from "../protocols/bgp-family.ts";
import { ANYWHERE, mayRoute, type UnreadRow } from "./unread-rows.ts";

/** The outputs that `parseRouteTable` can read. */
export type RouteTableFormat =
  | "show-ip-bgp"
  | "show-ip-route"
  | "junos-show-route"
  | "junos-json"
  | "frr-json"
  | "eos-json"
  | "nxos-json"
  | "azure-json"
  | "azure-table"
  | "prefix-list"
  | "mrt"
  | "bgpdump"
  | "bird"
  | "bgp-session";

/** One route in use: the best one of its prefix. */
export interface Route {
  readonly prefix: Prefix;
  /** Address or interface as the table prints it; empty when the table does not say. */
  readonly nextHop: string;
  /** As the table prints it, without the origin code: "12076 8075"; empty when there is none. */
  readonly asPath: string;
  /** "12076:5030"; most tables print none. */
  readonly communities: readonly string[];
  /** Line in the file, from 1; record number for MRT. */
  readonly line: number;
}

/** A line (or record) that could not be read. */
export interface UnreadableLine {
  readonly line: number;
  /** At most 80 characters, printable ones only. */
  readonly text: string;
}

/** So many unreadable lines are kept; all are counted. */
const KEPT_UNREADABLE_LINES = 20;

/** So many prefixes are kept that unreadable lines may have had; with more, they may have had any. */
const MOST_UNREAD = 4096;

/** The whole Internet has 1.3 million; many more take all memory. */
const MOST_ROUTES = 2 ** 21;

/** A route table that cannot be used. The message names the file and, where there is one, the line. */
export class RouteTableError extends Error {
  override readonly name: string = "RouteTableError";
}

/** How much of a table is known: all of it, some, or it is no table of that IP version. */
export type Completeness = "whole" | "part" | "none";

/** The routes of one table, one a prefix. */
export class RouteTable {
  readonly fileName: string;
  readonly format: RouteTableFormat;
  readonly routes: readonly Route[];
  /** How many lines or records could not be read, and the first of them. */
  readonly unreadableCount: number;
  readonly unreadable: readonly UnreadableLine[];
  /** `part` where the file is cut off: what is missing proves nothing. */
  readonly completeness: "whole" | "part";
  /** Which IP versions it has routes of. */
  readonly has: ByFamily<boolean>;
  /** What lines that could not be read may have been routes to. */
  readonly unread: readonly UnreadRow[];
  readonly #unreadTable: PrefixTable;
  readonly #table: PrefixTable;
  readonly #note: string;

  constructor(
    fileName: string,
    format: RouteTableFormat,
    routes: readonly Route[],
    unreadable: readonly UnreadableLine[],
    unreadableCount: number,
    completeness: "whole" | "part" = "whole",
    note = "",
    unread: readonly UnreadRow[] = NO_ITEMS,
  ) {
    this.#note = note;
    this.unread = unread;
    this.#unreadTable = new PrefixTable(unread.map(({ prefix }) => prefix));
    this.completeness = completeness;
    const hasRoute = (version: 4 | 6): boolean => routes.some(({ prefix }) => prefix.version === version);
    this.has = { 4: hasRoute(4), 6: hasRoute(6) };
    this.fileName = fileName;
    this.format = format;
    this.routes = routes;
    this.unreadable = unreadable;
    this.unreadableCount = unreadableCount;
    this.#table = new PrefixTable(routes.map((route) => route.prefix));
  }

  /** The same table, of which the end is not there. */
  cut(): RouteTable {
    return this.#with("part", this.#note);
  }

  /** The same table, with one more thing that a person should know of it. */
  noted(note: string): RouteTable {
    return this.#with(this.completeness, note);
  }

  #with(completeness: "whole" | "part", note: string): RouteTable {
    const { fileName, format, routes, unreadable, unreadableCount, unread } = this;
    return new RouteTable(fileName, format, routes, unreadable, unreadableCount, completeness, note, unread);
  }

  /** What a person should know of this table; each names file and line. */
  get warnings(): readonly string[] {
    const found: string[] = [];
    const first = this.unreadable[0];
    const lines = counted(this.unreadableCount, "line");
    if (first !== undefined) {
      const others = this.unreadable.slice(1).map(({ line }) => line);
      const isAll = others.length + 1 === this.unreadableCount;
      const where = others.length === 0 ? "" : ` (then ${others.join(", ")}${isAll ? "" : ", ..."})`;
      found.push(`${this.fileName}:${first.line}: ${lines} could not be read${where}, first: ${first.text}`);
    }
    if (this.unread.length > 0)
      found.push(
        `${this.fileName}:${this.unread[0]?.line}: what lines that could not be read may be routes to is not expected on the Internet for lack of one`,
      );
    if (this.#note !== "") found.push(this.#note);
    if (this.completeness === "part")
      found.push(
        `${this.fileName}: is cut off, so that what it lacks is not expected on the Internet for that`,
      );
    return found;
  }

  /** The longest match of an address given as four words; `undefined` when nothing matches. */
  lookup(w0: number, w1: number, w2: number, w3: number): Route | undefined {
    return this.routes[this.#table.longest(w0, w1, w2, w3)];
  }

  /** Every route that holds the address at a moment (seconds since 1970), longest prefix first. */
  matches(w0: number, w1: number, w2: number, w3: number, _moment: number): readonly Route[] {
    return this.#table
      .matches(w0, w1, w2, w3)
      .map((index) => this.routes[index])
      .filter((route) => route !== undefined);
  }

  /** A line that could not be read and may have been a route to an address, given as four words: of several the nearest. */
  unreadRow(w0: number, w1: number, w2: number, w3: number): UnreadRow | undefined {
    return this.unread[this.#unreadTable.longest(w0, w1, w2, w3)];
  }

  /** Whether it has routes of an IP version at a moment. */
  hasAt(family: 4 | 6, _moment: number): boolean {
    return this.has[family];
  }

  /** How much of the table is known that held at a moment. */
  completenessAt(_family: 4 | 6, _moment: number): Completeness {
    return this.completeness;
  }
}

/** What is known of a route besides its prefix. */
export interface RouteDetails {
  readonly nextHop?: string | undefined;
  readonly asPath?: string | undefined;
  readonly communities?: readonly string[] | undefined;
  /** True for the route that the table marks as in use; left out where tables mark nothing. */
  readonly isBest?: boolean | undefined;
  readonly line: number;
}

/** Gathers the routes of a table while it is read: of several for one prefix the best, else the first. */
export class RouteTableBuilder {
  readonly fileName: string;
  readonly format: RouteTableFormat;
  readonly #routes = new Map<string, { readonly route: Route; readonly isBest: boolean }>();
  readonly #unreadable: UnreadableLine[] = [];
  readonly #unread = new Map<string, UnreadRow>();
  #unreadableCount = 0;
  #anyBest = false;

  constructor(fileName: string, format: RouteTableFormat) {
    this.fileName = fileName;
    this.format = format;
  }

  add(prefix: Prefix, details: RouteDetails): void {
    const key = prefixText(prefix);
    const isBest = details.isBest === true;
    if (isBest) this.#anyBest = true;
    const known = this.#routes.get(key);
    if (known !== undefined && (known.isBest || !isBest)) return;
    const route = {
      prefix,
      nextHop: details.nextHop ?? "",
      asPath: details.asPath ?? "",
      communities: details.communities ?? [],
      line: details.line,
    };
    if (known === undefined && this.#routes.size === MOST_ROUTES)
      throw new RouteTableError(
        `${this.fileName}:${details.line}: has more than ${MOST_ROUTES} routes, the most that are read of a table`,
      );
    this.#routes.set(key, { route, isBest });
  }

  /** `covers`: prefixes that hold whatever the line may have been a route to. */
  unreadable(line: number, text: string, covers: readonly Prefix[] = mayRoute(text)): void {
    this.#unreadableCount += 1;
    for (const prefix of this.#unread.size < MOST_UNREAD ? covers : ANYWHERE) {
      const key = prefixText(prefix);
      if (!this.#unread.has(key)) this.#unread.set(key, { prefix, line });
    }
    if (this.#unreadable.length < KEPT_UNREADABLE_LINES)
      this.#unreadable.push({ line, text: printable(text) });
  }

  /** Where a table marks routes in use, only those count. Throws a `RouteTableError` when no route was read. */
  finish(): RouteTable {
    const routes = [...this.#routes.values()]
      .filter((entry) => entry.isBest || !this.#anyBest)
      .map((entry) => entry.route);
    if (routes.length === 0) {
      const first = this.#unreadable[0];
      const where = first === undefined ? this.fileName : `${this.fileName}:${first.line}`;
      const what = first === undefined ? "" : `; ${first.text} could not be read`;
      throw new RouteTableError(`${where}: no route found, read as ${FORMAT_NAMES[this.format]}${what}`);
    }
    const unread = [...this.#unread.values()];
    return new RouteTable(
      this.fileName,
      this.format,
      routes,
      this.#unreadable,
      this.#unreadableCount,
      "whole",
      "",
      unread,
    );
  }
}

const FORMAT_NAMES: Readonly<Record<RouteTableFormat, string>> = {
  "show-ip-bgp": "show ip bgp",
  "show-ip-route": "show ip route",
  "junos-show-route": "Junos show route",
  "junos-json": "Junos show route (JSON)",
  "frr-json": "FRR's show bgp or show ip route (JSON)",
  "eos-json": "EOS' show ip bgp or show ip route (JSON)",
  "nxos-json": "NX-OS' show ip route (JSON)",
  "azure-json": "Azure's list-route-tables (JSON)",
  "azure-table": "Azure's route table (text)",
  "prefix-list": "a list of prefix and next hop",
  mrt: "MRT TABLE_DUMP_V2",
  bgpdump: "bgpdump -m",
  bird: "BIRD's show route",
  "bgp-session": "a BGP session",
};

function printable(text: string): string {
  return JSON.stringify(text.slice(0, 80).replace(/[^\x20-\x7e]/g, "?"));
}
