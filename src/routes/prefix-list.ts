import { parseAddress } from "../address/address.ts";
import { type Prefix, parsePrefix, prefixOf } from "../address/prefix.ts";
import { type RouteTable, RouteTableBuilder } from "./route-table.ts";

const COMMENT = /^\s*(?:[#!;].*)?$/;
const HEADING = /prefix|network|destination|route|subnet/i;
const DEFAULT_ROUTES: ReadonlySet<string> = new Set(["default", "0/0"]);

/**
 * One route a line: a prefix, then perhaps a next hop, joined by spaces, tabs, commas or semicolons; `ip route`'s
 * "prefix via hop", a network with a dotted mask, and CSV with a heading are read, too. A bare address is a host route.
 */
export function parsePrefixList(lines: readonly string[], fileName: string): RouteTable {
  const builder = new RouteTableBuilder(fileName, "prefix-list");
  let columns: readonly string[] | undefined;
  let isFirst = true;
  for (const [index, line] of lines.entries()) {
    if (COMMENT.test(line)) continue;
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
  return builder.finish();
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
  const prefixColumn = columns?.findIndex((name) => HEADING.test(name)) ?? 0;
  const hopColumn = columns?.findIndex((name) => /hop|gateway|via/.test(name)) ?? -1;
  const rest = cells.slice(prefixColumn + 1).filter((cell) => cell !== "via");
  const text = cells[prefixColumn] ?? "";
  const nextHop = (hopColumn >= 0 ? cells[hopColumn] : rest[0]) ?? "";
  if (DEFAULT_ROUTES.has(text)) return { prefix: prefixOf(4, [0, 0, 0xffff, 0], 0), nextHop };
  const masked = text.includes("/") ? undefined : maskLength(rest[0] ?? "");
  const address = parseAddress(text);
  if (masked !== undefined && address?.version === 4)
    return { prefix: prefixOf(4, address.words, masked), nextHop: rest[1] ?? "" };
  const prefix = parsePrefix(text, { hostBits: "clear" });
  return prefix === undefined ? undefined : { prefix, nextHop };
}

/** Length of a dotted mask of one to 32 bits such as 255.255.255.0; `undefined` for anything else. */
function maskLength(text: string): number | undefined {
  const word = parseAddress(text)?.words[3];
  if (word === undefined || !text.startsWith("255.") || text.includes(":")) return undefined;
  const length = Math.clz32(~word >>> 0);
  return word === (0xffffffff << (32 - length)) >>> 0 || length === 32 ? length : undefined;
}
