import { LineCounter, isMap, isScalar, isSeq, parseDocument } from "yaml";
import { parsePrefix } from "../address/prefix.ts";
import { type RouteTable, RouteTableBuilder, RouteTableError } from "./route-table.ts";

/**
 * JSON of `az network express-route list-route-tables` (an object with `value`, or `--query value`'s array) and of
 * `Get-AzExpressRouteCircuitRouteTable | ConvertTo-Json`: fields network, nextHop, locPrf, weight, path.
 */
export function parseAzureJson(text: string, fileName: string): RouteTable {
  const builder = new RouteTableBuilder(fileName, "azure-json");
  const lines = new LineCounter();
  // Every JSON text is YAML, and this reader knows the lines.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
  const fault = document.errors[0];
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0]);
    throw new RouteTableError(`${fileName}:${line}:${col}: no JSON: ${fault.message}`);
  }
  const root = document.contents;
  let list: unknown = root;
  if (isMap(root)) {
    const value = root.items.find((pair) => isScalar(pair.key) && /^value$/i.test(String(pair.key.value)));
    // ConvertTo-Json makes an object of a table with one route.
    list = value === undefined ? root : value.value;
  }
  const items = isSeq(list) ? list.items : [list];
  for (const item of items) {
    const offset = isMap(item) || isScalar(item) || isSeq(item) ? (item.range?.[0] ?? 0) : 0;
    const { line } = lines.linePos(offset);
    const fields = new Map<string, string>();
    if (isMap(item))
      for (const pair of item.items)
        if (isScalar(pair.key) && isScalar(pair.value) && pair.value.value !== null)
          fields.set(String(pair.key.value).toLowerCase(), String(pair.value.value));
    const network = fields.get("network") ?? "";
    const prefix = parsePrefix(network.trim(), { hostBits: "clear" });
    if (prefix === undefined) builder.unreadable(line, network === "" ? "an entry without network" : network);
    else
      builder.add(prefix, {
        nextHop: (fields.get("nexthop") ?? "").trim(),
        asPath: asNumbers(fields.get("path") ?? ""),
        line,
      });
  }
  return builder.finish();
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
