import { parsePrefix } from "../address/prefix.ts";
import { asNumbers, fieldsOf, linesOf, textOf } from "./json-fields.ts";
import { type RouteTable, RouteTableBuilder } from "./route-table.ts";
import { ANYWHERE, mayRoute } from "./unread-rows.ts";

/** True for a page of routes, or a list of them; also for one without any. */
export function isAzureJson(root: unknown): boolean {
  const value = fieldsOf(root).get("value") ?? root;
  const [first] = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  return Array.isArray(value) || fieldsOf(first).has("network");
}

/**
 * JSON of `az network express-route list-route-tables` (an object with `value`, or `--query value`'s array) and of
 * `Get-AzExpressRouteCircuitRouteTable | ConvertTo-Json`: fields network, nextHop, locPrf, weight, path.
 */
export function parseAzureJson(root: unknown, text: string, fileName: string): RouteTable {
  const builder = new RouteTableBuilder(fileName, "azure-json");
  const nextLine = linesOf(text, /"network"\s*:/gi);
  let line = 1;
  const rootFields = fieldsOf(root);
  const value = rootFields.get("value") ?? root;
  // ConvertTo-Json makes an object of a table with one route.
  for (const item of Array.isArray(value) ? value : [value]) {
    const fields = fieldsOf(item);
    const network = textOf(fields.get("network"));
    if (fields.has("network")) line = nextLine();
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
