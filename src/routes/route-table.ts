import type { Prefix } from "../address/prefix.ts";

/** The outputs that `parseRouteTable` can read. */
export type RouteTableFormat =
  | "show-ip-bgp"
  | "show-ip-route"
  | "junos-show-route"
  | "azure-json"
  | "azure-table"
  | "prefix-list"
  | "mrt"
  | "bgpdump"
  | "bgp-session";

/** One route in use: the best one of its prefix. */
export interface Route {
  readonly prefix: Prefix;
  /** Address or interface as the table prints it; empty when the table does not say. */
  readonly nextHop: string;
  /** As the table prints it, without the origin code: "12076 8075". */
  readonly asPath?: string | undefined;
  /** "12076:5030" */
  readonly communities?: readonly string[] | undefined;
  /** Line in the file, from 1; 0 for binary input. */
  readonly line: number;
}

/** A line that no reader understood. */
export interface UnreadableLine {
  readonly line: number;
  /** At most 80 characters, printable ones only. */
  readonly text: string;
}

/** The routes of one table, one a prefix. */
export interface RouteTable {
  readonly fileName: string;
  readonly format: RouteTableFormat;
  readonly routes: readonly Route[];
  /** How many lines or records could not be read, and the first of them (at most 20). */
  readonly unreadableCount: number;
  readonly unreadable: readonly UnreadableLine[];
  /** What a person should know of this table, each with file and line. */
  readonly warnings: readonly string[];
  /** The longest match of an address given as four words; `undefined` when nothing matches. */
  lookup(w0: number, w1: number, w2: number, w3: number): Route | undefined;
}

/** A route table that cannot be used. The message names file and, where there is one, line. */
export class RouteTableError extends Error {
  override readonly name: string = "RouteTableError";
}
