import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatIPv4, formatIPv6, parseAddress } from "../../src/address/address.ts";
import {
  lastAddress,
  parsePrefix,
  prefixContains,
  prefixCovers,
  prefixProblem,
  prefixText,
} from "../../src/address/prefix.ts";

describe("parsePrefix", () => {
  it.each([
    ["52.112.0.0/14", "52.112.0.0/14"],
    ["192.0.2.7", "192.0.2.7/32"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["2620:01ec:0042::/48", "2620:1ec:42::/48"],
    ["::/0", "::/0"],
    ["2001:db8::1", "2001:db8::1/128"],
  ])("reads %s as %s", (text, wanted) => {
    const prefix = parsePrefix(text);
    expect(prefix === undefined ? undefined : prefixText(prefix)).toBe(wanted);
  });

  it.each([
    "300.1.1.1/8",
    "10.0.0/8",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/08",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "10.0.0.0/ 8",
    "10.0.0.0/1e1",
    "/8",
    "",
    "x",
    "::/129",
    "fe80::1%eth0/64",
    "010.0.0.0/8",
    "10.0.0.0/255.0.0.0",
  ])("refuses %j and says why", (text) => {
    expect(parsePrefix(text)).toBeUndefined();
    expect(prefixProblem(text)).toContain(JSON.stringify(text));
  });

  it("refuses bits behind the length and names the network; clears them where that is allowed", () => {
    expect(parsePrefix("10.1.2.3/8")).toBeUndefined();
    expect(prefixProblem("10.1.2.3/8")).toContain("10.0.0.0/8");
    expect(parsePrefix("10.1.2.3/8", { hostBits: "clear" })).toEqual(parsePrefix("10.0.0.0/8"));
    expect(parsePrefix("2001:db8::1/32", { hostBits: "clear" })).toEqual(parsePrefix("2001:db8::/32"));
    expect(prefixProblem("10.0.0.0/8")).toBeUndefined();
  });

  const ipv4 = fc.nat({ max: 0xffffffff }).map(formatIPv4);
  const word = fc.oneof(fc.constant(0), fc.nat({ max: 0xffffffff }));
  const ipv6 = fc.tuple(word, word, word, word).map(([a, b, c, d]) => formatIPv6(a, b, c, d));

  it("writes what it read, and its first and last address are the edges", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.tuple(ipv4, fc.nat({ max: 32 })), fc.tuple(ipv6, fc.nat({ max: 128 }))),
        ([text, length]) => {
          const prefix = parsePrefix(`${text}/${length}`, { hostBits: "clear" });
          const address = parseAddress(text);
          if (prefix === undefined || address === undefined) throw new Error(text);
          expect(parsePrefix(prefixText(prefix))).toEqual(prefix);
          const last = lastAddress(prefix);
          const first = BigInt("0x" + prefix.words.map((w) => w.toString(16).padStart(8, "0")).join(""));
          const end = BigInt("0x" + last.map((w) => w.toString(16).padStart(8, "0")).join(""));
          const whole = address.version === 4 ? 32 : 128;
          expect(end - first + 1n).toBe(1n << BigInt(whole - length));
          expect(prefixContains(prefix, ...prefix.words)).toBe(true);
          // The last address of ::/80 is an IPv4-mapped one, and an IPv6 prefix holds no IPv4.
          const [w0, w1, w2] = last;
          const isMapped =
            prefix.version === 6 && prefix.length < 96 && w0 === 0 && w1 === 0 && w2 === 0xffff;
          expect(prefixContains(prefix, ...last)).toBe(!isMapped);
        },
      ),
      { examples: [[["::", 80]], [["::", 96]]] },
    );
  });

  it.each([
    ["10.0.0.0/8", "10.1.0.0/16", true],
    ["10.1.0.0/16", "10.0.0.0/8", false],
    ["10.0.0.0/8", "10.0.0.0/8", true],
    ["10.0.0.0/8", "11.0.0.0/16", false],
    ["::/0", "10.0.0.0/8", false],
    ["::ffff:0:0/96", "10.0.0.0/8", false],
    ["2001:db8::/32", "2001:db8:1::/48", true],
  ])("%s covers %s: %s", (outer, inner, wanted) => {
    const [one, other] = [parsePrefix(outer), parsePrefix(inner)];
    if (one === undefined || other === undefined) throw new Error(`${outer} ${inner}`);
    expect(prefixCovers(one, other)).toBe(wanted);
  });

  it("answers on any text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f:./]{0,24}$/)), (text) => {
        const prefix = parsePrefix(text);
        expect(prefix === undefined).toBe(prefixProblem(text) !== undefined);
      }),
    );
  });
});
