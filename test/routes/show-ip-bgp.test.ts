import { describe, expect, it } from "vitest";
import { read, routes } from "./reading.ts";

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

  it("reads FRR, which appends the name of the next hop's router", () => {
    const table = read(`
     Network          Next Hop            Metric LocPrf Weight Path
 *>  198.51.100.0/24  192.0.2.2(er1)           0             0 12076 i
 *>  2001:db8::/32    fe80::2%eth1             0             0 12076 i
 *>  203.0.113.0/24   192.0.2.6@3<             0             0 12076 i
`);
    expect(routes(table)).toEqual([
      "198.51.100.0/24 192.0.2.2 12076",
      "2001:db8::/32 fe80::2 12076",
      "203.0.113.0/24 192.0.2.6 12076",
    ]);
    expect(table.unreadableCount).toBe(0);
  });

  it("reads IOS XE, whose marks of RPKI put networks a column behind their heading", () => {
    const table = read(`
     Network          Next Hop            Metric LocPrf Weight Path
 V*>  52.112.0.0/14    192.0.2.2                              0 12076 i
 N*>i 40.96.0.0/13     192.0.2.6                0    100      0 12076 i
 N*mi                  192.0.2.10               0    100      0 12076 i
 *>   203.0.113.0      192.0.2.2                              0 12076 i
 N*bia198.51.100.0/25  192.0.2.10               0    100      0 12076 i
 N*>                   192.0.2.2                              0 12076 8075 8075 8075 8
075 i
 *>   0.0.0.0          192.0.2.2                              0 12076 i
`);
    expect(routes(table)).toEqual([
      "52.112.0.0/14 192.0.2.2 12076",
      "40.96.0.0/13 192.0.2.6 12076",
      "203.0.113.0/24 192.0.2.2 12076",
      "198.51.100.0/25 192.0.2.2 12076 8075 8075 8075 8",
      "0.0.0.0/0 192.0.2.2 12076",
    ]);
    expect(table.unreadable).toEqual([]);
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
 ~~ what\u001b[31m\u0001
`);
    expect(table.unreadableCount).toBe(2);
    expect(table.unreadable.map((entry) => entry.line)).toEqual([3, 4]);
    expect(table.unreadable[1]?.text).toBe('" ~~ what?"');
    expect(table.warnings[0]).toContain("t.txt:3: 2 lines could not be read");
  });
});
