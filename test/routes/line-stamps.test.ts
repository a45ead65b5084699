import { describe, expect, it } from "vitest";
import { withoutStamps } from "../../src/routes/line-stamps.ts";
import { read, routes } from "./reading.ts";

const TABLE = `er1#show ip bgp
BGP table version is 22, local router ID is 192.0.2.1

     Network          Next Hop            Metric LocPrf Weight Path
 *>  52.112.0.0/14    192.0.2.2                              0 12076 i
 *>i 198.51.100.128/25
                      192.0.2.6                0    100      0 12076 i
 *                    192.0.2.2                              0 12076 i
 *>  204.79.197.0     192.0.2.2                              0 12076 i`;
const READ = [
  "52.112.0.0/14 192.0.2.2 12076",
  "198.51.100.128/25 192.0.2.6 12076",
  "204.79.197.0/24 192.0.2.2 12076",
];

describe("a time before each line of a log", () => {
  it.each([
    "2026-11-03 10:22:33 ",
    "[10:22:33] ",
    "[2026-11-03 10:22:33.123] ",
    "[2026-11-03 10:22.33]  ", // MobaXterm
    "[Tue Nov 03 10:22:33.123 2026] ", // Tera Term
    "Nov 03 10:22:33 ", // ts
    "00:00:01 ", // ts -s
    "1793701353.123456 ", // ts %.s
    "2026-11-03T10:22:33.123Z\t",
    "2026-11-03T10:22:33+01:00 ",
    "11/03/2026 10:22:33 AM: ",
    "Nov  3 10:22:33 er1 console[12]: ",
    "<189>Nov  3 10:22:33 er1 console: ",
    "<189>1 2026-11-03T10:22:33Z er1 show - - - ",
  ])("is left out: %j", (stamp) => {
    const table = read(TABLE.replaceAll(/^/gm, stamp));
    expect(routes(table)).toEqual(READ);
    expect(table.unreadable).toEqual([]);
    expect(table.routes[0]?.line).toBe(5);
  });

  it("may be missing where a line is blank or was broken, and its blank where the line ends", () => {
    const log = TABLE.split("\n").map((line, index) =>
      index === 2 ? "" : index === 3 ? `[10:22:33] ${line}` : `[10:22:3${index}] ${line}`.trimEnd(),
    );
    expect(routes(read(log.join("\r\n")))).toEqual(READ);
  });

  it("is left out before a pager's question", () => {
    const log = TABLE.replaceAll(/^/gm, "[10:22:33] ").replace(
      "[10:22:33]  *>i ",
      `[10:22:33]  --More-- ${"\b".repeat(9)}${" ".repeat(8)}${"\b".repeat(9)} *>i `,
    );
    expect(routes(read(log))).toEqual(READ);
  });

  it("is left out before JSON", () => {
    const json = JSON.stringify(
      { value: [{ network: "52.112.0.0/14", nextHop: "192.0.2.2", path: "12076" }] },
      null,
      2,
    );
    expect(routes(read(json.replaceAll(/^/gm, "[10:22:33] ")))).toEqual(["52.112.0.0/14 192.0.2.2 12076"]);
  });

  it.each([
    "52.112.0.0/14 192.0.2.2\n13.107.6.152/31 192.0.2.2",
    "2603:1006::/40 2001:db8::1\n2603:1016::/36 2001:db8::1",
    "10:20:30:: x\n",
    "Nov 03 10:22:33\n\ninet.0: 1 destinations",
  ])("is none in %j", (text) => {
    const lines = text.split("\n");
    expect(withoutStamps(lines)).toEqual(lines);
  });
});
