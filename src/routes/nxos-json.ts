import { parsePrefix } from "../address/prefix.ts";
import { isObject, linesOf, textOf } from "./json-fields.ts";
import { type RouteTable, RouteTableBuilder } from "./route-table.ts";
import { ANYWHERE, mayRoute } from "./unread-rows.ts";

/** The field of each route. */
const KEY = /"ipprefix"\s*:/g;

type Fields = Readonly<Record<string, unknown>>;

/** The routes in the JSON of NX-OS, of all VRFs and both IP versions; undefined for other JSON. */
export function nxosRoutes(root: unknown): readonly Fields[] | undefined {
  if (!isObject(root)) return undefined;
  const families = rowsOf(root, "vrf").flatMap((vrf) => rowsOf(vrf, "addrf"));
  return families.length > 0 ? families.flatMap((family) => rowsOf(family, "prefix")) : undefined;
}

/** `show ip route | json` of Cisco NX-OS: of the paths of a prefix those in use are marked `ubest`. */
export function parseNxosJson(routes: readonly Fields[], text: string, fileName: string): RouteTable {
  const builder = new RouteTableBuilder(fileName, "nxos-json");
  const nextLine = linesOf(text, KEY);
  for (const route of routes) {
    const name = textOf(route["ipprefix"]);
    const line = "ipprefix" in route ? nextLine() : 1;
    const prefix = parsePrefix(name, { hostBits: "clear" });
    const used = rowsOf(route, "path").find((path) => String(path["ubest"]) === "true");
    if (prefix !== undefined && used !== undefined) {
      builder.add(prefix, {
        nextHop: textOf(used["ipnexthop"]) || textOf(used["ifname"]),
        isBest: true,
        line,
      });
    } else if (prefix === undefined || route["ucast-nhops"] !== "0") {
      // A route for multicast alone takes no packet of a flow anywhere.
      const covers = mayRoute(name);
      builder.unreadable(line, name, covers.length > 0 ? covers : ANYWHERE);
    }
  }
  return builder.finish();
}

/** The rows of a table inside: an object where there is one, a list where there are several. */
function rowsOf(inside: Fields, name: string): readonly Fields[] {
  const table = inside[`TABLE_${name}`];
  const rows = isObject(table) ? table[`ROW_${name}`] : undefined;
  return (Array.isArray(rows) ? (rows as readonly unknown[]) : [rows]).filter(isObject);
}
