import { describe, expect, it } from "vitest";
import { fault, read, routes } from "./reading.ts";

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

  it("reads JSON behind the command line and warnings of az", () => {
    const table = read(`$ az network express-route list-route-tables -g g -n c --path primary
WARNING: Command group is in preview.
{
  "value": [
    { "network": "52.112.0.0/14", "nextHop": "192.0.2.2", "path": "12076" },
    { "network": "52.112.0.0/99" }
  ]
}
$ `);
    expect(routes(table)).toEqual(["52.112.0.0/14 192.0.2.2 12076"]);
    expect(table.unreadable.map(({ line }) => line)).toEqual([6]);
  });

  it("takes one page of several for a part", () => {
    const page = { nextLink: "https://example.com/?page=2", value: [{ network: "52.112.0.0/14" }] };
    expect(read(JSON.stringify(page)).completeness).toBe("part");
    expect(read(JSON.stringify({ ...page, nextLink: "" })).completeness).toBe("whole");
  });

  it("is read from one long line behind warnings", () => {
    const value = Array.from({ length: 200 }, (_, i) => ({
      network: `10.0.${i}.0/24`,
      nextHop: "192.0.2.2",
    }));
    const table = read(`WARNING: in preview\n${JSON.stringify({ value })}\n$ `);
    expect(table.routes).toHaveLength(200);
    expect(table.routes[199]?.line).toBe(2);
  });
});
