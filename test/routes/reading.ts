import { prefixText } from "../../src/address/prefix.ts";
import { parseRouteTable } from "../../src/routes/parse.ts";
import { type RouteTable, RouteTableError } from "../../src/routes/route-table.ts";

/** Prefix, next hop and AS path of each route, as text. */
export function routes(table: RouteTable): string[] {
  return table.routes.map((route) =>
    [prefixText(route.prefix), route.nextHop, route.asPath].join(" ").trim(),
  );
}

/** The table of a text or of bytes. */
export function read(text: string | Uint8Array): RouteTable {
  return parseRouteTable(text, "t.txt");
}

/** What the error says that an input gives; empty when it gives none. */
export function fault(input: string | Uint8Array): string {
  try {
    read(input);
    return "";
  } catch (error) {
    if (error instanceof RouteTableError) return error.message;
    throw error;
  }
}
