import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asPath, mrtPeers, mrtRecord, mrtRib, nextHop } from "../support/bgp.ts";
import { ascii, concat, u16, u8 } from "../support/bytes.ts";
import { growthOf, SQUARE } from "../support/growth.ts";
import { fault, read, routes } from "./reading.ts";

describe("parseRouteTable", () => {
  it("refuses what is neither text nor MRT, and what it cannot unpack", () => {
    expect(fault(u8(0xc3, 0x28, 0xff, 0))).toBe("t.txt: is neither text nor MRT");
    expect(fault(ascii("BZh91AY"))).toBe("t.txt: is packed with bzip2; unpack it first");
    expect(fault(u8(0x1f, 0x8b, 8, 0))).toContain("t.txt: cannot be unpacked");
  });

  it("reads a log in an older encoding, of which only the ASCII counts", () => {
    const log = concat(
      ascii("*** Zugriff nur f"),
      u8(0xfc),
      ascii("r Befugte ***\n    Network          Next Hop            Metric LocPrf Weight Path\n"),
      ascii(" *> 52.112.0.0/14    192.0.2.2                              0 12076 i\n"),
    );
    expect(routes(read(log))).toEqual(["52.112.0.0/14 192.0.2.2 12076"]);
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

  it("refuses a table of more lines than any router has, even if it is small when packed", () => {
    const packed = gzipSync("\n".repeat(2 ** 25), { level: 1 });
    expect(fault(packed)).toContain("t.txt: has more than 16777216 lines");
  });

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

  it("takes time with the length of long lines", async () => {
    const bgp = `   Network          Next Hop            Metric LocPrf Weight Path
*> 52.112.0.0/14    192.0.2.2                              0 12076 i
`;
    const route = "Codes: B - BGP\nB    52.112.0.0/14 [20/0] via 192.0.2.2, 1d\n";
    const kinds = (n: number): [string, string][] => [
      [bgp, `${" ".repeat(n)}x`],
      [bgp, `1${" ".repeat(n)}x`],
      [bgp, `${"\t".repeat(n)}x`],
      [bgp, "a".repeat(n)],
      ["", `*${"a".repeat(n)}`],
      [route, `B${"p".repeat(n)}`],
      [route, `B    52.112.0.0/14 is ${" ".repeat(n)}x`],
      [route, `${" ".repeat(n)}x`],
    ];
    for (const [kind, [, shown]] of kinds(1).entries())
      expect(
        await growthOf((n) => {
          const [head, line] = kinds(n)[kind] ?? ["", ""];
          const table = read(`${head}${`${line}\n`.repeat(40)}*> 13.107.6.152/31 192.0.2.2 0 i\n`);
          expect(table.routes.length).toBeGreaterThan(0);
        }, 2000),
        shown,
      ).toBeLessThan(SQUARE);
  });
});
