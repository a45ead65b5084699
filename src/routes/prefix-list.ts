import { parseAddress } from "../address/address.ts";
import { type Prefix, parsePrefix, prefixOf } from "../address/prefix.ts";
import { maskLength } from "./dotted-mask.ts";
import { type Route, type RouteTable, RouteTableBuilder, RouteTableError } from "./route-table.ts";

const COMMENT = /^\s*(?:[#!;].*)?$/;
const HEADING = /prefix|network|destination|route(?!r)|subnet/i;
const DEFAULT_ROUTES: ReadonlySet<string> = new Set(["default", "0/0"]);
/** What `ip route` says before a prefix of a route to nowhere, and of other kinds that `ip route show table all` has. */
const NOWHERE: ReadonlySet<string> = new Set(["blackhole", "unreachable", "prohibit"]);
const KINDS: ReadonlySet<string> = new Set([
  "unicast",
  "local",
  "broadcast",
  "multicast",
  "anycast",
  "throw",
]);
/** Words of `ip route` that may stand where a list has the next hop. */
const ATTRIBUTE = /^(?:via|dev|proto|scope|src|metric|table|nhid|onlink)$/;
/** `route -n` and `netstat -rn` of Linux: the mask stands behind the gateway. */
const KERNEL_TITLE = /^Kernel IP routing table\s*$/;
const KERNEL_HEADING = /^Destination\s+Gateway\s+Genmask\s+Flags\b/;
/** One of several ways of equal cost to the prefix above. */
const ANOTHER_WAY = /^\s+nexthop via \S/;

/**
 * One route a line: a prefix, then perhaps a next hop, joined by spaces, tabs, commas or semicolons; `ip route`'s
 * "prefix via hop", a network with a dotted mask, `route -n`, and CSV with a heading are read, too. A bare address is a host route.
 */
export function parsePrefixList(lines: readonly string[], fileName: string): RouteTable {
  const builder = new RouteTableBuilder(fileName, "prefix-list");
  let columns: readonly string[] | undefined;
  let isKernels = false;
  let isFirst = true;
  for (const [index, line] of lines.entries()) {
    if (COMMENT.test(line) || ANOTHER_WAY.test(line) || KERNEL_TITLE.test(line)) continue;
    if (KERNEL_HEADING.test(line)) {
      isKernels = true;
      continue;
    }
    if (isKernels) {
      const route = readKernelRoute(line.trim().split(/\s+/));
      if (route === undefined) builder.unreadable(index + 1, line);
      else builder.add(route.prefix, { nextHop: route.nextHop, line: index + 1 });
      continue;
    }
    const cells = cellsOf(line.replace(/\s[#!;].*$/, ""));
    const first = isFirst;
    isFirst = false;
    if (first && HEADING.test(line) && cells.every((cell) => parsePrefix(cell) === undefined)) {
      columns = cells.map((cell) => cell.toLowerCase());
      continue;
    }
    const route = readRoute(cells, columns);
    if (route === undefined) builder.unreadable(index + 1, line);
    else builder.add(route.prefix, { nextHop: route.nextHop, line: index + 1 });
  }
  const table = builder.finish();
  if (isByChance(table))
    throw new RouteTableError(
      `${table.warnings[0] ?? fileName}; the others have no prefix but hosts and the default route: no route table`,
    );
  return table;
}

/** Any text has lines that begin with an address or "default": neighbours of `show ip bgp summary`, next hops alone. */
function isByChance({ routes, unreadableCount }: RouteTable): boolean {
  const saysNothing = ({ prefix: { length, version } }: Route): boolean =>
    length === 0 || length === (version === 4 ? 32 : 128);
  return unreadableCount > routes.length && routes.every(saysNothing);
}

function cellsOf(line: string): string[] {
  const separator = line.includes(",") ? "," : line.includes(";") ? ";" : /\s+/;
  return line
    .trim()
    .split(separator)
    .map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
}

interface ReadRoute {
  readonly prefix: Prefix;
  readonly nextHop: string;
}

function readRoute(cells: readonly string[], columns: readonly string[] | undefined): ReadRoute | undefined {
  const [kind = ""] = cells;
  if (columns === undefined && NOWHERE.has(kind)) {
    const prefix = parsePrefix(cells[1] ?? "", { hostBits: "clear" });
    return prefix === undefined ? undefined : { prefix, nextHop: kind };
  }
  if (columns === undefined && KINDS.has(kind)) return readRoute(cells.slice(1), columns);
  const prefixColumn = columns?.findIndex((name) => HEADING.test(name)) ?? 0;
  // A first line in words ("exported prefixes") is no heading: the row begins with its prefix.
  if (prefixColumn > 0 && !isPrefixAt(cells, prefixColumn) && parsePrefix(kind) !== undefined)
    return readRoute(cells, undefined);
  const hopColumn = columns?.findIndex((name) => /hop|gateway|via/.test(name)) ?? -1;
  const rest = cells.slice(prefixColumn + 1);
  const text = cells[prefixColumn] ?? "";
  const nextHop = (hopColumn >= 0 ? cells[hopColumn] : firstHop(rest)) ?? "";
  if (DEFAULT_ROUTES.has(text)) return { prefix: prefixOf(4, [0, 0, 0xffff, 0], 0), nextHop };
  const masked = text.includes("/") ? undefined : maskLength(rest[0] ?? "");
  const address = parseAddress(text);
  // As hosts and firewalls print the default route: its mask has no bit.
  if (text === "0.0.0.0" && rest[0] === "0.0.0.0")
    return { prefix: prefixOf(4, [0, 0, 0xffff, 0], 0), nextHop: rest[1] ?? "" };
  if (masked !== undefined && address?.version === 4)
    return { prefix: prefixOf(4, address.words, masked), nextHop: rest[1] ?? "" };
  const prefix = parsePrefix(text, { hostBits: "clear" });
  return prefix === undefined ? undefined : { prefix, nextHop };
}

/** True for a prefix that says its length, or whose mask follows. */
function isPrefixAt(cells: readonly string[], column: number): boolean {
  return cells[column]?.includes("/") === true || maskLength(cells[column + 1] ?? "") !== undefined;
}

/** "52.112.0.0 192.0.2.2 255.252.0.0 UG ...": a flag "!" says that the route rejects. */
function readKernelRoute([text = "", gateway = "", mask = "", flags = ""]: readonly string[]):
  ReadRoute | undefined {
  const address = text === "default" ? parseAddress("0.0.0.0") : parseAddress(text);
  const length = mask === "0.0.0.0" ? 0 : maskLength(mask);
  if (address?.version !== 4 || length === undefined) return undefined;
  return { prefix: prefixOf(4, address.words, length), nextHop: flags.includes("!") ? "reject" : gateway };
}

/** The next hop behind a prefix, which stands there alone or behind one of `ip route`'s words: via an address, else dev a link. */
function firstHop(rest: readonly string[]): string | undefined {
  if (!ATTRIBUTE.test(rest[0] ?? "")) return rest[0];
  const word = rest.includes("via") ? "via" : "dev";
  const at = rest.indexOf(word);
  // "via inet6 fe80::1": an IPv4 route whose next hop has IPv6.
  return at < 0 ? "" : rest[at + 1] === "inet6" ? rest[at + 2] : rest[at + 1];
}
