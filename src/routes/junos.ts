import { type Prefix, parsePrefix } from "../address/prefix.ts";
import { type RouteTable, RouteTableBuilder } from "./route-table.ts";

const IP = String.raw`(?:\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}|[0-9a-fA-F]*:[0-9a-fA-F:.]*/\d{1,3})`;
const ALONE = new RegExp(`^(${IP})\\s*(?:\\((\\d+) entr.*)?$`);
const ENTRY = new RegExp(`^(${IP})?\\s*([*+@#-])?\\[([A-Z][A-Za-z-]*)/[-\\d/]+\\](.*)$`);
const DETAIL = /^\s+([*+@#-])?([A-Z][A-Za-z-]*)\s+Preference:/;
const TERSE = new RegExp(`^([*+@#-])?\\s*(?:[?VINU]\\s+)?(${IP})\\s+([A-Z])\\s+\\d+(.*)$`);
/** `receive-protocol bgp`: "* 13.107.6.152/31   192.0.2.2   100   12076 I", below its heading. */
const RECEIVED = new RegExp(`^([*+-])?\\s+(${IP})\\s+(Self|[\\d.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)\\s(.*)$`);
/** The same with `detail`: "* 13.107.6.152/31 (1 entry, 1 announced)", and the rest below it. */
const RECEIVED_DETAIL = new RegExp(`^([*+-])?\\s+(${IP}) \\(\\d+ entr`);
const RECEIVED_HEADING = /^\s+Prefix\s+Nexthop\s+MED\s+Lclpref\s+AS path/;
const BEGINS_WITH_PREFIX = new RegExp(`^${IP}\\s`);
const HOP =
  /^\s*>?\s*(?:to (\S+) via \S+|via (\S+)|to table (\S+)|(Local|Discard|Reject|Receive|MultiRecv|Indirect)\b)/;

interface Open {
  readonly prefix: Prefix;
  readonly line: number;
  readonly isBest: boolean;
  nextHop: string;
  asPath: string;
  communities: readonly string[];
}

/**
 * Junos `show route`, also `terse`, `detail`, `extensive` and `receive-protocol bgp`: routes with `*` (or `+`, active) are in use. Where a
 * route is spread over lines, next hop, AS path and communities follow its first one.
 */
export function parseJunos(lines: readonly string[], fileName: string): RouteTable {
  const builder = new RouteTableBuilder(fileName, "junos-show-route");
  let prefix: Prefix | undefined;
  let open: Open | undefined;
  /** A prefix that stood alone: its routes are on the next lines. */
  let alone: { readonly line: number; readonly text: string } | undefined;
  const giveUp = (): void => {
    if (alone !== undefined) builder.unreadable(alone.line, alone.text);
    alone = undefined;
  };
  /** Where the AS path's column begins in a table of received routes. */
  let pathColumn = -1;
  const close = (): void => {
    if (open !== undefined) builder.add(open.prefix, open);
    open = undefined;
  };
  for (const [index, text] of lines.entries()) {
    const line = text.trimEnd();
    const number = index + 1;
    if (RECEIVED_HEADING.test(line)) pathColumn = line.indexOf("AS path");
    const received = pathColumn < 0 ? null : RECEIVED.exec(line);
    if (received !== null) {
      const read = parsePrefix(received[2] ?? "", { hostBits: "clear" });
      const asPath = numbersOf(line.slice(pathColumn));
      if (read === undefined) builder.unreadable(number, line);
      else builder.add(read, { nextHop: received[3], asPath, isBest: isActive(received[1]), line: number });
      continue;
    }
    const detailed = RECEIVED_DETAIL.exec(line);
    if (detailed !== null) {
      close();
      const read = parsePrefix(detailed[2] ?? "", { hostBits: "clear" });
      const isBest = isActive(detailed[1]);
      if (read === undefined) builder.unreadable(number, line);
      else open = { prefix: read, line: number, isBest, nextHop: "", asPath: "", communities: [] };
      continue;
    }
    const terse = TERSE.exec(line);
    const bare = terse === null ? ALONE.exec(line) : null;
    const entry = terse === null && bare === null ? ENTRY.exec(line) : null;
    const detail = DETAIL.exec(line);
    if (terse !== null) {
      close();
      giveUp();
      const read = parsePrefix(terse[2] ?? "", { hostBits: "clear" });
      if (read === undefined) builder.unreadable(number, line);
      else open = { prefix: read, line: number, isBest: isActive(terse[1]), ...terseRest(terse[4] ?? "") };
    } else if (bare !== null) {
      close();
      giveUp();
      prefix = parsePrefix(bare[1] ?? "", { hostBits: "clear" });
      if (prefix === undefined) builder.unreadable(number, line);
      else alone = { line: number, text: line };
    } else if (entry !== null || detail !== null) {
      close();
      if (entry?.[1] !== undefined) {
        giveUp();
        prefix = parsePrefix(entry[1], { hostBits: "clear" });
      }
      alone = undefined;
      if (prefix === undefined) builder.unreadable(number, line);
      else {
        const isBest = isActive(entry?.[2] ?? detail?.[1]);
        open = { prefix, line: number, isBest, nextHop: "", asPath: "", communities: [] };
      }
    } else if (BEGINS_WITH_PREFIX.test(line)) builder.unreadable(number, line);
    else if (open !== undefined) continueRoute(open, line);
  }
  close();
  giveUp();
  return builder.finish();
}

/** Active, and where several ways are used at once "@" for routing and "#" for forwarding. */
function isActive(mark: string | undefined): boolean {
  return mark !== undefined && mark !== "-";
}

/** What follows the preference in a terse line: metrics, a next hop with ">" where it is used, the AS path. */
function terseRest(rest: string): Pick<Open, "nextHop" | "asPath" | "communities"> {
  const words = rest.split(/\s+/).filter((word) => word !== "");
  const hop = words.findIndex((word) => /^>|[.:]|^[A-Za-z]{2}/.test(word));
  if (hop < 0) return { nextHop: "", asPath: "", communities: [] };
  return {
    nextHop: (words[hop] ?? "").replace(/^>/, ""),
    asPath: numbersOf(words.slice(hop + 1).join(" ")),
    communities: [],
  };
}

function continueRoute(open: Open, line: string): void {
  const path = /AS path:\s*(?:\[\d+\]\s*)?(.*)$/.exec(line)?.[1];
  if (path !== undefined && open.asPath === "") open.asPath = numbersOf(path);
  const communities = /Communities:\s*(.*)$/.exec(line)?.[1];
  if (communities !== undefined)
    open.communities = communities.split(/\s+/).filter((word) => /^\d+:\d+$/.test(word));
  if (open.nextHop !== "") return;
  const protocolHop = /(?:Protocol next hop|Next ?hop):\s*(?:to )?([0-9A-Fa-f.:]+)/.exec(line)?.[1];
  const hop = HOP.exec(line);
  const terseHop = /^\s+(?:\S+\s+)?>(\S+)\s*$/.exec(line)?.[1];
  const reject = /Next hop type:\s*(Discard|Reject)/.exec(line)?.[1];
  open.nextHop = protocolHop ?? hop?.[1] ?? hop?.[2] ?? hop?.[3] ?? hop?.[4] ?? terseHop ?? reject ?? "";
}

/** AS numbers up to the origin code: "12076 8075 I, validation-state: unverified" gives "12076 8075". */
function numbersOf(path: string): string {
  return /^[\d\s{}.()[\]]*/.exec(path)?.[0].trim() ?? "";
}
