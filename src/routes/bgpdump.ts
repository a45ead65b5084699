import { parsePrefix } from "../address/prefix.ts";
import { type RouteTable, RouteTableBuilder } from "./route-table.ts";

/** Places of the fields of a `bgpdump -m` line, joined by "|". */
const PREFIX = 5;
const AS_PATH = 6;
const NEXT_HOP = 8;
const COMMUNITIES = 11;

/** One-line output of bgpdump (`-m`): TABLE_DUMP2|time|B|peer|AS|prefix|path|origin|next hop|...|communities|... */
export function parseBgpdump(lines: readonly string[], fileName: string): RouteTable {
  const builder = new RouteTableBuilder(fileName, "bgpdump");
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const fields = line.split("|");
    const prefix = line.startsWith("TABLE_DUMP")
      ? parsePrefix(fields[PREFIX] ?? "", { hostBits: "clear" })
      : undefined;
    if (prefix === undefined) builder.unreadable(index + 1, line);
    else
      builder.add(prefix, {
        nextHop: fields[NEXT_HOP] ?? "",
        asPath: fields[AS_PATH] ?? "",
        communities: (fields[COMMUNITIES] ?? "").split(/\s+/).filter((word) => word !== ""),
        line: index + 1,
      });
  }
  return builder.finish();
}
