import { parsePrefix } from "../address/prefix.ts";
import { asNumbers, fieldsOf, isObject, linesOf, listOf, textOf } from "./json-fields.ts";
import { type RouteTable, RouteTableBuilder } from "./route-table.ts";
import { ANYWHERE, mayRoute } from "./unread-rows.ts";

const PREFIX = /^[\da-f.:]+\/\d{1,3}$/i;
/** A prefix as the name of a field, whose slash may be escaped. */
const KEY = /"[\da-f.:]+\\?\/\d{1,3}"\s*:/gi;

type Routes = Readonly<Record<string, unknown>>;

/** The routes of FRR's JSON, a list for each VRF; undefined for other JSON. Of `show bgp` they are the field `routes`. */
export function frrRoutes(root: unknown): readonly Routes[] | undefined {
  if (!isObject(root)) return undefined;
  const own = routesIn(root);
  if (own !== undefined) return [own];
  const ofVrfs = Object.values(root).map(routesIn);
  const found = ofVrfs.filter((each) => each !== undefined);
  return found.length > 0 ? found : undefined;
}

/** True for what `show bgp neighbors X advertised-routes json` writes: own prefixes are no evidence of what Microsoft announces. */
export function isAnnouncedJson(root: unknown): boolean {
  return [root, ...(isObject(root) ? Object.values(root) : [])].some(
    (value) => isObject(value) && isObject(value["advertisedRoutes"]),
  );
}

function routesIn(value: unknown): Routes | undefined {
  if (!isObject(value)) return undefined;
  const routes = value["routes"] ?? value["receivedRoutes"];
  if (isObject(routes)) return routes;
  const names = Object.keys(value);
  return names.length > 0 && names.some((name) => PREFIX.test(name)) ? value : undefined;
}

/**
 * `show bgp ipv4 unicast json` of FRR, also with `detail` or of what a neighbour sent, and `show ip route json`: prefixes are the
 * names of fields, each with a list of its paths, with an object that has one, or with one path. The best or selected path is in use.
 */
export function parseFrrJson(vrfs: readonly Routes[], text: string, fileName: string): RouteTable {
  const builder = new RouteTableBuilder(fileName, "frr-json");
  const nextLine = linesOf(text, KEY);
  for (const routes of vrfs) {
    for (const [name, value] of Object.entries(routes)) {
      const line = PREFIX.test(name) ? nextLine() : 1;
      const prefix = parsePrefix(name, { hostBits: "clear" });
      const paths = pathsOf(value);
      if (prefix === undefined || paths.length === 0) {
        const covers = mayRoute(name);
        builder.unreadable(line, name, covers.length > 0 ? covers : ANYWHERE);
        continue;
      }
      for (const path of paths) {
        const fields = fieldsOf(path);
        builder.add(prefix, {
          nextHop: textOf(fields.get("nexthop")) || nextHopOf(fields.get("nexthops")),
          asPath: asNumbers(
            textOf(fields.get("path")) || textOf(fieldsOf(fields.get("aspath")).get("string")),
          ),
          communities: textOf(fieldsOf(fields.get("community")).get("string"))
            .split(/\s+/)
            .filter((word) => /^\d+:\d+$/.test(word)),
          isBest: isBest(fields),
          line,
        });
      }
    }
  }
  return builder.finish();
}

function pathsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return listOf(value);
  const fields = fieldsOf(value);
  return fields.has("nexthop") ? [value] : listOf(fields.get("paths"));
}

function isBest(fields: ReadonlyMap<string, unknown>): boolean {
  const best = fields.get("bestpath");
  return best === true || fields.get("selected") === true || fieldsOf(best).get("overall") === true;
}

/** The next hop in use, else the first: its address, its link, or what a route to nowhere does with packets. */
function nextHopOf(nexthops: unknown): string {
  const all = listOf(nexthops).map(fieldsOf);
  const hop = all.find((each) => each.get("used") === true || each.get("fib") === true) ?? all[0];
  if (hop === undefined) return "";
  if (hop.get("unreachable") === true)
    return hop.get("blackhole") === true
      ? "blackhole"
      : hop.get("adminprohibited") === true
        ? "prohibit"
        : "unreachable";
  return textOf(hop.get("ip")) || textOf(hop.get("interfacename"));
}
