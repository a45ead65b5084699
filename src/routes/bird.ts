import { type Prefix, parsePrefix } from "../address/prefix.ts";
import { type RouteTable, RouteTableBuilder } from "./route-table.ts";

const IP = String.raw`(?:\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}|[0-9a-fA-F]*:[0-9a-fA-F:.]*/\d{1,3})`;
/** What a route is, then where it was learned: "[er1 2026-11-01 from 192.0.2.9] * (100/20) [AS12076i]". */
const WHAT = String.raw`(unicast|blackhole|unreachable|prohibited|via \S+|dev \S+)(?: on \S+)?`;
const ENTRY = new RegExp(String.raw`^(${IP})?\s+${WHAT}\s+\[[^\]]{1,200}\]\s+([*!] )?`);
const BEGINS_WITH_PREFIX = new RegExp(`^${IP}\\s`);
const WAY = /^\s+(?:via (\S+)(?: on \S+)?|dev (\S+))(?:\s|$)/;
/** Numbers before a line, as the control socket sends them: "1007-52.112.0.0/14 via ..."; a blank where the number stays. */
const REPLY = /^\d{4}[- ]/;

/** True for a line of BIRD's `show route` that has a route. */
export function isBirdRoute(line: string): boolean {
  return ENTRY.test(line.replace(REPLY, ""));
}

/** `show route` of BIRD 1 and 2: the route marked "*" is in use; in BIRD 2 its ways stand on the next lines. */
export function parseBird(lines: readonly string[], fileName: string): RouteTable {
  const builder = new RouteTableBuilder(fileName, "bird");
  let prefix: Prefix | undefined;
  let open: { readonly prefix: Prefix; readonly line: number; readonly isBest: boolean } | undefined;
  const close = (nextHop: string): void => {
    if (open !== undefined) builder.add(open.prefix, { ...open, nextHop });
    open = undefined;
  };
  const hasReplies = lines.some((line) => REPLY.test(line) && isBirdRoute(line));
  for (const [index, text] of lines.entries()) {
    const line = !hasReplies ? text : REPLY.test(text) ? text.slice(5) : text.slice(1);
    const entry = ENTRY.exec(line);
    if (entry === null) {
      const way = WAY.exec(line);
      if (way !== null) close(way[1] ?? way[2] ?? "");
      else if (BEGINS_WITH_PREFIX.test(line)) builder.unreadable(index + 1, text);
      continue;
    }
    close("");
    if (entry[1] !== undefined) prefix = parsePrefix(entry[1], { hostBits: "clear" });
    if (prefix === undefined) {
      builder.unreadable(index + 1, text);
      continue;
    }
    open = { prefix, line: index + 1, isBest: entry[3] === "* " };
    const [word = "", hop] = (entry[2] ?? "").split(" ");
    if (word !== "unicast") close(hop ?? (word === "prohibited" ? "prohibit" : word));
  }
  close("");
  return builder.finish();
}
