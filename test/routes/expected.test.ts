import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/address/address.ts";
import { prefixText } from "../../src/address/prefix.ts";
import { type RoutedPath, expectedFromRoutes } from "../../src/routes/expected.ts";
import { parseRouteTable } from "../../src/routes/parse.ts";
import { RouteTable } from "../../src/routes/route-table.ts";
import type { PathKind } from "../../src/words.ts";

function path(index: number, kind: PathKind, ...tables: readonly string[]): RoutedPath {
  return { index, kind, circuit: "", routes: tables.map((text) => parseRouteTable(text, `${kind}.txt`)) };
}

function expected(paths: readonly RoutedPath[], address: string): string {
  const found = expectedFromRoutes(
    { paths },
    ...(parseAddress(address)?.words ?? [0, 0, 0, 0]),
    Number.MAX_VALUE,
  );
  if (found === undefined) return "unsaid";
  return `${found.path} ${found.pathIndex} ${found.route === undefined ? "-" : prefixText(found.route.prefix)}`;
}

describe("expectedFromRoutes", () => {
  const er = path(0, "expressroute", "198.51.100.0/24 192.0.2.2\n198.51.100.64/26 192.0.2.2\n");

  it("finds the longest match in the ExpressRoute tables", () => {
    expect(expected([er], "198.51.100.65")).toBe("expressroute 0 198.51.100.64/26");
    expect(expected([er], "198.51.100.1")).toBe("expressroute 0 198.51.100.0/24");
  });

  it("expects the Internet where a table has no route: tables are complete", () => {
    expect(expected([er], "203.0.113.1")).toBe("internet -1 -");
    expect(expected([er], "2001:db8::1")).toBe("internet -1 -");
  });

  it("expects nothing of what is missing in a table that is cut off", () => {
    const cut = path(0, "expressroute", "198.51.100.0/24 192.0.2.2\n --More-- ");
    expect(expected([cut], "198.51.100.65")).toBe("expressroute 0 198.51.100.0/24");
    expect(expected([cut], "203.0.113.1")).toBe("unsaid");
    expect(expected([er, cut], "203.0.113.1")).toBe("unsaid");
  });

  it("expects nothing of what is missing in a table that a capture showed in part", () => {
    const table = parseRouteTable("198.51.100.0/24 192.0.2.2\n", "er.txt");
    const part = new (class extends RouteTable {
      override completenessAt(family: 4 | 6): "part" | "whole" {
        return family === 4 ? "part" : "whole";
      }
    })("bgp", "bgp-session", table.routes, [], 0);
    const learned: RoutedPath = { index: 0, kind: "expressroute", circuit: "", routes: [part] };
    expect(expected([learned], "198.51.100.65")).toBe("expressroute 0 198.51.100.0/24");
    expect(expected([learned], "203.0.113.1")).toBe("unsaid");
    expect(expected([learned], "2001:db8::1")).toBe("internet -1 -");
    expect(expected([learned, path(1, "internet", "0.0.0.0/0 192.0.2.9\n")], "203.0.113.1")).toBe("unsaid");
  });

  it("says nothing without an ExpressRoute table", () => {
    expect(
      expected([path(0, "expressroute"), path(1, "internet", "0.0.0.0/0 10.0.0.1")], "203.0.113.1"),
    ).toBe("unsaid");
  });

  it("looks through the tables of all links", () => {
    const second = path(1, "expressroute", "203.0.113.0/24 192.0.2.6");
    expect(expected([er, second], "203.0.113.1")).toBe("expressroute 1 203.0.113.0/24");
  });

  it("lets the longer prefix of an Internet table win, and ExpressRoute among equals", () => {
    const longer = path(1, "internet", "198.51.100.0/28 10.0.0.1\n0.0.0.0/0 10.0.0.1");
    expect(expected([er, longer], "198.51.100.1")).toBe("internet 1 198.51.100.0/28");
    expect(expected([er, longer], "203.0.113.1")).toBe("internet 1 0.0.0.0/0");
    const equal = path(0, "internet", "198.51.100.0/24 10.0.0.1");
    expect(expected([equal, { ...er, index: 1 }], "198.51.100.1")).toBe("expressroute 1 198.51.100.0/24");
  });

  it("does not count a default route of an ExpressRoute table, nor routes to nowhere", () => {
    const odd = path(
      0,
      "expressroute",
      "0.0.0.0/0 192.0.2.2\n203.0.113.0/24 Null0\n198.51.100.0/24 192.0.2.2\n",
    );
    expect(expected([odd], "203.0.113.1")).toBe("internet -1 -");
    expect(expected([odd], "192.0.2.77")).toBe("internet -1 -");
    expect(expected([odd], "198.51.100.1")).toBe("expressroute 0 198.51.100.0/24");
  });
});
