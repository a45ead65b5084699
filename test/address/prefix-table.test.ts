import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PrefixTable } from "../../src/address/prefix-table.ts";
import { parseAddress } from "../../src/address/address.ts";
import {
  type Prefix,
  lastAddress,
  parsePrefix,
  prefixContains,
  prefixDepth,
  prefixOf,
} from "../../src/address/prefix.ts";

function prefixes(...texts: readonly string[]): Prefix[] {
  return texts.map((text) => {
    const prefix = parsePrefix(text);
    if (prefix === undefined) throw new Error(`no prefix: ${text}`);
    return prefix;
  });
}

function words(text: string): readonly [number, number, number, number] {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`no address: ${text}`);
  return address.words;
}

describe("PrefixTable", () => {
  const table = new PrefixTable(
    prefixes(
      "10.0.0.0/8",
      "10.1.0.0/16",
      "10.1.2.3",
      "0.0.0.0/0",
      "2001:db8::/32",
      "2001:db8:1::/48",
      "::/0",
      "10.1.0.0/16",
    ),
  );

  it.each([
    ["10.0.0.0", [0, 3]],
    ["10.1.2.2", [1, 7, 0, 3]],
    ["10.1.2.3", [2, 1, 7, 0, 3]],
    ["10.1.255.255", [1, 7, 0, 3]],
    ["10.2.0.0", [0, 3]],
    ["10.255.255.255", [0, 3]],
    ["11.0.0.0", [3]],
    ["0.0.0.0", [3]],
    ["255.255.255.255", [3]],
    ["::ffff:10.1.2.3", [2, 1, 7, 0, 3]],
    ["2001:db8:1:ffff:ffff:ffff:ffff:ffff", [5, 4, 6]],
    ["2001:db8:2::", [4, 6]],
    ["2001:db9::", [6]],
    ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", [6]],
    ["::", [6]],
    ["::fffe:ffff:ffff", [6]],
    ["::1:0:0:0", [6]],
  ])("%s lies in prefixes %j, longest first", (text, wanted) => {
    expect(table.matches(...words(text))).toEqual(wanted);
    expect(table.longest(...words(text))).toBe(wanted[0]);
  });

  it("answers -1 and nothing where no prefix is, and in an empty table", () => {
    const small = new PrefixTable(prefixes("192.0.2.0/24", "2001:db8::/32"));
    const empty = new PrefixTable([]);
    for (const text of [
      "192.0.1.255",
      "192.0.3.0",
      "0.0.0.0",
      "255.255.255.255",
      "::",
      "2001:db7:ffff::",
      "2001:db9::",
    ]) {
      for (const each of [small, empty]) {
        expect(each.longest(...words(text))).toBe(-1);
        expect(each.matches(...words(text))).toEqual([]);
      }
    }
  });

  it("gives back the values that it was given", () => {
    const valued = new PrefixTable(prefixes("192.0.2.0/24", "192.0.2.0/25"), [7, 2_147_483_647]);
    expect(valued.matches(...words("192.0.2.1"))).toEqual([2_147_483_647, 7]);
  });

  it("knows the last /32 and the first, as lone prefixes", () => {
    const ends = new PrefixTable(
      prefixes("255.255.255.255", "0.0.0.0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::"),
    );
    expect(ends.longest(...words("255.255.255.255"))).toBe(0);
    expect(ends.longest(...words("255.255.255.254"))).toBe(-1);
    expect(ends.longest(...words("0.0.0.0"))).toBe(1);
    expect(ends.longest(...words("0.0.0.1"))).toBe(-1);
    expect(ends.longest(...words("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))).toBe(2);
    expect(ends.longest(...words("::"))).toBe(3);
    expect(ends.longest(...words("::1"))).toBe(-1);
  });

  // Few distinct bits, so that prefixes nest and meet at their edges.
  const word = fc.constantFrom(
    0,
    1,
    2,
    0x7fffffff,
    0x80000000,
    0xfffffffe,
    0xffffffff,
    0x0a000000,
    0x0a010000,
    0x0a0100ff,
  );
  const prefix = fc.oneof(
    fc
      .tuple(word, fc.integer({ min: 0, max: 32 }))
      .map(([w3, length]) => prefixOf(4, [0, 0, 0xffff, w3], length)),
    fc
      .tuple(
        fc.constantFrom(0, 0x20010db8, 0xffffffff),
        word,
        fc.constantFrom(0, 0xffff, 0xffffffff),
        word,
        fc.integer({ min: 0, max: 128 }),
      )
      .map(([w0, w1, w2, w3, length]) => prefixOf(6, [w0, w1, w2, w3], length)),
  );

  it("agrees with a look at every prefix, at every edge", () => {
    fc.assert(
      fc.property(fc.array(prefix, { maxLength: 30 }), (list) => {
        const built = new PrefixTable(list);
        const probes = list
          .flatMap((each) => [each.words, lastAddress(each)])
          .flatMap(([w0, w1, w2, w3]) => [
            [w0, w1, w2, w3] as const,
            [w0, w1, w2, (w3 + 1) >>> 0] as const,
            [w0, w1, w2, (w3 - 1) >>> 0] as const,
            [w0, (w1 + 1) >>> 0, w2, w3] as const,
          ]);
        for (const probe of probes) {
          const wanted = list
            .map((each, i) => ({ i, depth: prefixDepth(each), holds: prefixContains(each, ...probe) }))
            .filter((each) => each.holds)
            .toSorted((a, b) => b.depth - a.depth || a.i - b.i)
            .map((each) => each.i);
          expect(built.matches(...probe)).toEqual(wanted);
          expect(built.longest(...probe)).toBe(wanted[0] ?? -1);
        }
      }),
      { numRuns: 300 },
    );
  });
});
