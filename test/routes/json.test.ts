import { describe, expect, it } from "vitest";
import { prefixText } from "../../src/address/prefix.ts";
import { parseRouteTable } from "../../src/routes/parse.ts";

function rows(text: string): string[] {
  return parseRouteTable(text, "t.json").routes.map(
    ({ prefix, nextHop, asPath, communities, line }) =>
      `${line}: ${prefixText(prefix)} ${nextHop} (${asPath})${communities.map((each) => ` ${each}`).join("")}`,
  );
}

const hop = (ip: string, used = true) => ({ ip, afi: "ipv4", used });
const bgp = (more: object) => ({
  vrfId: 0,
  vrfName: "default",
  routerId: "192.0.2.1",
  localAS: 65000,
  routes: {
    "52.112.0.0/14": [
      { valid: true, pathFrom: "external", path: "65001 12076", nexthops: [hop("192.0.2.6")] },
      { valid: true, bestpath: true, path: "12076", nexthops: [hop("192.0.2.9", false), hop("192.0.2.2")] },
    ],
    "2603:1006::/40": [{ valid: true, bestpath: true, path: "12076", nexthops: [hop("fe80::1")] }],
    "198.51.100.0/24": [{ valid: true, path: "65001", nexthops: [hop("192.0.2.6")] }],
  },
  ...more,
});
const BGP_ROWS = ["52.112.0.0/14 192.0.2.2 (12076)", "2603:1006::/40 fe80::1 (12076)"];

describe("FRR's JSON", () => {
  it("of show bgp has the best paths, on the lines of their prefixes", () => {
    const text = JSON.stringify(bgp({}), undefined, 1).replaceAll("/", "\\/");
    expect(rows(text)).toEqual([`7: ${BGP_ROWS[0]}`, `38: ${BGP_ROWS[1]}`]);
    expect(parseRouteTable(text, "t.json").format).toBe("frr-json");
  });

  it("is read from each VRF, behind its command and before a prompt", () => {
    const text = `er1# show bgp vrf all ipv4 unicast json\n${JSON.stringify({ default: bgp({}), blue: bgp({ routes: {} }) })}\ner1# `;
    expect(rows(text)).toEqual(BGP_ROWS.map((row) => `2: ${row}`));
  });

  it("of details has AS paths and communities", () => {
    const paths = [
      {
        aspath: { string: "12076", length: 1 },
        community: { string: "12076:5030 65000:1" },
        bestpath: { overall: true },
        nexthops: [hop("192.0.2.2")],
      },
      { aspath: { string: "65001 12076" }, nexthops: [hop("192.0.2.6")] },
    ];
    const text = JSON.stringify(bgp({ routes: { "52.112.0.0/14": { prefix: "52.112.0.0/14", paths } } }));
    expect(rows(text)).toEqual(["1: 52.112.0.0/14 192.0.2.2 (12076) 12076:5030 65000:1"]);
  });

  it("of show ip route has the selected routes, those to nowhere as such", () => {
    const text = JSON.stringify({
      "52.112.0.0/14": [
        { protocol: "static", nexthops: [{ ip: "192.0.2.6" }] },
        {
          protocol: "bgp",
          selected: true,
          nexthops: [{ fib: true, ip: "192.0.2.2", interfaceName: "eth0" }],
        },
      ],
      "13.107.6.152/31": [
        { protocol: "static", selected: true, nexthops: [{ fib: true, unreachable: true, blackhole: true }] },
      ],
      "192.0.2.0/30": [
        {
          protocol: "connected",
          selected: true,
          nexthops: [{ fib: true, directlyConnected: true, interfaceName: "eth0" }],
        },
      ],
    });
    expect(rows(text)).toEqual([
      "1: 52.112.0.0/14 192.0.2.2 ()",
      "1: 13.107.6.152/31 blackhole ()",
      "1: 192.0.2.0/30 eth0 ()",
    ]);
  });

  it("has what a neighbour sent, and refuses what is announced to it", () => {
    const sent = { "52.112.0.0/14": { network: "52.112.0.0/14", nextHop: "192.0.2.2", path: "12076" } };
    expect(rows(JSON.stringify({ localAS: 65000, receivedRoutes: sent }))).toEqual([
      "1: 52.112.0.0/14 192.0.2.2 (12076)",
    ]);
    expect(() => rows(JSON.stringify({ localAS: 65000, advertisedRoutes: sent }))).toThrow(
      "t.json: shows what is announced to a neighbour; wanted the routes that Microsoft announces",
    );
  });

  it("with a prefix that is none is not whole for its addresses", () => {
    const table = parseRouteTable(
      JSON.stringify(bgp({ routes: { "52.112.0.0/14": [{ bestpath: true }], "52.96.0.0/33": [], x: [{}] } })),
      "t.json",
    );
    expect(table.unreadable.map(({ text }) => text)).toEqual(['"52.96.0.0/33"', '"x"']);
    expect(table.unread.map(({ prefix }) => prefixText(prefix))).toEqual([
      "52.96.0.0/11",
      "0.0.0.0/0",
      "::/0",
    ]);
  });
});

const vias = (...hops: readonly object[]) => ({ routeType: "eBGP", routeAction: "forward", vias: hops });
const eos = (more: object) => ({ vrfs: { default: { routingDisabled: false, ...more } } });

describe("EOS' JSON", () => {
  it("of show ip route has the routes, those that drop as such, on the lines of their prefixes", () => {
    const routes = {
      "52.112.0.0/14": vias(
        { nexthopAddr: "192.0.2.2", interface: "Ethernet1" },
        { nexthopAddr: "192.0.2.6" },
      ),
      "13.107.6.152/31": { ...vias({}), routeAction: "drop" },
      "192.0.2.0/30": { ...vias({ interface: "Ethernet1" }), routeType: "connected" },
    };
    const text = `er1#show ip route | json\n${JSON.stringify(eos({ routes }), undefined, 1)}\ner1#`;
    expect(rows(text)).toEqual([
      "7: 52.112.0.0/14 192.0.2.2 ()",
      "20: 13.107.6.152/31 Null0 ()",
      "27: 192.0.2.0/30 Ethernet1 ()",
    ]);
    expect(parseRouteTable(text, "t.json").format).toBe("eos-json");
  });

  it("of show ip bgp has the active paths, with communities where they are", () => {
    const path = (nextHop: string, active: boolean, asPath: string, more: object = {}) => ({
      nextHop,
      asPathEntry: { asPathType: null, asPath },
      routeType: { valid: true, active },
      ...more,
    });
    const bgpRouteEntries = {
      "52.112.0.0/14": {
        bgpRoutePaths: [
          path("192.0.2.6", false, "65001 12076 i"),
          path("192.0.2.2", true, "12076 i", { routeDetail: { communityList: ["12076:5030", "no-export"] } }),
        ],
      },
      "198.51.100.0/24": { bgpRoutePaths: [path("192.0.2.6", false, "65001 i")] },
      "2603:1006::/40": { bgpRoutePaths: [path("fe80::1", true, "12076 i")] },
    };
    expect(rows(JSON.stringify(eos({ bgpRouteEntries })))).toEqual([
      "1: 52.112.0.0/14 192.0.2.2 (12076) 12076:5030",
      "1: 2603:1006::/40 fe80::1 (12076)",
    ]);
  });

  it("tells what it could not read", () => {
    const table = parseRouteTable(
      JSON.stringify(
        eos({ routes: { "52.112.0.0/14": vias({}), "52.96.0.0/14": {}, "52.96.0.0/33": vias({}) } }),
      ),
      "t.json",
    );
    expect(table.unreadable.map(({ text }) => text)).toEqual(['"52.96.0.0/14"', '"52.96.0.0/33"']);
    expect(table.unread.map(({ prefix }) => prefixText(prefix))).toEqual(["52.96.0.0/11"]);
  });
});

const hops = (...paths: readonly object[]) => ({
  "ucast-nhops": String(paths.length),
  TABLE_path: { ROW_path: paths.length === 1 ? paths[0] : paths },
});
const nxos = (...prefixes: readonly object[]) => ({
  TABLE_vrf: {
    ROW_vrf: [
      {
        "vrf-name-out": "default",
        TABLE_addrf: {
          ROW_addrf: {
            addrf: "ipv4",
            TABLE_prefix: { ROW_prefix: prefixes.length === 1 ? prefixes[0] : prefixes },
          },
        },
      },
      { "vrf-name-out": "empty" },
    ],
  },
});

describe("NX-OS' JSON", () => {
  it("has the paths in use, whether rows are an object or a list", () => {
    const bgpPath = { ipnexthop: "192.0.2.2", clientname: "bgp-65000", type: "external", ubest: "true" };
    expect(rows(JSON.stringify(nxos({ ipprefix: "52.112.0.0/14", ...hops(bgpPath) })))).toEqual([
      "1: 52.112.0.0/14 192.0.2.2 ()",
    ]);
    const text = JSON.stringify(
      nxos(
        {
          ipprefix: "52.112.0.0/14",
          ...hops({ ...bgpPath, ubest: undefined, ipnexthop: "192.0.2.6" }, bgpPath),
        },
        { ipprefix: "13.107.6.152/31", ...hops({ ifname: "Null0", clientname: "static", ubest: "true" }) },
        { ipprefix: "232.0.0.0/8", ...hops({ ifname: "Null0", mbest: "true" }), "ucast-nhops": "0" },
      ),
      undefined,
      1,
    );
    expect(rows(text)).toEqual(["12: 52.112.0.0/14 192.0.2.2 ()", "31: 13.107.6.152/31 Null0 ()"]);
    expect(parseRouteTable(text, "t.json").format).toBe("nxos-json");
  });

  it("tells what it could not read", () => {
    const table = parseRouteTable(
      JSON.stringify(
        nxos(
          { ipprefix: "52.112.0.0/14", ...hops({ ipnexthop: "192.0.2.2", ubest: "true" }) },
          { ipprefix: "52.96.0.0/14", ...hops({ ipnexthop: "192.0.2.2" }) },
          { ...hops({ ipnexthop: "192.0.2.2", ubest: "true" }) },
        ),
      ),
      "t.json",
    );
    expect(table.unread.map(({ prefix }) => prefixText(prefix))).toEqual([
      "52.96.0.0/11",
      "0.0.0.0/0",
      "::/0",
    ]);
  });

  it("of BGP is refused by what is wanted", () => {
    const row = { TABLE_afi: { ROW_afi: { "af-id": "1" } } };
    expect(() => rows(JSON.stringify({ TABLE_vrf: { ROW_vrf: row } }))).toThrow(
      /is JSON, but no route table that is read: wanted .*NX-OS' show ip route \| json/,
    );
  });
});

const data = (value: unknown) => [{ data: value }];
const entry = (tag: string, more: object) => ({
  "active-tag": tag === "" ? [{}] : data(tag),
  "protocol-name": data("BGP"),
  "as-path": data("12076 I"),
  nh: [
    { to: data("192.0.2.6") },
    { "selected-next-hop": data([null]), to: data("192.0.2.2"), via: data("ge-0/0/0.100") },
  ],
  ...more,
});
const junos = (name: string, ...rt: readonly object[]) => ({
  "route-information": [{ "route-table": [{ "table-name": data(name), rt }] }],
});

describe("Junos' JSON", () => {
  it("has the active routes, whichever way their length is given", () => {
    const text = JSON.stringify(
      junos(
        "inet.0",
        { "rt-destination": data("52.112.0.0/14"), "rt-entry": [entry("", { nh: [] }), entry("*", {})] },
        {
          "rt-destination": data("13.107.6.152"),
          "rt-prefix-length": data("31"),
          "rt-entry": [
            entry("*", {
              "as-path": data("AS path: 12076 8075 I (Atomic)\nAggregator: 8075 192.0.2.9"),
              communities: [{ community: [{ data: "12076:5030" }, { data: "target:1:2" }] }],
            }),
          ],
        },
        {
          "rt-destination": data("10.0.0.0/8"),
          "rt-entry": [entry("*", { nh: undefined, nhh: [{ "nh-type": data("Discard") }] })],
        },
        { "rt-destination": data("192.0.2.0/30"), "rt-entry": [entry("-", {})] },
      ),
      undefined,
      1,
    );
    expect(rows(text).map((row) => row.replace(/^\d+: /, ""))).toEqual([
      "52.112.0.0/14 192.0.2.2 (12076)",
      "13.107.6.152/31 192.0.2.2 (12076 8075) 12076:5030",
      "10.0.0.0/8 Discard (12076)",
    ]);
    expect(rows(text)[0]).toMatch(/^1[0-9]: /);
  });

  it("is read from a log", () => {
    const text = JSON.stringify(
      junos("er.inet6.0", { "rt-destination": data("2603:1006::/40"), "rt-entry": [entry("*", {})] }),
      undefined,
      4,
    );
    const log = `admin@er1> show route | display json | no-more\n${text}\n\n{master:0}\nadmin@er1> `;
    expect(rows(log)).toEqual([expect.stringContaining("2603:1006::/40 192.0.2.2 (12076)")]);
    expect(rows(`${text}\n\n{master:0}\n`)).toHaveLength(1);
  });

  it("leaves out what is no unicast table, and what is announced", () => {
    const own = {
      "rt-destination": data("203.0.113.0/24"),
      "rt-entry": [entry("*", { nh: [{ to: data("Self") }], "as-path": data("I") })],
    };
    const route = { "rt-destination": data("52.112.0.0/14"), "rt-entry": [entry("*", {})] };
    const table = parseRouteTable(JSON.stringify(junos("inet.0", own, route)), "t.json");
    expect(table.routes.map(({ prefix }) => prefixText(prefix))).toEqual(["52.112.0.0/14"]);
    expect(table.warnings).toEqual(["t.json:1: shows what is announced to a neighbour, which is left out"]);
    expect(() => rows(JSON.stringify(junos("mpls.0", route)))).toThrow(
      "no route found, read as Junos show route (JSON)",
    );
  });
});

describe("other JSON", () => {
  it.each([
    ['{"a": 1}'],
    ['{"prefix": "52.112.0.0/14", "paths": [{"bestpath": {"overall": true}}]}'],
    ["{}"],
  ])("is refused by what is wanted: %s", (text) => {
    expect(() => rows(text)).toThrow(
      /^t\.json: is JSON, but no route table that is read: wanted Azure's .* FRR's /,
    );
  });
});

it.each([
  "BGP routing table entry for 52.112.0.0/14, version 5\nPaths: (1 available, best #1)\n  12076\n    192.0.2.2 from 192.0.2.2 (192.0.2.2)\n      Origin IGP, valid, external, best\n",
  'Routing entry for 52.112.0.0/14\n  Known via "bgp 65000", distance 20, metric 0\n  * 192.0.2.2, from 192.0.2.2, 1d ago\n',
])("details of one route are no table", (text) => {
  expect(() => parseRouteTable(text, "t.txt")).toThrow(
    /^t\.txt: has the details of single routes .* wanted all routes/,
  );
});
