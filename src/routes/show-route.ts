import { parseAddress } from "../address/address.ts";
import { type Prefix, parsePrefix, prefixContains, prefixOf } from "../address/prefix.ts";
import { maskLength } from "./dotted-mask.ts";
import { type RouteTable, RouteTableBuilder } from "./route-table.ts";
import { classLength } from "./show-bgp.ts";

const IPV4 = String.raw`\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?:/\d{1,2})?`;
const IPV6 = String.raw`[0-9A-Fa-f]*:[0-9A-Fa-f:.]*/\d{1,3}`;
/** "B", "O E2", "D EX", "O*E2", "i L2", "S*", "B E", IOS's "B   +", FRR's "B>*", FortiOS's "B    *>": the code of a protocol and what qualifies it. */
const CODE = String.raw`[A-Za-z%][A-Za-z0-9%]?[*+%>&p]{0,9}(?: ?\*?[A-Za-z][A-Za-z0-9]?\*?)?[*+%>&p]{0,9}(?:\s+\*?>|\s+[+%&p]{1,9}(?=\s))?`;
/** ASA's mask behind a network. */
const MASK = String.raw`\d{1,3}(?:\.\d{1,3}){3}`;
const ENTRY = new RegExp(
  String.raw`^ {0,2}(${CODE})\s+(${IPV4}|${IPV6})(?:\s+(${MASK})(?=\s|$))?(?:\s*,)?(?:\s+(.*))?$`,
);
const SUBNETTED = new RegExp(String.raw`^\s+(${IPV4}) is (?:variably )?subnetted`);
const NEXUS_ENTRY = new RegExp(String.raw`^(${IPV4}|${IPV6}), ubest/mbest: `);
const AROUND =
  /^\s*$|^<?[\w.()@:/-]{2,}[#>]|^\s*(?:Codes|-+ ?More|<-+ ?More|Gateway of last resort|Routing [Tt]able|IPv[46] unicast VRF|VRF|IP Route Table|IPv6 Rout|Legend|'|Source codes|WARNING)|^\s+[A-Za-z*+%'>&0-9]{1,3} - |, [A-Za-z*+%]{1,2}\d? - /;

/**
 * `show ip route` (and `show ipv6 route`) of IOS, IOS XR, NX-OS, EOS and FRR, and ASA's `show route`, which has dotted masks.
 * FRR lists routes that are not selected, too: where a ">" marks those that are, only they count.
 *
 * Under a heading "172.16.0.0/26 is subnetted" IOS leaves the length out of the networks; without such a heading a
 * network without a length is a classful one. The way to a network may stand on the next line.
 */
export function parseShowRoute(lines: readonly string[], fileName: string): RouteTable {
  const builder = new RouteTableBuilder(fileName, "show-ip-route");
  let subnetted: Prefix | undefined;
  let waiting: { readonly prefix: Prefix; readonly line: number; readonly isBest: boolean } | undefined;
  let hasEntry = false;
  const settle = (nextHop: string): void => {
    if (waiting !== undefined) builder.add(waiting.prefix, { ...waiting, nextHop });
    waiting = undefined;
  };
  for (const [index, text] of lines.entries()) {
    const line = text.replaceAll("\t", "        ").trimEnd();
    const heading = SUBNETTED.exec(line)?.[1];
    if (heading !== undefined) {
      settle("");
      subnetted = parsePrefix(heading, { hostBits: "clear" });
      continue;
    }
    const nexus = NEXUS_ENTRY.exec(line)?.[1];
    const entry = ENTRY.exec(line);
    const network = nexus ?? entry?.[2];
    if (network !== undefined && !AROUND.test(line)) {
      settle("");
      const prefix = readNetwork(network, entry?.[3], subnetted);
      if (prefix === undefined) {
        builder.unreadable(index + 1, line);
        continue;
      }
      hasEntry = true;
      waiting = { prefix, line: index + 1, isBest: entry?.[1]?.includes(">") === true };
      const hop = nexus === undefined ? hopOf(entry?.[4] ?? "") : undefined;
      if (hop !== undefined) settle(hop);
      continue;
    }
    const hop = hopOf(line);
    // Another way to the network above, of equal cost, changes nothing.
    if (hop !== undefined && /^\s/.test(line)) settle(hop);
    else if (hasEntry && !AROUND.test(line)) builder.unreadable(index + 1, line);
  }
  settle("");
  return builder.finish();
}

/** "[200/0] via 195.0.0.1, 00:00:04", "is directly connected, Null0", "[200/0], 2w0d, Null0", "*via 10.1.1.1, Eth1/1". */
function hopOf(text: string): string | undefined {
  const via = /(?:^|\s|\*)\*{0,2}via ([^\s,]+)/.exec(text)?.[1];
  // An aggregate of its own, "[200/0] via 0.0.0.0, 1w, Null0", leads to nowhere.
  if (via !== undefined) return /, (Null\d*)$/.exec(text)?.[1] ?? via.replace(/%.*$/, "");
  if (/ is a blackhole\b/.test(text)) return "blackhole"; // FortiOS
  const connected =
    /(?:\bis |^\s+)(?:directly connected|a summary)(?:, [\d:wdhy]+)?(?:, ([^\s,]+)(?:, .*)?)?$/.exec(text);
  if (connected !== null) return connected[1] ?? "";
  // FRR: "[1/0] unreachable (blackhole), weight 1, 00:00:04".
  if (/^\s*(?:\[\d+\/\d+\] )?unreachable \(/.test(text)) return "unreachable";
  return /^\s*\[\d+\/\d+\](?:, [^,]+)*, ([A-Z]\S*)$/.exec(text)?.[1];
}

function readNetwork(
  text: string,
  mask: string | undefined,
  subnetted: Prefix | undefined,
): Prefix | undefined {
  if (text.includes("/")) return parsePrefix(text, { hostBits: "clear" });
  const address = parseAddress(text);
  if (address === undefined || address.version === 6) return undefined;
  if (mask !== undefined) {
    const length = mask === "0.0.0.0" ? 0 : maskLength(mask);
    return length === undefined ? undefined : prefixOf(4, address.words, length);
  }
  const byClass = classLength(address.words[3]);
  if (subnetted !== undefined) {
    const major = prefixOf(4, subnetted.words, Math.min(subnetted.length, classLength(subnetted.words[3])));
    if (prefixContains(major, ...address.words)) return prefixOf(4, address.words, subnetted.length);
  }
  return prefixOf(4, address.words, byClass);
}
