import { LineCounter, parseDocument } from "yaml";
import { parsePrefix } from "../address/prefix.ts";
import { type RouteTable, RouteTableBuilder, RouteTableError } from "./route-table.ts";
import { MAX_LINE_LENGTH } from "./terminal-lines.ts";
import { ANYWHERE, mayRoute } from "./unread-rows.ts";

/** Broken JSON up to this length is searched for its first fault, in characters. */
const MAX_SEARCHED = 65_536;

/** Warnings of `az`, or its command line, may stand before JSON. */
const LINES_BEFORE = 50;
const BEGINS_JSON = /^\s*(?:\{\s*(?:["}]|$)|\[\s*(?:[\]{["]|$))/;

/** The JSON of a text, as far down as it stood; `undefined` where there is none. "{master}" and "[edit]" are what Junos says before its prompt. */
export function jsonOf(text: string, lines: readonly string[]): string | undefined {
  if (/^\s*\{(?!master|backup|primary|secondary|linecard|local)/.test(text)) return text;
  if (/^\s*\[\s*(?:[\]{["]|$)/.test(text)) return text;
  const start = lines.slice(0, LINES_BEFORE).findIndex((line) => BEGINS_JSON.test(line));
  if (start < 0) return undefined;
  const first = lines[start] ?? "";
  // All on one line, of which the rest was left out.
  const at = first.length < MAX_LINE_LENGTH ? -1 : text.indexOf(first);
  if (at >= 0)
    return "\n".repeat(start) + text.slice(at, Math.max(text.lastIndexOf("]"), text.lastIndexOf("}")) + 1);
  const end = lines.findLastIndex((line) => /[\]}]\s*$/.test(line));
  return "\n".repeat(start) + lines.slice(start, end + 1).join("\n");
}

/**
 * JSON of `az network express-route list-route-tables` (an object with `value`, or `--query value`'s array) and of
 * `Get-AzExpressRouteCircuitRouteTable | ConvertTo-Json`: fields network, nextHop, locPrf, weight, path.
 */
export function parseAzureJson(text: string, fileName: string): RouteTable {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    throw new RouteTableError(`${fileName}${placeOfFault(text)}: is no JSON`);
  }
  const builder = new RouteTableBuilder(fileName, "azure-json");
  const lineOf = networkLines(text);
  const rootFields = fieldsOf(root);
  const value = rootFields.get("value") ?? root;
  // ConvertTo-Json makes an object of a table with one route.
  for (const item of Array.isArray(value) ? value : [value]) {
    const fields = fieldsOf(item);
    const network = textOf(fields.get("network"));
    const line = lineOf(fields.has("network"));
    const prefix = parsePrefix(network.trim(), { hostBits: "clear" });
    if (prefix === undefined) {
      const covers = mayRoute(network);
      const text = network === "" ? "an entry without network" : network;
      builder.unreadable(line, text, covers.length > 0 ? covers : ANYWHERE);
    } else
      builder.add(prefix, {
        nextHop: textOf(fields.get("nexthop")).trim(),
        asPath: asNumbers(textOf(fields.get("path"))),
        line,
      });
  }
  const table = builder.finish();
  // One page of several, as the service's REST interface gives them.
  return textOf(rootFields.get("nextlink")) === "" ? table : table.cut();
}

/** Fields of an object under their names in lower case; empty for anything else. */
function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return new Map();
  return new Map(Object.entries(value).map(([name, field]) => [name.toLowerCase(), field]));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Gives the line of one entry after the other: where its key `network` stands, else that of the one before. */
function networkLines(text: string): (hasNetwork: boolean) => number {
  const key = /"network"\s*:/gi;
  let line = 1;
  let counted = 0;
  return (hasNetwork) => {
    const found = hasNetwork ? key.exec(text) : null;
    if (found === null) return line;
    for (; counted < found.index; counted++) if (text.charCodeAt(counted) === 10) line += 1;
    return line;
  };
}

/** ":3:7" for the first fault of broken JSON; empty for long ones. */
function placeOfFault(text: string): string {
  if (text.length > MAX_SEARCHED) return "";
  const lines = new LineCounter();
  // Every JSON text is YAML, and this reader knows the lines.
  const fault = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" })
    .errors[0];
  if (fault === undefined) return "";
  const { line, col } = lines.linePos(fault.pos[0]);
  return `:${line}:${col}`;
}

/** The same as text: columns under a line of dashes (az -o table, PowerShell), or "Network : 10.0.0.0/16" lists. */
export function parseAzureTable(lines: readonly string[], fileName: string): RouteTable {
  const builder = new RouteTableBuilder(fileName, "azure-table");
  let columns: ReadonlyMap<string, readonly [number, number]> | undefined;
  let listed: { network: string; nextHop: string; asPath: string; line: number } | undefined;
  const add = (network: string, nextHop: string, asPath: string, line: number, text: string): void => {
    const prefix = parsePrefix(network, { hostBits: "clear" });
    if (prefix === undefined) builder.unreadable(line, text);
    else builder.add(prefix, { nextHop, asPath: asNumbers(asPath), line });
  };
  const close = (): void => {
    if (listed !== undefined) add(listed.network, listed.nextHop, listed.asPath, listed.line, listed.network);
    listed = undefined;
  };
  for (const [index, line] of lines.entries()) {
    const field = /^\s*(Network|NextHop|LocPrf|Weight|Path)\s*:\s?(.*)$/i.exec(line);
    if (field !== null) {
      const name = (field[1] ?? "").toLowerCase();
      const value = (field[2] ?? "").trim();
      if (name === "network") {
        close();
        listed = { network: value, nextHop: "", asPath: "", line: index + 1 };
      } else if (listed !== undefined && name === "nexthop") listed.nextHop = value;
      else if (listed !== undefined && name === "path") listed.asPath = value;
    } else if (/^\s*-{2,}(?:\s+-{2,})+\s*$/.test(line)) columns = columnsOf(lines[index - 1] ?? "", line);
    else if (columns !== undefined && line.trim() !== "" && !/\bNextHop\b/i.test(line)) {
      const cell = (name: string): string => {
        const [from, to] = columns?.get(name) ?? [0, 0];
        return line.slice(from, to).trim();
      };
      add(cell("network"), cell("nexthop"), cell("path"), index + 1, line);
    }
  }
  close();
  return builder.finish();
}

/** Each column reaches from its dashes to the next one's. */
function columnsOf(heading: string, dashes: string): ReadonlyMap<string, readonly [number, number]> {
  const starts = [...dashes.matchAll(/-+/g)].map((match) => match.index);
  return new Map(
    starts.map((start, index) => {
      const end = starts[index + 1] ?? Number.MAX_SAFE_INTEGER;
      return [heading.slice(start, end).trim().toLowerCase(), [start, end]] as const;
    }),
  );
}

/** "65000 12076 ?" gives "65000 12076"; PowerShell's "####" stands for numbers it was not asked to show. */
function asNumbers(path: string): string {
  return /^[\d\s{}.()]*/.exec(path.trim())?.[0].trim() ?? "";
}
