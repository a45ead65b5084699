import type { RouteTable } from "./route-table.ts";
import { RouteTableError } from "./route-table.ts";

/** Reads a router's output, text or bytes; see `RouteTableFormat` for what it knows. */
export function parseRouteTable(_input: string | Uint8Array, fileName: string): RouteTable {
  throw new RouteTableError(`${fileName}: no route found`);
}
