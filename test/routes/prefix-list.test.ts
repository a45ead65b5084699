import { describe, expect, it } from "vitest";
import { fault, read, routes } from "./reading.ts";

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
    ["0.0.0.0 0.0.0.0 192.0.2.2 192.0.2.1 25", "0.0.0.0/0 192.0.2.2"],
    ["198.51.100.0/24 dev eth0 proto kernel scope link", "198.51.100.0/24 eth0"],
    ["198.51.100.0/24 via inet6 fe80::1 dev eth0", "198.51.100.0/24 fe80::1"],
    ["198.51.100.0/24 proto bgp metric 20\n\tnexthop via 192.0.2.2 dev eth0 weight 1", "198.51.100.0/24"],
    ["blackhole 198.51.100.0/24 proto static", "198.51.100.0/24 blackhole"],
    ["local 192.0.2.1 dev lo table local proto kernel", "192.0.2.1/32 lo"],
    ["# a comment\n\n198.51.100.0/24 192.0.2.2 ; another", "198.51.100.0/24 192.0.2.2"],
    ['#TYPE x\n"Network","NextHop","LocPrf"\n"198.51.100.0/24","192.0.2.2",""', "198.51.100.0/24 192.0.2.2"],
    ["name,prefix,next_hop\nx,198.51.100.0/24,192.0.2.2", "198.51.100.0/24 192.0.2.2"],
  ])("reads %j", (text, expected) => {
    const table = read(text);
    expect(routes(table)).toEqual([expected]);
    expect(table.unreadableCount).toBe(0);
  });

  it("reads route -n and netstat -rn of Linux, whose mask stands behind the gateway", () => {
    const table = read(`Kernel IP routing table
Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface
0.0.0.0         203.0.113.1     0.0.0.0         UG        0 0          0 eth0
default         203.0.113.1     0.0.0.0         UG        0 0          0 eth2
52.112.0.0      192.0.2.2       255.252.0.0     UG        0 0          0 eth1
52.120.0.0      192.0.2.2       254.0.0.0       UG        0 0          0 eth1
198.51.100.0    -               255.255.255.0   !         - -          - -
198.51.100.9    192.0.2.2       255.0.255.0     UG        0 0          0 eth1
`);
    expect(routes(table)).toEqual([
      "0.0.0.0/0 203.0.113.1",
      "52.112.0.0/14 192.0.2.2",
      "52.0.0.0/7 192.0.2.2",
      "198.51.100.0/24 reject",
    ]);
    expect(table.unreadable.map(({ line }) => line)).toEqual([8]);
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

  it("is not misled by a first line in words", () => {
    expect(routes(read("Exported prefixes\n198.51.100.0/24 192.0.2.2\n"))).toEqual([
      "198.51.100.0/24 192.0.2.2",
    ]);
    const windows =
      "IPv4 Route Table\nActive Routes:\n  198.51.100.0    255.255.255.0   192.0.2.2   192.0.2.100   25\n";
    expect(routes(read(windows))).toEqual(["198.51.100.0/24 192.0.2.2"]);
    const masks = "router network mask hop\n10.0.0.1 198.51.100.0 255.255.255.0 192.0.2.2\n";
    expect(routes(read(masks))).toEqual(["198.51.100.0/24 192.0.2.2"]);
  });

  it("refuses a text of which a few lines begin with an address by chance", () => {
    const summary = `BGP table version is 22, main routing table version 22
8 network entries using 1152 bytes of memory
Neighbor        V           AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd
192.0.2.2       4        12076    1234    1233       22    0    0 2w0d            8
`;
    expect(fault(summary)).toContain("t.txt:1: 3 lines could not be read");
    expect(fault("Routing tables\nInternet:\ndefault 192.0.2.1\n52.112/14 192.0.2.2\n")).toContain(
      "no route table",
    );
    expect(routes(read("192.0.2.2\n192.0.2.3\nand others\n"))).toEqual(["192.0.2.2/32", "192.0.2.3/32"]);
  });
});
