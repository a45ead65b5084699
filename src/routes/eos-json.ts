import { parsePrefix } from "../address/prefix.ts";
import { asNumbers, fieldsOf, isObject, linesOf, listOf, textOf } from "./json-fields.ts";
import { type RouteDetails, type RouteTable, RouteTableBuilder } from "./route-table.ts";
import { ANYWHERE, mayRoute } from "./unread-rows.ts";

/** A prefix as the name of a field. */
const KEY = /"[\da-f.:]+\\?\/\d{1,3}"\s*:/gi;
const PREFIX = /^[\da-f.:]+\/\d{1,3}$/i;

type Details = Omit<RouteDetails, "line">;

/** The tables of a VRF: of `show ip route | json` and of `show ip bgp | json`. */
interface Vrf {
  readonly routes: Readonly<Record<string, unknown>>;
  readonly read: (value: unknown) => readonly Details[];
}

/** Tables in the JSON of EOS, one a VRF; undefined for other JSON. */
export function eosTables(root: unknown): readonly Vrf[] | undefined {
  if (!isObject(root) || !isObject(root["vrfs"])) return undefined;
  const tables = Object.values(root["vrfs"]).flatMap((vrf): Vrf[] => {
    if (!isObject(vrf)) return [];
    const { routes, bgpRouteEntries } = vrf;
    return [
      ...(isObject(routes) ? [{ routes, read: routeOf }] : []),
      ...(isObject(bgpRouteEntries) ? [{ routes: bgpRouteEntries, read: bgpPathsOf }] : []),
    ];
  });
  return tables.length > 0 ? tables : undefined;
}

/** `show ip route | json` and `show ip bgp | json` of Arista EOS, for each VRF: prefixes are the names of fields. */
export function parseEosJson(tables: readonly Vrf[], text: string, fileName: string): RouteTable {
  const builder = new RouteTableBuilder(fileName, "eos-json");
  const nextLine = linesOf(text, KEY);
  for (const { routes, read } of tables) {
    for (const [name, value] of Object.entries(routes)) {
      const line = PREFIX.test(name) ? nextLine() : 1;
      const prefix = parsePrefix(name, { hostBits: "clear" });
      const found = prefix === undefined ? [] : read(value);
      if (prefix === undefined || found.length === 0) {
        const covers = mayRoute(name);
        builder.unreadable(line, name, covers.length > 0 ? covers : ANYWHERE);
        continue;
      }
      for (const details of found) builder.add(prefix, { ...details, line });
    }
  }
  return builder.finish();
}

/** A route in use. One that drops has the next hop that the table for people gives it. */
function routeOf(value: unknown): readonly Details[] {
  const fields = fieldsOf(value);
  const vias = listOf(fields.get("vias")).map(fieldsOf);
  if (fields.get("routeaction") === "drop") return [{ nextHop: "Null0", isBest: true }];
  if (!fields.has("vias") && !fields.has("routetype")) return [];
  const [via] = vias;
  return [{ nextHop: textOf(via?.get("nexthopaddr")) || textOf(via?.get("interface")), isBest: true }];
}

/** Of the paths of a prefix, `active` is the one that the table for people marks as best. */
function bgpPathsOf(value: unknown): readonly Details[] {
  return listOf(fieldsOf(value).get("bgproutepaths")).map((path) => {
    const fields = fieldsOf(path);
    return {
      nextHop: textOf(fields.get("nexthop")),
      asPath: asNumbers(textOf(fieldsOf(fields.get("aspathentry")).get("aspath"))),
      communities: listOf(fieldsOf(fields.get("routedetail")).get("communitylist"))
        .map(textOf)
        .filter((word) => /^\d+:\d+$/.test(word)),
      isBest: fieldsOf(fields.get("routetype")).get("active") === true,
    };
  });
}
