import { gunzipSync } from "node:zlib";
import { receivedLines } from "./announced.ts";
import { parseAzureTable } from "./azure.ts";
import { parseBgpdump } from "./bgpdump.ts";
import { isBirdRoute, parseBird } from "./bird.ts";
import { parseJunos } from "./junos.ts";
import { jsonOf, parseJson } from "./json.ts";
import { isMrt, parseMrt } from "./mrt.ts";
import { parsePrefixList } from "./prefix-list.ts";
import { type RouteTable, RouteTableError } from "./route-table.ts";
import { parseShowBgp } from "./show-bgp.ts";
import { parseShowRoute } from "./show-route.ts";
import { endsAtPager, terminalLines } from "./terminal-lines.ts";
import { unreadForm } from "./unread-forms.ts";
import { decodeText } from "../files/decode-text.ts";

/** A table larger than this is not unpacked, bytes. */
const MAX_UNPACKED_BYTES = 2 ** 29;

/**
 * Reads a router's output or table dump, whichever it is: `show ip bgp` and `show ip route` of IOS, NX-OS and EOS,
 * Junos `show route` (text and JSON), JSON of FRR, EOS and NX-OS, Azure's list-route-tables, a list of prefix and next hop, MRT TABLE_DUMP_V2, `bgpdump -m`;
 * also packed with gzip. Throws a `RouteTableError` when there is no route in it.
 */
export function parseRouteTable(input: string | Uint8Array, fileName: string): RouteTable {
  if (typeof input === "string") return parseWhole(input, fileName);
  const bytes = unpacked(input, fileName);
  if (isMrt(bytes)) return parseMrt(bytes, fileName);
  const text = decodeText(bytes) ?? legacyText(bytes);
  if (text === undefined) throw new RouteTableError(`${fileName}: is neither text nor MRT`);
  return parseWhole(text, fileName);
}

/** Signs that no text has. */
const NO_TEXT = /[\0-\x06\x0e-\x1a\x1c-\x1f]/;

/** A log in an older encoding, with an "ü" in a description or a greeting: what counts of it is ASCII in all of them. */
function legacyText(bytes: Uint8Array): string | undefined {
  const text = new TextDecoder().decode(bytes);
  return NO_TEXT.test(text) ? undefined : text;
}

function unpacked(bytes: Uint8Array, fileName: string): Uint8Array {
  const signature = String.fromCharCode(...bytes.subarray(0, 3));
  if (signature === "BZh") throw new RouteTableError(`${fileName}: is packed with bzip2; unpack it first`);
  if (!signature.startsWith("\x1f\x8b")) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED_BYTES });
  } catch (error) {
    throw new RouteTableError(
      `${fileName}: cannot be unpacked (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

/** What stands above the details of one route. */
const SINGLE_ROUTE = /^\s*(?:BGP routing table entry for|Routing entry for) \S/i;

/** A dozen lines for each route of the whole Internet. */
const MOST_LINES = 2 ** 24;

function parseWhole(text: string, fileName: string): RouteTable {
  const table = parseText(text, fileName);
  return endsAtPager(text) ? table.cut() : table;
}

function parseText(whole: string, fileName: string): RouteTable {
  const text = whole.replace(/^\ufeff/, "");
  const all = terminalLines(text, MOST_LINES + 1);
  if (all.length > MOST_LINES)
    throw new RouteTableError(
      `${fileName}: has more than ${MOST_LINES} lines, the most that are read of a table`,
    );
  const { lines, firstLeftOut } = receivedLines(all);
  if (firstLeftOut === 0) return parseLines(text, lines, fileName);
  const announced = `${fileName}:${firstLeftOut}: shows what is announced to a neighbour`;
  try {
    return parseLines(text, lines, fileName).noted(`${announced}, which is left out`);
  } catch (error) {
    if (!(error instanceof RouteTableError)) throw error;
    throw new RouteTableError(`${announced}; wanted the routes that Microsoft announces`);
  }
}

function parseLines(text: string, lines: readonly string[], fileName: string): RouteTable {
  const unread = unreadForm(lines);
  if (unread !== undefined)
    throw new RouteTableError(
      `${fileName}: looks like ${unread}, which is not read: write "PREFIX NEXT-HOP" on a line for each of its routes`,
    );
  const has = (pattern: RegExp): boolean => lines.some((line) => pattern.test(line));
  const json = jsonOf(text, lines);
  if (json !== undefined) return parseJson(json, fileName);
  if (has(/^TABLE_DUMP2?\|/)) return parseBgpdump(lines, fileName);
  if (has(/^\s*Network\s*:/i) || (has(/\bNextHop\b/i) && has(/^\s*-{2,}\s+-{2,}/)))
    return parseAzureTable(lines, fileName);
  if (has(/^\s*Network\s+Next ?Hop\b/i)) return parseShowBgp(lines, fileName);
  if (has(/\binet6?\.\d+:/) || has(/[*+-]?\[[A-Z][A-Za-z-]+\/\d+/) || has(/^A V? *Destination\s+P\s+Prf/))
    return parseJunos(lines, fileName);
  if (lines.some(isBirdRoute)) return parseBird(lines, fileName);
  if (has(/^\s*Codes:/i) || has(/\[\d+\/\d+\]/) || has(/ is directly connected/) || has(/ubest\/mbest/))
    return parseShowRoute(lines, fileName);
  if (has(/^\s*(?:[*>sdhrSxmbfacie=#]{1,4} *)\d+\.\d+\.\d+\.\d+(?:\/\d+)?\s+\d+\.\d+\.\d+\.\d+\s/))
    return parseShowBgp(lines, fileName);
  if (has(SINGLE_ROUTE))
    throw new RouteTableError(
      `${fileName}: has the details of single routes (as "show ip bgp PREFIX" prints them), which are no table: wanted all routes, as "show ip bgp" or "show ip route" prints them`,
    );
  return parsePrefixList(lines, fileName);
}
