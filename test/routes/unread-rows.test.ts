import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/address/address.ts";
import { prefixText } from "../../src/address/prefix.ts";
import { expectedFromRoutes, type RoutedPath, unreadRoute } from "../../src/routes/expected.ts";
import { parseRouteTable } from "../../src/routes/parse.ts";
import { mayRoute } from "../../src/routes/unread-rows.ts";
import type { PathKind } from "../../src/words.ts";
import { growthOf, SQUARE } from "../support/growth.ts";

describe("what a row that could not be read may be a route to", () => {
  it.each([
    ["a length that is none", "*> 52.112.0.0/33  192.0.2.2 0 12076 i", ["52.112.0.0/12"]],
    ["a length that is too short for the network", "52.112.64.0/2x 192.0.2.2", ["52.112.64.0/18"]],
    ["a mask that is none", "52.112.0.0 255.252.x.0 192.0.2.2", ["52.112.0.0/12"]],
    ["a network as hosts of BSD print it", "52.112/14 link#4 U", ["52.112.0.0/12"]],
    ["a letter in the network", "*> 52.1l2.0.0/14 192.0.2.2", ["0.0.0.0/0"]],
    ["IPv6", "2603:1063::/2x fe80::1", ["2603:1063::/32"]],
    ["broken IPv6", "2603:1o63::/32 fe80::1", ["::/0"]],
    [
      "a prefix behind the peer",
      "TABLE_DUMP2|1|B|10.0.0.1|65000|52.112.0.0/44|1",
      ["10.0.0.1/32", "52.112.0.0/12"],
    ],
    ["a default route", "0.0.0.0/x eth0", []],
    ["words", "Processed 12 prefixes at 10:22:33, Version 15.2(4)M, host core1.lon.example.net", []],
  ])("%s", (_name, row, wanted) => {
    expect(mayRoute(row).map(prefixText)).toEqual(wanted);
  });

  it("takes time with the length of a hostile row", async () => {
    const ask = (length: number): void => {
      const row = `${"1.".repeat(length)} ${"a:".repeat(length)} ${"1.1/".repeat(length)}`;
      for (let i = 0; i < 200; i++) mayRoute(row);
    };
    expect(await growthOf(ask, 2000)).toBeLessThan(SQUARE);
    expect(mayRoute(`${".".repeat(400)} 52.112.0.0/14`)).toEqual([]);
  });
});

function path(kind: PathKind, text: string): RoutedPath {
  return { index: 0, kind, circuit: "", routes: [parseRouteTable(text, `${kind}.txt`)] };
}

function said(paths: readonly RoutedPath[], address: string): string {
  const words = parseAddress(address)?.words ?? [0, 0, 0, 0];
  const found = expectedFromRoutes({ paths }, ...words, Number.MAX_VALUE);
  return found?.path ?? unreadRoute({ paths }, ...words) ?? "unsaid";
}

describe("an Internet path's table that is cut off", () => {
  const er = path("expressroute", "52.96.0.0/14 192.0.2.2\n52.112.0.1/32 192.0.2.2\n");
  const whole = path("internet", "0.0.0.0/0 192.0.2.9\n1.0.0.0/24 192.0.2.9\n");
  const cut = path("internet", "0.0.0.0/0 192.0.2.9\n1.0.0.0/24 192.0.2.9\n --More-- ");

  it("may lack a longer route than ExpressRoute's, and says so", () => {
    expect(said([er, cut], "52.97.1.1")).toBe("the rest of internet.txt");
    expect(said([er, whole], "52.97.1.1")).toBe("expressroute");
  });

  it("has none that is longer than a host's, and none that turns its own route into ExpressRoute's", () => {
    expect(said([er, cut], "52.112.0.1")).toBe("expressroute");
    expect(said([er, cut], "52.113.0.1")).toBe("internet");
    expect(said([er, cut], "1.0.0.1")).toBe("internet");
  });

  it("is none of ExpressRoute's, nor says anything where that has no table", () => {
    const part = path("expressroute", "52.96.0.0/14 192.0.2.2\n --More-- ");
    expect(said([part, whole], "52.97.1.1")).toBe("expressroute");
    expect(said([cut], "52.97.1.1")).toBe("unsaid");
  });
});

describe("tables with rows that could not be read", () => {
  const er = path(
    "expressroute",
    "13.107.6.152/31 192.0.2.2\n52.112.0.0/33 192.0.2.2\n52.96.0.0/14 192.0.2.2\n",
  );

  it("say nothing of the addresses of such a row, and which row it is", () => {
    expect(said([er], "52.113.1.1")).toBe("line 2 of expressroute.txt");
    expect(said([er], "52.112.0.1")).toBe("line 2 of expressroute.txt");
  });

  it("say of all others what they did", () => {
    expect(said([er], "52.97.1.1")).toBe("expressroute");
    expect(said([er], "52.128.0.1")).toBe("internet");
    expect(said([er], "2603:1063::1")).toBe("internet");
  });

  it("say nothing of what is missing where nobody knows what the row was", () => {
    const broken = path("expressroute", "13.107.6.152/31 192.0.2.2\n52.1l2.0.0/14 192.0.2.2\n");
    expect(said([broken], "13.107.6.153")).toBe("expressroute");
    expect(said([broken], "203.0.113.1")).toBe("line 2 of expressroute.txt");
    expect(said([broken], "2603:1063::1")).toBe("internet");
  });

  it("say nothing where the Internet may have the longer route", () => {
    const internet = path(
      "internet",
      "0.0.0.0/0 192.0.2.9\n198.51.100.0/24 192.0.2.9\n52.96.0.0/x 192.0.2.9\n1o.0.0.0/x 192.0.2.9\n",
    );
    expect(said([er, internet], "52.97.1.1")).toBe("line 3 of internet.txt");
    expect(said([er, internet], "13.107.6.153")).toBe("expressroute");
    expect(said([er, internet], "203.0.113.1")).toBe("internet");
    expect(said([er, internet], "52.113.1.1")).toBe("line 2 of expressroute.txt");
  });

  it("are whole where lines without an address stand around the rows", () => {
    const log = path("expressroute", "Last login: Mon\nwelcome to er1\n13.107.6.152/31 192.0.2.2\nbye\n");
    expect(log.routes[0]?.unreadableCount).toBeGreaterThan(0);
    expect(said([log], "203.0.113.1")).toBe("internet");
  });

  it("warn of them, with their lines", () => {
    expect(er.routes[0]?.warnings).toEqual([
      'expressroute.txt:2: 1 line could not be read, first: "52.112.0.0/33 192.0.2.2"',
      "expressroute.txt:2: what lines that could not be read may be routes to is not expected on the Internet for lack of one",
    ]);
    const many = path("expressroute", `192.0.2.0/24 192.0.2.2\n${"what?\n".repeat(3)}`);
    expect(many.routes[0]?.warnings).toEqual([
      'expressroute.txt:2: 3 lines could not be read (then 3, 4), first: "what?"',
    ]);
  });
});

describe("networks that stand on a line of their own", () => {
  it("could not be read where the line with their route is missing", () => {
    const bgp = parseRouteTable(
      `   Network          Next Hop            Metric LocPrf Weight Path
*>i52.112.100.128/25
*>  13.107.6.152/31  192.0.2.2                              0 12076 i
*>  52.112.200.128/26
`,
      "er.txt",
    );
    expect(bgp.routes.map(({ prefix }) => prefixText(prefix))).toEqual(["13.107.6.152/31"]);
    expect(bgp.unreadable.map(({ line }) => line)).toEqual([2, 4]);
    const junos = parseRouteTable(
      `inet.0: 3 destinations, 3 routes (3 active, 0 holddown, 0 hidden)
52.112.0.0/14
13.107.6.152/31    *[BGP/170] 1w0d 00:00:00, localpref 100
                      AS path: 12076 I
                    > to 192.0.2.2 via ge-0/0/0.100
52.96.0.0/14
`,
      "er.txt",
    );
    expect(junos.routes.map(({ prefix }) => prefixText(prefix))).toEqual(["13.107.6.152/31"]);
    expect(junos.unreadable.map(({ line }) => line)).toEqual([2, 6]);
  });
});
