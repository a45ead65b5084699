import { parsePrefix } from "../address/prefix.ts";
import { asNumbers, fieldsOf, linesOf, listOf, textOf } from "./json-fields.ts";
import { type RouteTable, RouteTableBuilder } from "./route-table.ts";
import { ANYWHERE, mayRoute } from "./unread-rows.ts";

const INFORMATION = "route-information";

/** True for what `show route | display json` of Junos writes. */
export function isJunosJson(root: unknown): boolean {
  return fieldsOf(root).has(INFORMATION);
}

/**
 * Junos `show route | display json`: every element of its XML is a list, of one item mostly, whose text is the field `data`.
 * Routes with an active tag (`*` or `+`, and `@` or `#` where several ways are used at once) are in use.
 */
export function parseJunosJson(root: unknown, text: string, fileName: string): RouteTable {
  const builder = new RouteTableBuilder(fileName, "junos-json");
  const nextLine = linesOf(text, /"rt-destination"\s*:/g);
  let leftOut = 0;
  for (const information of children(root, INFORMATION))
    for (const table of children(information, "route-table")) {
      // Labels of MPLS and addresses of multicast stand in tables of their own.
      const name = valueOf(table, "table-name");
      const isUnicast = name === "" || /(?:^|\.)inet6?\.\d+$/.test(name);
      for (const route of children(table, "rt")) {
        const line = children(route, "rt-destination").length > 0 ? nextLine() : 1;
        if (!isUnicast) continue;
        if (!isOwn(route)) addRoute(builder, route, line);
        else if (leftOut === 0) leftOut = line;
      }
    }
  const table = builder.finish();
  return leftOut === 0
    ? table
    : table.noted(`${fileName}:${leftOut}: shows what is announced to a neighbour, which is left out`);
}

/** What the router announces has itself as its next hop; a provider's has Microsoft's AS number in its path, too. */
function isOwn(route: unknown): boolean {
  const entries = children(route, "rt-entry");
  return (
    entries.length > 0 &&
    entries.every(
      (entry) => nextHopOf(entry) === "Self" && !/(?:^|\s)12076(?:\s|$)/.test(valueOf(entry, "as-path")),
    )
  );
}

function addRoute(builder: RouteTableBuilder, route: unknown, line: number): void {
  const destination = valueOf(route, "rt-destination");
  const length = valueOf(route, "rt-prefix-length");
  const network = destination.includes("/") || length === "" ? destination : `${destination}/${length}`;
  const prefix = network.includes("/") ? parsePrefix(network, { hostBits: "clear" }) : undefined;
  if (prefix === undefined) {
    const covers = mayRoute(network);
    builder.unreadable(line, network || "a route without destination", covers.length > 0 ? covers : ANYWHERE);
    return;
  }
  for (const entry of children(route, "rt-entry")) {
    const tag = valueOf(entry, "active-tag");
    builder.add(prefix, {
      nextHop: nextHopOf(entry),
      asPath: asNumbers(valueOf(entry, "as-path").replace(/^AS path:\s*(?:\[\d+\]\s*)?/, "")),
      communities: children(entry, "communities").flatMap((list) =>
        children(list, "community")
          .map(dataOf)
          .filter((word) => /^\d+:\d+$/.test(word)),
      ),
      isBest: tag !== "" && tag !== "-",
      line,
    });
  }
}

/** An address, else a link, else what a route to nowhere is called. */
function nextHopOf(entry: unknown): string {
  const hops = children(entry, "nh");
  const selected = hops.find((hop) => children(hop, "selected-next-hop").length > 0) ?? hops[0];
  const found = ["to", "via", "nh-local-interface", "nh-table"].map((name) => valueOf(selected, name));
  const type = valueOf(entry, "nh-type") || valueOf(children(entry, "nhh")[0], "nh-type");
  const kept = valueOf(entry, "protocol-nh") || valueOf(entry, "gateway");
  return found.find((each) => each !== "") ?? (kept || type);
}

function children(value: unknown, name: string): readonly unknown[] {
  const found = fieldsOf(value).get(name);
  return found === undefined ? [] : Array.isArray(found) ? listOf(found) : [found];
}

/** The text of the first element of a name. */
function valueOf(value: unknown, name: string): string {
  return dataOf(children(value, name)[0]);
}

function dataOf(element: unknown): string {
  return textOf(element) || textOf(fieldsOf(element).get("data"));
}
