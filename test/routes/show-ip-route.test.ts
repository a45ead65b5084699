import { describe, expect, it } from "vitest";
import { isDiscard } from "../../src/routes/expected.ts";
import { read, routes } from "./reading.ts";

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

  it("reads replicated routes, ways on a line of their own, and routes to nowhere of FortiOS", () => {
    const table = read(`
Codes: C - connected, S - static, B - BGP
B   +    198.51.100.0/24 [20/0] via 192.0.2.2 (MSFT), 1w0d
B   %    198.51.101.0/24 [20/0] via 192.0.2.2, 1w0d
 C        192.0.2.0/30
           directly connected, Ethernet1
S       203.0.113.0/24 [254/0] is a blackhole, [1/0]
`);
    expect(routes(table)).toEqual([
      "198.51.100.0/24 192.0.2.2",
      "198.51.101.0/24 192.0.2.2",
      "192.0.2.0/30 Ethernet1",
      "203.0.113.0/24 blackhole",
    ]);
    expect(table.unreadable).toEqual([]);
    expect(table.routes.map(isDiscard)).toEqual([false, false, false, true]);
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

  it("reads ASA, whose networks have a dotted mask", () => {
    const table = read(`
Codes: L - local, C - connected, S - static, R - RIP, M - mobile, B - BGP
       SI - Static InterVRF, BI - BGP InterVRF
Gateway of last resort is 203.0.113.1 to network 0.0.0.0

S*       0.0.0.0 0.0.0.0 [1/0] via 203.0.113.1, outside
B        52.112.0.0 255.252.0.0 [20/0] via 192.0.2.2, 1d02h
B        13.107.64.0 255.255.192.0
           [20/0] via 192.0.2.2, 1d02h
C        192.0.2.0 255.255.255.252 is directly connected, er1
L        192.0.2.1 255.255.255.255 is directly connected, er1
O IA     10.0.0.0 255.0.255.0 [110/20] via 192.0.2.9, 12:54:35, inside
`);
    expect(routes(table)).toEqual([
      "0.0.0.0/0 203.0.113.1",
      "52.112.0.0/14 192.0.2.2",
      "13.107.64.0/18 192.0.2.2",
      "192.0.2.0/30 er1",
      "192.0.2.1/32 er1",
    ]);
    expect(table.unreadable.map(({ line }) => line)).toEqual([12]);
  });

  it.each([
    ["FRR", "B>* ", "B   "],
    ["FortiOS", "B    *> ", "B       "],
  ])("counts only the selected routes of %s", (_, selected, other) => {
    const table = read(`
Codes: K - kernel route, C - connected, S - static, B - BGP,
       > - selected route, * - FIB route

${selected}52.112.0.0/14 [20/0] via 192.0.2.2, eth1, weight 1, 00:10:00
${other}40.96.0.0/13 [20/0] via 192.0.2.6 inactive, weight 1, 00:10:00
`);
    expect(routes(table)).toEqual(["52.112.0.0/14 192.0.2.2"]);
    expect(table.unreadable).toEqual([]);
  });

  it("tells FRR's routes to nowhere", () => {
    const table = read(`
Codes: K - kernel route, S - static
S>* 52.112.0.0/14 [1/0] unreachable (blackhole), weight 1, 00:00:04
S>* 2001:db8::/32 [1/0] unreachable (ICMP unreachable), weight 1, 00:00:04
`);
    expect(table.routes.map(isDiscard)).toEqual([true, true]);
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

  it.each([
    ["S>* 198.51.100.0/24 [1/0] is directly connected, Null0, bh", "Null0"],
    ["S>* 198.51.100.0/24 [1/0] is directly connected, Null0, weight 1, 00:00:21", "Null0"],
    ["S       198.51.100.0/24 [254/0] is a summary, Null, [1/0]", "Null"],
    ["B     198.51.100.0/24 [200/0] via 0.0.0.0, 1w, Null0", "Null0"],
    ["C>* 198.51.100.0/24 is directly connected, eth0, 00:00:21", "eth0"],
    ["B     198.51.100.0/24 [20/0] via 192.0.2.2, 1w, GigabitEthernet0/1", "192.0.2.2"],
  ])("tells where it leads, and whether to nowhere: %s", (row, hop) => {
    expect(routes(read(`Codes: S - static\n${row}\n`))).toEqual([`198.51.100.0/24 ${hop}`]);
  });
});
