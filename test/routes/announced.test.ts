import { describe, expect, it } from "vitest";
import { fault, read, routes } from "./reading.ts";

const HEADING = "     Network          Next Hop            Metric LocPrf Weight Path\n";
const OURS = " *>  203.0.113.0      0.0.0.0                  0         32768 i\n";
const THEIRS = " *>  52.112.0.0/14    192.0.2.2                              0 12076 i\n";
const ANNOUNCED = "shows what is announced to a neighbour; wanted the routes that Microsoft announces";

describe("what a router announces to a neighbour", () => {
  it.each([
    "er1#show ip bgp neighbors 192.0.2.2 advertised-routes\n",
    "er1# sh bgp ipv4 u nei 192.0.2.2 adv\n",
    "show bgp vrf MSFT neighbors 192.0.2.2 advertised-routes\n",
    "RP/0/RP0/CPU0:er1#show bgp neighbors 192.0.2.2 advertised-routes | utility head\n",
    "FGT (root) # get router info bgp neighbors 192.0.2.2 advertised-routes\n",
    "<er1>display bgp routing-table peer 192.0.2.2 advertised-routes\n",
  ])("is no route table: %j", (command) => {
    expect(fault(`${command}${HEADING}${OURS}er1#`)).toBe(`t.txt:1: ${ANNOUNCED}`);
  });

  it("is no route table of Junos or IOS XR, with or without their commands", () => {
    const junos = `inet.0: 1 destinations, 1 routes (1 active, 0 holddown, 0 hidden)
  Prefix                  Nexthop              MED     Lclpref    AS path
* 203.0.113.0/28          Self                                    I
`;
    expect(fault(junos)).toBe(`t.txt:3: ${ANNOUNCED}`);
    expect(fault(`a@er1> show route advertising-protocol bgp 192.0.2.2\n\n${junos}`)).toBe(
      `t.txt:1: ${ANNOUNCED}`,
    );
    expect(
      fault(
        "Network            Next Hop        From            AS Path\n203.0.113.0/28     192.0.2.1       Local           i\n",
      ),
    ).toBe(`t.txt:1: ${ANNOUNCED}`);
    expect(fault("203.0.113.0/28 is advertised to 192.0.2.2\n  Path info:\n")).toBe(`t.txt:1: ${ANNOUNCED}`);
  });

  it("is left out of a log that shows received routes, too, before it or behind it", () => {
    const announced = `er1#show ip bgp neighbors 192.0.2.2 advertised-routes\n${HEADING}${OURS}`;
    const received = `er1#show ip bgp neighbors 192.0.2.2 received-routes\n${HEADING}${THEIRS}`;
    for (const [log, line] of [
      [`${announced}${received}er1#`, 1],
      [`${received}${announced}er1#`, 4],
    ] as const) {
      const table = read(log);
      expect(routes(table)).toEqual(["52.112.0.0/14 192.0.2.2 12076"]);
      expect(table.warnings).toEqual([
        `t.txt:${line}: shows what is announced to a neighbour, which is left out`,
      ]);
    }
  });

  it("counts where it is a provider's, which hands on what Microsoft announces", () => {
    const table = read(`pe1#show ip bgp neighbors 192.0.2.9 advertised-routes\n${HEADING}${THEIRS}pe1#`);
    expect(routes(table)).toEqual(["52.112.0.0/14 192.0.2.2 12076"]);
    expect(table.warnings).toEqual([]);
  });

  it("counts as a provider's without its command, too", () => {
    const table = read(`inet.0: 2 destinations, 2 routes (2 active, 0 holddown, 0 hidden)
  Prefix                  Nexthop              MED     Lclpref    AS path
* 52.112.0.0/14           Self                                    12076 I
* 203.0.113.0/28          Self                                    I
`);
    expect(routes(table)).toEqual(["52.112.0.0/14 Self 12076"]);
    expect(table.warnings).toEqual([`t.txt:4: shows what is announced to a neighbour, which is left out`]);
  });
});
