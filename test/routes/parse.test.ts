import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prefixText } from "../../src/address/prefix.ts";
import { parseRouteTable } from "../../src/routes/parse.ts";
import { type RouteTable, RouteTableError } from "../../src/routes/route-table.ts";
import { asPath, attribute, communities, mrtPeers, mrtRecord, mrtRib, nextHop } from "../support/bgp.ts";
import { ascii, concat, u16, u8 } from "../support/bytes.ts";
import { ipBytes } from "../support/packets.ts";

/** Prefix, next hop and AS path of each route, as text. */
function routes(table: RouteTable): string[] {
  return table.routes.map((route) =>
    [prefixText(route.prefix), route.nextHop, route.asPath].join(" ").trim(),
  );
}

function read(text: string | Uint8Array): RouteTable {
  return parseRouteTable(text, "t.txt");
}

function fault(input: string | Uint8Array): string {
  try {
    read(input);
    return "";
  } catch (error) {
    if (error instanceof RouteTableError) return error.message;
    throw error;
  }
}

describe("show ip bgp", () => {
  it("reads IOS: glued marks, blank columns, classful networks, networks on a line of their own", () => {
    const table = read(`
edge1#show ip bgp
BGP table version is 22, local router ID is 192.0.2.1
Status codes: s suppressed, d damped, h history, * valid, > best, i - internal,
              r RIB-failure, S Stale, m multipath, b backup-path, x best-external
Origin codes: i - IGP, e - EGP, ? - incomplete

    Network          Next Hop            Metric LocPrf Weight Path
 *> 198.51.100.0/25  192.0.2.2                              0 12076 i
 *>i198.51.100.128/25
                     192.0.2.6                0    100      0 12076 8075 i
 *bi203.0.113.0      192.0.2.6                0    100      0 12076 i
 *>                  192.0.2.2                            100 12076 {64496 64497} ?
 *> 10.0.0.0         0.0.0.0                  0         32768 i
 * i172.16.0.0/24    192.0.2.6                0    100      0 64500 i
 *d 192.0.2.128/25   192.0.2.2                              0 12076 i
edge1#
`);
    expect(table.format).toBe("show-ip-bgp");
    expect(routes(table)).toEqual([
      "198.51.100.0/25 192.0.2.2 12076",
      "198.51.100.128/25 192.0.2.6 12076 8075",
      "203.0.113.0/24 192.0.2.2 12076 {64496 64497}",
      "10.0.0.0/8 0.0.0.0",
    ]); // neither the one without > nor the damped one is in use
    expect(table.routes[1]?.line).toBe(11);
    expect(table.unreadable).toEqual([]);
  });

  it("reads NX-OS", () => {
    const table = read(`
Status: s-suppressed, x-deleted, S-stale, d-dampened, h-history, *-valid, >-best
Path type: i-internal, e-external, c-confed, l-local, a-aggregate, r-redist, I-injected
Origin codes: i - IGP, e - EGP, ? - incomplete, | - multipath, & - backup

   Network            Next Hop            Metric     LocPrf     Weight Path
*>l192.0.2.0/30       0.0.0.0                           100      32768 i
x e198.51.100.0/24    192.0.2.6                                      0 12076 8075 i
*>e                   192.0.2.2                                      0 12076 i
`);
    expect(routes(table)).toEqual(["192.0.2.0/30 0.0.0.0", "198.51.100.0/24 192.0.2.2 12076"]);
  });

  it("reads EOS, whose next hop may be a dash and whose AS numbers have dots", () => {
    const table = read(`
BGP routing table information for VRF default
Router identifier 192.0.2.1, local AS number 64500
Route status codes: s - suppressed, * - valid, > - active, # - not installed, E - ECMP head, e - ECMP
                    S - Stale, c - Contributing to ECMP, b - backup
Origin codes: i - IGP, e - EGP, ? - incomplete
AS Path Attributes: Or-ID - Originator ID, C-LST - Cluster List, LL Nexthop - Link Local Nexthop

         Network                Next Hop            Metric  LocPref Weight  Path
 * >     192.0.2.0/24           -                     1       0       -       i
 * >     198.51.100.0/24        192.0.2.2             0       100     0       12076 62222.4002 i
 * #     203.0.113.0/24         192.0.2.2             0       100     0       12076 i
`);
    expect(routes(table)).toEqual(["192.0.2.0/24", "198.51.100.0/24 192.0.2.2 12076 62222.4002"]);
  });

  it("reads IPv6, whose next hop stands on the next line", () => {
    const table = read(`
     Network          Next Hop            Metric LocPrf Weight Path
 *>  2001:DB8:1000::/36
                      2001:DB8::2              0             0 12076 i
 *>  2001:DB8::/32    ::                       0         32768 i
`);
    expect(routes(table)).toEqual(["2001:db8:1000::/36 2001:DB8::2 12076", "2001:db8::/32 ::"]);
  });

  it("reads rows pasted without their heading and columns", () => {
    expect(
      routes(read("*>i198.51.100.0/24 192.0.2.2 0 100 0 12076 i\n*> 192.0.2.0/24 192.0.2.2 0 12076 i\n")),
    ).toEqual(["198.51.100.0/24 192.0.2.2", "192.0.2.0/24 192.0.2.2"]);
  });

  it("takes all routes of a table in which none is marked as best", () => {
    const table = read(`    Network          Next Hop            Metric LocPrf Weight Path
 *  192.0.2.0/24     192.0.2.2                              0 12076 i
`);
    expect(routes(table)).toEqual(["192.0.2.0/24 192.0.2.2 12076"]);
  });

  it("reads a terminal's log with its pager", () => {
    const table = read(`    Network          Next Hop            Metric LocPrf Weight Path
 *> 192.0.2.0/24     192.0.2.2                              0 12076 i
 --More-- \b\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b\b *> 198.51.100.0/24  192.0.2.2                              0 12076 i
 --More--
<--- More --->\r              \r *> 203.0.113.0      192.0.2.2                              0 12076 i
edge1#`);
    expect(routes(table)).toEqual([
      "192.0.2.0/24 192.0.2.2 12076",
      "198.51.100.0/24 192.0.2.2 12076",
      "203.0.113.0/24 192.0.2.2 12076",
    ]);
    expect(table.unreadable).toEqual([]);
  });

  it("counts and keeps lines that it cannot read", () => {
    const table = read(`    Network          Next Hop            Metric LocPrf Weight Path
 *> 192.0.2.0/24     192.0.2.2                              0 12076 i
 *> 192.0.2.0/99     192.0.2.2                              0 12076 i
 ~~ what\u001b[31m
`);
    expect(table.unreadableCount).toBe(2);
    expect(table.unreadable.map((entry) => entry.line)).toEqual([3, 4]);
    expect(table.unreadable[1]?.text).toBe('" ~~ what?[31m"');
    expect(table.warnings[0]).toContain("t.txt:3: 2 lines could not be read");
  });
});

describe("show ip route", () => {
  it("reads IOS: lengths from the heading, ways on the next line, several ways", () => {
    const table = read(`
edge1>show ip route
Codes: C - connected, S - static, R - RIP, M - mobile, B - BGP
       D - EIGRP, EX - EIGRP external, O - OSPF, IA - OSPF inter area
       ia - IS-IS inter area, * - candidate default, U - per-user static route

Gateway of last resort is 192.0.2.5 to network 0.0.0.0

     198.51.100.0/26 is subnetted, 2 subnets
B       198.51.100.64 [20/0] via 192.0.2.2, 00:00:04
O E2    198.51.100.128
           [110/20] via 192.0.2.9, 12:54:35, TenGigabitEthernet7/4
     10.0.0.0/8 is variably subnetted, 2 subnets, 2 masks
C       10.0.1.0/24 is directly connected, Serial0/0
D EX    10.0.5.0/26 [170/2297856] via 10.0.1.2, 00:12:03, Serial0/0
                    [170/2297856] via 10.0.1.3, 00:12:03, Serial0/1
B        172.16.0.0/17 [200/0], 2w0d, Null0
O        172.17.128.0/17 is a summary, 7w0d, Null0
R    203.0.113.0 [120/1] via 10.0.1.2, 00:00:04
O*E2 0.0.0.0/0 [110/1] via 192.0.2.5, 00:05:35, FastEthernet0/0.100
i L2 192.0.2.64/26 [115/10] via 10.0.1.2, Serial0/0
`);
    expect(table.format).toBe("show-ip-route");
    expect(routes(table)).toEqual([
      "198.51.100.64/26 192.0.2.2",
      "198.51.100.128/26 192.0.2.9",
      "10.0.1.0/24 Serial0/0",
      "10.0.5.0/26 10.0.1.2",
      "172.16.0.0/17 Null0",
      "172.17.128.0/17 Null0",
      "203.0.113.0/24 10.0.1.2",
      "0.0.0.0/0 192.0.2.5",
      "192.0.2.64/26 10.0.1.2",
    ]);
    expect(table.unreadable).toEqual([]);
  });

  it("reads NX-OS", () => {
    const table = read(`
IP Route Table for VRF "default"
'*' denotes best ucast next-hop
'**' denotes best mcast next-hop
'[x/y]' denotes [preference/metric]
'%<string>' in via output denotes VRF <string>

198.51.100.0/24, ubest/mbest: 1/0
    *via 192.0.2.2, Eth1/1.100, [20/0], 1w2d, bgp-64500, external, tag 12076
192.0.2.0/30, ubest/mbest: 1/0, attached
    *via 192.0.2.1, Eth1/1.100, [0/0], 1w2d, direct
203.0.113.0/24, ubest/mbest: 2/0
    *via 192.0.2.2%default, [20/0], 1w2d, bgp-64500, external, tag 12076
    *via 192.0.2.6%default, [20/0], 1w2d, bgp-64500, external, tag 12076
`);
    expect(routes(table)).toEqual([
      "198.51.100.0/24 192.0.2.2",
      "192.0.2.0/30 192.0.2.1",
      "203.0.113.0/24 192.0.2.2",
    ]);
  });

  it("reads EOS", () => {
    const table = read(`
VRF: default
Codes: C - connected, S - static, K - kernel,
       O - OSPF, IA - OSPF inter area, E1 - OSPF external type 1,
       B - Other BGP Routes, B I - iBGP, B E - eBGP

Gateway of last resort:
 S        0.0.0.0/0 [1/0] via 10.0.0.1, Management1

 B E      198.51.100.0/24 [200/0] via 192.0.2.2, Ethernet1
                                  via 192.0.2.6, Ethernet2
 C        192.0.2.0/30 is directly connected, Ethernet1
`);
    expect(routes(table)).toEqual([
      "0.0.0.0/0 10.0.0.1",
      "198.51.100.0/24 192.0.2.2",
      "192.0.2.0/30 Ethernet1",
    ]);
    expect(table.unreadable).toEqual([]);
  });

  it("reads show ipv6 route of IOS", () => {
    const table = read(`IPv6 Routing Table - default - 3 entries
Codes: C - Connected, L - Local, S - Static, U - Per-user Static route
B   2001:DB8:1000::/36 [20/0]
     via FE80::1, GigabitEthernet0/0
C   2001:DB8::/64 [0/0]
     via GigabitEthernet0/1, directly connected
`);
    expect(routes(table)).toEqual(["2001:db8:1000::/36 FE80::1", "2001:db8::/64 GigabitEthernet0/1"]);
  });
});

describe("Junos show route", () => {
  it("reads active routes with next hop and path", () => {
    const table = read(`
inet.0: 4 destinations, 5 routes (4 active, 0 holddown, 0 hidden)
+ = Active Route, - = Last Active, * = Both

198.51.100.0/24    *[BGP/170] 2d 03:04:05, localpref 100
                      AS path: 12076 8075 I, validation-state: unverified
                    > to 192.0.2.2 via ge-0/0/0.100
                    [BGP/170] 2d 03:04:05, localpref 90
                      AS path: 12076 I
                    > to 192.0.2.6 via ge-0/0/1.100
192.0.2.0/30       *[Direct/0] 5w1d 00:00:00
                    > via ge-0/0/0.100
203.0.113.128/25
                   *[Static/5] 1w0d 00:00:00
                      Discard
203.0.113.0/25     -[BGP/170] 00:00:05, localpref 100
                    > to 192.0.2.2 via ge-0/0/0.100
`);
    expect(table.format).toBe("junos-show-route");
    expect(routes(table)).toEqual([
      "198.51.100.0/24 192.0.2.2 12076 8075",
      "192.0.2.0/30 ge-0/0/0.100",
      "203.0.113.128/25 Discard",
    ]);
  });

  it("is not taken for JSON by its prompt", () => {
    const table = read(
      "{master}\nadmin@edge1> show route\n\n192.0.2.0/24  *[BGP/170] 1d\n  > to 192.0.2.2 via ge-0/0/0\n",
    );
    expect(routes(table)).toEqual(["192.0.2.0/24 192.0.2.2"]);
  });

  it("reads terse", () => {
    const table = read(`
inet.0: 3 destinations, 3 routes (3 active, 0 holddown, 0 hidden)
+ = Active Route, - = Last Active, * = Both

A V Destination        P Prf   Metric 1   Metric 2  Next hop        AS path
* ? 198.51.100.0/24    B 170        100                             12076 8075 I
  unverified                                       >192.0.2.2
* ? 192.0.2.0/30       D   0                       >ge-0/0/0.100
* ? 203.0.113.0/24     B 170        100            >192.0.2.6       12076 I
`);
    expect(routes(table)).toEqual([
      "198.51.100.0/24 192.0.2.2",
      "192.0.2.0/30 ge-0/0/0.100",
      "203.0.113.0/24 192.0.2.6 12076",
    ]);
  });

  it("reads detail, with communities", () => {
    const table = read(`
inet.0: 1 destinations, 1 routes (1 active, 0 holddown, 0 hidden)
198.51.100.0/24 (2 entries, 1 announced)
        *BGP    Preference: 170/-101
                Next hop type: Router, Next hop index: 581
                Next hop: 192.0.2.2 via ge-0/0/0.100, selected
                AS path: 12076 8075 I
                Communities: 12076:5010 12076:5030
         BGP    Preference: 170/-91
                Next hop: 192.0.2.6 via ge-0/0/1.100, selected
                AS path: 12076 I
`);
    expect(routes(table)).toEqual(["198.51.100.0/24 192.0.2.2 12076 8075"]);
    expect(table.routes[0]?.communities).toEqual(["12076:5010", "12076:5030"]);
  });
});

describe("Azure's route table", () => {
  const entries = [
    { locPrf: "", network: "198.51.100.0/24", nextHop: "192.0.2.1", path: "64500 ?", weight: 0 },
    { locPrf: "100", network: "2001:db8::/32", nextHop: "2001:db8::1", path: "64500 64501", weight: 0 },
  ];

  it.each([
    ["the answer of az", { nextLink: null, value: entries }],
    ["its value alone", entries],
    [
      "PowerShell's ConvertTo-Json",
      entries.map((entry) => ({ Network: entry.network, NextHop: entry.nextHop, Path: entry.path })),
    ],
  ])("is read from JSON: %s", (_what, json) => {
    const table = read(JSON.stringify(json, null, 2));
    expect(table.format).toBe("azure-json");
    expect(routes(table)).toEqual([
      "198.51.100.0/24 192.0.2.1 64500",
      "2001:db8::/32 2001:db8::1 64500 64501",
    ]);
  });

  it("names the line of an entry that it cannot read, and of broken JSON", () => {
    const table = read('[\n  {"network": "192.0.2.0/24"},\n  {"network": "nowhere"}\n]');
    expect(table.unreadable).toEqual([{ line: 3, text: '"nowhere"' }]);
    expect(fault('{\n  "value": [\n')).toMatch(/^t\.txt:\d+:\d+: is no JSON$/);
    expect(fault("[]")).toBe("t.txt: no route found, read as Azure's list-route-tables (JSON)");
  });

  it("is read from PowerShell's table, whose LocPrf may be blank", () => {
    const table = read(`
Network             NextHop       LocPrf Weight Path
-------             -------       ------ ------ ----
198.51.100.0/24     192.0.2.1                 0 64500 ?
203.0.113.0/24      192.0.2.1        100      0 #### #####
`);
    expect(table.format).toBe("azure-table");
    expect(routes(table)).toEqual(["198.51.100.0/24 192.0.2.1 64500", "203.0.113.0/24 192.0.2.1"]);
  });

  it("is read from a table without its line of dashes", () => {
    const table = read(`
     Network          NextHop            LocPrf     Weight Path
     198.51.100.0/24  192.0.2.1                     0      64500 ?
`);
    expect(routes(table)).toEqual(["198.51.100.0/24 192.0.2.1 64500"]);
  });

  it("is read from az -o table, whose columns stand in another order", () => {
    const table = read(`LocPrf    Network          NextHop    Path         Weight
--------  ---------------  ---------  -----------  --------
          198.51.100.0/24  192.0.2.1  64500 64501  0
`);
    expect(routes(table)).toEqual(["198.51.100.0/24 192.0.2.1 64500 64501"]);
  });

  it("is read from PowerShell's list, also in UTF-16", () => {
    const text =
      "\r\nNetwork : 198.51.100.0/24\r\nNextHop : 192.0.2.1\r\nLocPrf  :\r\nWeight  : 0\r\nPath    : 64500\r\n";
    const utf16 = new Uint8Array(2 + text.length * 2);
    utf16.set([0xff, 0xfe]);
    for (let i = 0; i < text.length; i++) utf16[2 + i * 2] = text.charCodeAt(i);
    expect(routes(read(utf16))).toEqual(["198.51.100.0/24 192.0.2.1 64500"]);
  });
});

describe("a list of prefix and next hop", () => {
  it.each([
    ["198.51.100.0/24 192.0.2.2", "198.51.100.0/24 192.0.2.2"],
    ["198.51.100.0/24\t192.0.2.2", "198.51.100.0/24 192.0.2.2"],
    ["198.51.100.0/24,192.0.2.2", "198.51.100.0/24 192.0.2.2"],
    ['"198.51.100.0/24";"192.0.2.2"', "198.51.100.0/24 192.0.2.2"],
    ["198.51.100.0/24", "198.51.100.0/24"],
    ["198.51.100.7", "198.51.100.7/32"],
    ["198.51.100.9/24 192.0.2.2", "198.51.100.0/24 192.0.2.2"],
    ["198.51.100.0 255.255.255.0 192.0.2.2", "198.51.100.0/24 192.0.2.2"],
    ["198.51.100.0/24 via 192.0.2.2 dev eth0 proto bgp", "198.51.100.0/24 192.0.2.2"],
    ["default via 192.0.2.2 dev eth0", "0.0.0.0/0 192.0.2.2"],
    ["2001:db8::/32 fe80::1", "2001:db8::/32 fe80::1"],
    ["# a comment\n\n198.51.100.0/24 192.0.2.2 ; another", "198.51.100.0/24 192.0.2.2"],
    ['#TYPE x\n"Network","NextHop","LocPrf"\n"198.51.100.0/24","192.0.2.2",""', "198.51.100.0/24 192.0.2.2"],
    ["name,prefix,next_hop\nx,198.51.100.0/24,192.0.2.2", "198.51.100.0/24 192.0.2.2"],
  ])("reads %j", (text, expected) => {
    expect(routes(read(text))).toEqual([expected]);
  });

  it("keeps the first of two routes for a prefix", () => {
    expect(routes(read("192.0.2.0/24 10.0.0.1\n192.0.2.0/24 10.0.0.2"))).toEqual(["192.0.2.0/24 10.0.0.1"]);
  });

  it("names the line that it could not read", () => {
    expect(read("192.0.2.0/24 10.0.0.1\n192.0.2.0/33 10.0.0.1\n").unreadable).toEqual([
      { line: 2, text: '"192.0.2.0/33 10.0.0.1"' },
    ]);
    expect(fault("hello\nworld\n")).toBe(
      't.txt:1: no route found, read as a list of prefix and next hop; "hello" could not be read',
    );
    expect(fault("")).toContain("t.txt: no route found");
  });
});

describe("MRT", () => {
  const said = [asPath([12_076, 4_200_000_001], 4), nextHop("192.0.2.2"), communities("12076:5030")];

  it("reads TABLE_DUMP_V2 for IPv4 and IPv6 (RFC 6396)", () => {
    // In a table dump MP_REACH_NLRI holds the next hop's length and the next hop alone (section 4.3.4).
    const hop6 = attribute(0x80, 14, concat(u8(16), ipBytes("2001:db8::2")));
    const table = read(
      concat(
        mrtPeers(),
        mrtRib(2, "198.51.100.0/24", said, [asPath([64_500], 4), nextHop("192.0.2.6")]),
        mrtRib(4, "2001:db8:1000::/36", [asPath([12_076], 4), hop6]),
        mrtRib(8, "203.0.113.0/25", said),
      ),
    );
    expect(table.format).toBe("mrt");
    expect(routes(table)).toEqual([
      "198.51.100.0/24 192.0.2.2 12076 4200000001",
      "2001:db8:1000::/36 2001:db8::2 12076",
      "203.0.113.0/25 192.0.2.2 12076 4200000001",
    ]);
    expect(table.routes[0]?.communities).toEqual(["12076:5030"]);
    expect(table.unreadableCount).toBe(0);
  });

  it("reads it packed with gzip", () => {
    expect(routes(read(gzipSync(concat(mrtPeers(), mrtRib(2, "192.0.2.0/24", said)))))).toHaveLength(1);
  });

  it("keeps the routes before a record that is cut", () => {
    const bytes = concat(mrtPeers(), mrtRib(2, "198.51.100.0/24", said), mrtRib(2, "203.0.113.0/24", said));
    const table = read(bytes.slice(0, -1));
    expect(routes(table)).toHaveLength(1);
    expect(table.unreadable[0]).toMatchObject({ line: 3 });
  });

  it("says what it wants where there is no table", () => {
    expect(fault(mrtRecord(16, 4, new Uint8Array(40)))).toBe(
      "t.txt: MRT records of type 16, wanted 13 (TABLE_DUMP_V2)",
    );
    expect(fault(mrtPeers())).toBe("t.txt: no route found, read as MRT TABLE_DUMP_V2");
  });

  it("reads bgpdump -m", () => {
    const table = read(
      "TABLE_DUMP2|1700000000|B|192.0.2.2|12076|198.51.100.0/24|12076 8075|IGP|192.0.2.2|0|0|12076:5010 12076:5030|NAG||\n",
    );
    expect(table.format).toBe("bgpdump");
    expect(routes(table)).toEqual(["198.51.100.0/24 192.0.2.2 12076 8075"]);
    expect(table.routes[0]?.communities).toEqual(["12076:5010", "12076:5030"]);
  });
});

describe("parseRouteTable", () => {
  it("refuses what is neither text nor MRT, and what it cannot unpack", () => {
    expect(fault(u8(0xc3, 0x28, 0xff))).toBe("t.txt: is neither text nor MRT");
    expect(fault(ascii("BZh91AY"))).toBe("t.txt: is packed with bzip2; unpack it first");
    expect(fault(u8(0x1f, 0x8b, 8, 0))).toContain("t.txt: cannot be unpacked");
  });

  it.each(["a", "0", " ", "*", "1.", "a:", ", ", "B ", "[1/1] ", "{"])(
    "answers for a line of nothing but %j",
    (text) => {
      const long = text.repeat(100_000);
      expect(fault(long)).toMatch(/^t\.txt/);
      expect(fault(`    Network          Next Hop            Metric LocPrf Weight Path\n${long}`)).toMatch(
        /^t\.txt/,
      );
      expect(fault(`Codes: C - connected\n${long}`)).toMatch(/^t\.txt/);
      expect(fault(`inet.0:\n${long}`)).toMatch(/^t\.txt/);
    },
  );

  it("gives a table or a named error for any text", () => {
    const words = fc.constantFrom(
      " *> ",
      "192.0.2.0/24",
      "192.0.2.1",
      "B ",
      " via ",
      "[20/0]",
      "Network Next Hop Path",
      "Network : ",
      "NextHop",
      "inet.0:",
      "*[BGP/170]",
      "TABLE_DUMP2|",
      "|",
      "-------  ------",
      "Codes: ",
      "2001:db8::/32",
      "is subnetted",
      ", ubest/mbest: ",
      "{",
      '[{"network":',
      "\n",
      "\n",
      "   ",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.oneof(words, fc.string({ maxLength: 5 }))).map((all) => all.join("")),
    );
    fc.assert(
      fc.property(text, (input) => {
        const message = fault(input);
        expect(message === "" || message.startsWith("t.txt")).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("gives a table or a named error for any bytes", () => {
    const good = concat(
      mrtPeers(),
      mrtRib(2, "198.51.100.0/24", [asPath([12_076], 4), nextHop("192.0.2.2")]),
    );
    const changed = fc
      .tuple(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255))), fc.nat(good.length))
      .map(([changes, cut]) =>
        changes.reduce((bytes, [at, value]) => bytes.with(at, value), good).slice(0, good.length - cut),
      );
    const records = fc
      .tuple(fc.nat(12), fc.uint8Array({ maxLength: 60 }))
      .map(([subtype, body]) => mrtRecord(13, subtype, concat(body, u16(0))));
    fc.assert(
      fc.property(fc.oneof(changed, records, fc.uint8Array()), (bytes) => {
        const message = fault(bytes);
        expect(message === "" || message.startsWith("t.txt")).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
