import { parseAddress } from "../address/address.ts";
import { type Prefix, parsePrefix, prefixOf } from "../address/prefix.ts";
import { type RouteTable, RouteTableBuilder } from "./route-table.ts";

/** Columns of the table, from its heading; 0 where there is none. */
interface Columns {
  readonly network: number;
  readonly nextHop: number;
  readonly path: number;
}

const STATUS = /^[*>sdhrSxmbfaciIeElLNV=#&| -]*$/;

/** Lines that stand around a table and are no routes: prompts, totals, headings of another VRF. */
const AROUND =
  /^\s*$|^<?[\w.()@:/-]{2,}[#>]|^\s*(?:BGP |Router identifier|Local router|Status|Route status|Path type|Origin|RPKI|AS Path Attr|AF-Private Import|S - Stale|[a-z] [a-z-]+, |Route Distinguisher|Displayed|Processed|-+ ?More|<-+ ?More|Total number|Codes|VRF|Address Family|Neighbor|For address family)/i;

/**
 * `show ip bgp` of IOS, NX-OS and EOS, and what looks like it (`neighbors ... received-routes`, IPv6).
 *
 * The heading's columns decide, because the marks before a network are glued to it ("*>i10.2.2.2/32") and Metric and
 * LocPrf may be blank. A line without a network is another route to the one above; a network too long for its column
 * stands alone, its route on the next line; IOS prints classful networks without their length.
 */
export function parseShowBgp(lines: readonly string[], fileName: string): RouteTable {
  const builder = new RouteTableBuilder(fileName, "show-ip-bgp");
  let columns: Columns | undefined;
  let network: Prefix | undefined;
  /** A network whose route is on the next line. */
  let waiting: { readonly status: string; readonly line: number; readonly text: string } | undefined;
  const giveUp = (): void => {
    if (waiting !== undefined) builder.unreadable(waiting.line, waiting.text);
    waiting = undefined;
  };
  for (const [index, text] of lines.entries()) {
    const line = text.replaceAll("\t", "        ");
    const heading = /^\s*(?=Network\s+Next ?Hop)/i.exec(line);
    if (heading !== null) {
      columns = {
        network: heading[0].length,
        nextHop: line.search(/\bNext ?Hop\b/i),
        path: Math.max(line.search(/\bPath\b/i), 0),
      };
      network = undefined;
      giveUp();
      continue;
    }
    if (columns === undefined && !looksLikeRow(line)) continue;
    const split = line.trim() === "" ? undefined : splitRow(line, columns);
    if (split === undefined) {
      if (AROUND.test(line)) continue;
      // Only AS numbers: the rest of a long path, which NX-OS breaks within a number.
      const rest = line.trim();
      if (!(/^\s/.test(line) && /^[\d\s{}.]*[ie?]?$/.test(rest)) && !/^[\d\s{}]+[ie?|&]?$/.test(rest))
        builder.unreadable(index + 1, line);
      continue;
    }
    if (split.network !== undefined) {
      giveUp();
      network = split.network;
    }
    const status = waiting?.status ?? split.status;
    waiting = undefined;
    if (split.nextHop === undefined) {
      waiting = { status: split.status, line: index + 1, text: line };
      continue;
    }
    if (network === undefined) {
      builder.unreadable(index + 1, line);
      continue;
    }
    // Damped, historic and deleted routes are not in use whatever else they say.
    const isBest = status.includes(">") && !/[dhx]/.test(status);
    builder.add(network, { nextHop: split.nextHop, asPath: split.asPath, isBest, line: index + 1 });
  }
  giveUp();
  return builder.finish();
}

/** The letters of an address are marks, too, so that a number is looked for behind these: else each of them could be either. */
function looksLikeRow(line: string): boolean {
  return /^\s*[*>][*>sdhrSxmbfaciIeElL=#&| ]*(?:\d[0-9a-f]*)?[.:]/i.test(line);
}

interface Row {
  readonly status: string;
  readonly network: Prefix | undefined;
  /** `undefined` when the line ends behind the network. */
  readonly nextHop: string | undefined;
  readonly asPath: string;
}

function splitRow(line: string, columns: Columns | undefined): Row | undefined {
  if (columns !== undefined) {
    const row = readRow(
      line.slice(0, columns.network),
      line.slice(columns.network),
      columns.network,
      columns,
    );
    if (row !== undefined) return row;
  }
  // Pasted without its columns: the marks end where an address begins.
  const marks = /^[*>sdhrSxmbfaciIeElLNV=#&|\s]*?(?=\d+\.\d|[0-9a-f]{0,4}:|-\s)/i.exec(line)?.[0];
  return marks === undefined ? undefined : readRow(marks, line.slice(marks.length), marks.length, columns);
}

function readRow(
  status: string,
  rest: string,
  offset: number,
  columns: Columns | undefined,
): Row | undefined {
  if (!STATUS.test(status)) return undefined;
  const tokens = [...rest.matchAll(/\S+/g)];
  const first = tokens[0]?.[0];
  if (first === undefined) return undefined;
  const second = tokens[1]?.[0];
  // A network stands at its column; a next hop without one is indented. IOS XE with marks of RPKI has its networks one column behind.
  const indent = tokens[0]?.index ?? 0;
  const isNear = indent === 0 || (columns !== undefined && 2 * indent < columns.nextHop - columns.network);
  const startsAtColumn = isNear && (columns !== undefined || first.includes("/") || isHop(second));
  const network = startsAtColumn ? readNetwork(first) : undefined;
  if (startsAtColumn && network === undefined) return undefined;
  const hop = network === undefined ? first : second;
  if (hop === undefined) return { status, network, nextHop: undefined, asPath: "" };
  if (!isHop(hop)) return undefined;
  const pathColumn = columns?.path ?? 0;
  const path = tokens
    .slice(network === undefined ? 1 : 2)
    .filter((token) => pathColumn > 0 && offset + token.index >= pathColumn)
    .map((token) => token[0]);
  return { status, network, nextHop: hop === "-" ? "" : withoutName(hop), asPath: withoutOrigin(path) };
}

function isHop(text: string | undefined): boolean {
  return text === "-" || (text !== undefined && parseAddress(withoutName(text)) !== undefined);
}

/** A next hop alone: without its link ("fe80::1%eth0"), or the router's name and VRF that FRR appends ("192.0.2.2(er1)", "192.0.2.2@3<"). */
function withoutName(hop: string): string {
  return hop.replace(/[%(@<].*$/, "");
}

function withoutOrigin(path: readonly string[]): string {
  const end = path.findIndex((word) => !/^[\d.{}(),]+$/.test(word));
  return path.slice(0, end < 0 ? path.length : end).join(" ");
}

/** A prefix; one without a length has that of its class (IOS prints "192.168.1.0" for 192.168.1.0/24). */
function readNetwork(text: string): Prefix | undefined {
  if (text.includes("/")) return parsePrefix(text, { hostBits: "clear" });
  const address = parseAddress(text);
  if (address === undefined || address.version === 6) return undefined;
  const length = classLength(address.words[3]);
  const prefix = prefixOf(4, address.words, length);
  return prefix.words[3] === address.words[3] ? prefix : undefined;
}

/** Prefix length of an IPv4 network's class (RFC 791, section 3.2); 0 for 0.0.0.0, which is the default route. */
export function classLength(word: number): number {
  if (word === 0) return 0;
  const first = word >>> 24;
  return first < 128 ? 8 : first < 192 ? 16 : 24;
}
