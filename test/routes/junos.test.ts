import { describe, expect, it } from "vitest";
import { read, routes } from "./reading.ts";

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

  it("reads a route of which one part routes and another forwards, and counts prefixes that it cannot read", () => {
    const table = read(`
inet.0: 2 destinations, 4 routes (2 active, 0 holddown, 0 hidden)
@ = Routing Use Only, # = Forwarding Use Only
+ = Active Route, - = Last Active, * = Both

198.51.100.0/24    @[BGP/170] 2d 03:04:05, localpref 100
                      AS path: 12076 I
                    > to 192.0.2.2 via ge-0/0/0.100
                   #[Multipath/255] 1w0d
                      to 192.0.2.2 via ge-0/0/0.100
                    > to 192.0.2.6 via ge-0/0/1.100
203.0.113.0/25     ~[BGP/170] 00:00:05, localpref 100
192.0.2.0/30       *[Direct/0] 5w1d 00:00:00
                    > via ge-0/0/0.100
`);
    expect(routes(table)).toEqual(["198.51.100.0/24 192.0.2.2 12076", "192.0.2.0/30 ge-0/0/0.100"]);
    expect(table.unreadable.map(({ line }) => line)).toEqual([12]);
  });

  it("reads what a neighbour announced", () => {
    const table = read(`
admin@edge> show route receive-protocol bgp 192.0.2.2

inet.0: 20 destinations, 25 routes (20 active, 0 holddown, 0 hidden)
  Prefix                  Nexthop              MED     Lclpref    AS path
* 198.51.100.0/24         192.0.2.2            10                 12076 8075 I
* 203.0.113.0/25          192.0.2.2                               12076 I
  203.0.113.128/25        192.0.2.2                               12076 I

inet6.0: 4 destinations, 5 routes (4 active, 0 holddown, 0 hidden)
  Prefix                  Nexthop              MED     Lclpref    AS path
* 2001:db8:1000::/36      2001:db8::2                             12076 I
`);
    expect(routes(table)).toEqual([
      "198.51.100.0/24 192.0.2.2 12076 8075",
      "203.0.113.0/25 192.0.2.2 12076",
      "2001:db8:1000::/36 2001:db8::2 12076",
    ]);
    expect(table.unreadableCount).toBe(0);
  });

  it("reads it in detail, with communities", () => {
    const table = read(`
inet.0: 20 destinations, 25 routes (20 active, 0 holddown, 0 hidden)
* 198.51.100.0/24 (1 entry, 1 announced)
     Accepted
     Nexthop: 192.0.2.2
     AS path: 12076 8075 I 
     Communities: 12076:5010 12076:51004

  203.0.113.128/25 (2 entries, 0 announced)
     Nexthop: 192.0.2.2
     AS path: 12076 I 
`);
    expect(routes(table)).toEqual(["198.51.100.0/24 192.0.2.2 12076 8075"]);
    expect(table.routes[0]?.communities).toEqual(["12076:5010", "12076:51004"]);
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
