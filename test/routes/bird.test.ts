import { expect, it } from "vitest";
import { isDiscard } from "../../src/routes/expected.ts";
import { read, routes } from "./reading.ts";

it("reads BIRD 1: several ways, routes to nowhere, only those in use", () => {
  const table = read(`BIRD 1.6.8 ready.
13.107.6.152/31    via 192.0.2.2 on eth0 [er1 2026-11-01] * (100) [AS12076i]
                   via 192.0.2.6 on eth1 [er2 2026-11-01] (100) [AS12076i]
52.112.0.0/14      via 192.0.2.2 on eth0 [er1 2026-11-01 from 192.0.2.9] * (100/20) [AS12076i]
203.0.113.0/28     blackhole [static1 2026-11-01] * (200)
198.51.100.0/24    unreachable [er1 2026-11-01] (100/-) [AS8075i]
10.0.0.0/8         dev eth2 [direct1 2026-11-01] * (240)
`);
  expect(table.format).toBe("bird");
  expect(routes(table)).toEqual([
    "13.107.6.152/31 192.0.2.2",
    "52.112.0.0/14 192.0.2.2",
    "203.0.113.0/28 blackhole",
    "10.0.0.0/8 eth2",
  ]);
  expect(table.routes.map(isDiscard)).toEqual([false, false, true, false]);
  expect(table.unreadable).toEqual([]);
});

it("reads BIRD 2, whose ways stand on the next lines", () => {
  const table = read(`BIRD 2.0.12 ready.
Table master4:
13.107.6.152/31      unicast [er1 2026-11-01] * (100) [AS12076i]
\tvia 192.0.2.2 on eth0
                     unicast [er2 2026-11-01] (100) [AS12076i]
\tvia 192.0.2.6 on eth1
52.112.0.0/14        unicast [er1 2026-11-01 from 192.0.2.9] * (100/20) [AS12076i]
\tvia 192.0.2.2 on eth0 weight 1
\tvia 192.0.2.6 on eth1 weight 1
203.0.113.0/28       prohibited [static1 2026-11-01] * (200)
40.96.0.0/13         what [er1] *

Table master6:
2603:1006::/40       unicast [er1_6 10:22:33.123] * (100) [AS12076i]
\tvia fe80::1 on eth0
`);
  expect(routes(table)).toEqual([
    "13.107.6.152/31 192.0.2.2",
    "52.112.0.0/14 192.0.2.2",
    "203.0.113.0/28 prohibit",
    "2603:1006::/40 fe80::1",
  ]);
  expect(table.unreadable.map(({ line }) => line)).toEqual([11]);
});

it("reads what the control socket sends", () => {
  const table = read(`0001 BIRD 2.0.12 ready.
1007-13.107.6.152/31    via 192.0.2.2 on eth0 [er1 2026-11-01] * (100) [AS12076i]
                    via 192.0.2.6 on eth1 [er2 2026-11-01] (100) [AS12076i]
 52.112.0.0/14      via 192.0.2.2 on eth0 [er1 2026-11-01] * (100) [AS12076i]
0000 
`);
  expect(routes(table)).toEqual(["13.107.6.152/31 192.0.2.2", "52.112.0.0/14 192.0.2.2"]);
});
