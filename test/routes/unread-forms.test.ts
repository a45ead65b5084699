import { expect, it } from "vitest";
import { parseRouteTable } from "../../src/routes/parse.ts";

/** Next hops of these stand where a list of prefixes could have prefixes. */
it.each([
  [
    "Palo Alto",
    "destination          nexthop          metric flags      age   interface\n52.112.0.0/14        192.0.2.1        10     A B        86400 ethernet1/3\n",
  ],
  [
    "Huawei",
    "Routing Tables: Public\nDestination/Mask    Proto   Pre  Cost      Flags NextHop         Interface\n     52.112.0.0/14  EBGP    255  0           D   192.0.2.1       GE0/0/3\n",
  ],
  [
    "Nokia",
    "Dest Prefix[Flags]                            Type    Proto     Age        Pref\n      Next Hop[Interface Name]\n52.112.0.0/14                                 Remote  BGP       00h10m20s  170\n       192.0.2.1                                                    0\n",
  ],
  [
    "MikroTik",
    "Flags: D - DYNAMIC; A - ACTIVE\n    DST-ADDRESS      GATEWAY       DISTANCE\nDAb 52.112.0.0/14    192.0.2.1           20\n",
  ],
  [
    "Palo Alto",
    "destination           protocol    nexthop        distance  metric flag    tag   age   interface\n52.112.0.0/14         bgp         192.0.2.1      20        0      A             86400 ethernet1/3\n",
  ],
  [
    "Huawei",
    " *>     Network  : 2603:1006::                              PrefixLen : 40\n        NextHop  : 2001:DB8::1                              LocPrf    :\n",
  ],
  [
    "Nokia",
    "Flag  Network                                            LocalPref   MED\n      Nexthop (Router)                                   Path-Id     IGP Cost\n      As-Path                                                        Label\nu*>i  52.112.0.0/14                                      n/a         None\n      192.0.2.1                                          None        0\n",
  ],
  [
    "MikroTik",
    "[admin@MT] > /ip route print detail\nFlags: X - disabled, A - active\n 0 ADb  dst-address=52.112.0.0/14 gateway=192.0.2.1 distance=20\n",
  ],
])("a table of %s is refused by its name", (name, text) => {
  expect(() => parseRouteTable(text, "t.txt")).toThrow(new RegExp(`^t\\.txt: looks like ${name}'s "`));
});
