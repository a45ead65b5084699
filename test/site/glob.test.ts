import { describe, expect, it } from "vitest";
import { expandBraces, globOf, globTest } from "../../src/site/glob.ts";

describe("globTest", () => {
  it.each([
    ["Gi0/0/*", "Gi0/0/1", true],
    ["gi*", "Gi0/0/1", true],
    ["*-er1-*.pcapng", "lon-ER1-0007.pcapng", true],
    ["er?", "er1", true],
    ["er?", "er12", false],
    ["er[1-3a]", "erA", true],
    ["er[1-3a]", "er4", false],
    ["er[!1-3]", "er4", true],
    ["er[!1-3]", "er2", false],
    ["{er,isp}-*", "isp-a", true],
    ["{er,isp}-*", "lan-a", false],
    ["{er{1,2},isp}.pcap", "er2.pcap", true],
    ["a{,b}c", "ac", true],
    ["\\*", "x", false],
    ["\\*", "*", true],
    ["\\Device\\NPF_{A-1}", "\\Device\\NPF_{A-1}", true],
    ["\\Device\\NPF_*", "\\Device\\NPF_{A-1}", true],
    ["trace (1).pcap", "trace (1).pcap", true],
    ["*(1)*", "trace (1).pcap", true],
    ["[lan", "[lan", true],
    ["!er", "isp", false],
    [".hidden*", ".hidden1", true],
    ["*", "", true],
    ["*", "two\nlines", true],
    ["*ab*ab", "abxab", true],
    ["*ab*ab", "abxa", false],
  ])("%s on %s: %s", (glob, name, expected) => {
    expect(globTest(glob)(name)).toBe(expected);
  });

  it.each(["*", "er1-*", "a?", "[a]", "{a,b}", "a[1].pcap", "x\\*", "{a,{b,c}}"])(
    "makes of a name that looks like a glob one that this name alone fits: %j",
    (name) => {
      const glob = globOf(name);
      expect(globTest(glob)(name)).toBe(true);
      for (const other of ["a", "b", "er1-x", "ab", "a1.pcap", "x\\y", "c"])
        expect(globTest(glob)(other)).toBe(false);
    },
  );

  it.each(["eth0", "\\Device\\NPF_{1-2}", "trace (1).pcapng", "a,b", "Gi0/0/1", "a]"])(
    "leaves a name that is no glob as it is: %j",
    (name) => {
      expect(globOf(name)).toBe(name);
      expect(globTest(globOf(name))(name)).toBe(true);
    },
  );

  // A regular expression of ten stars would try some 250^10 ways to split the name.
  it("answers at once, whatever the glob and the name", () => {
    const test = globTest(`${"*a".repeat(10)}b`);
    expect(test("a".repeat(250))).toBe(false);
    expect(test(`${"a".repeat(250)}b`)).toBe(true);
  });
});

describe("expandBraces", () => {
  it("gives up on a glob that stands for very many", () => {
    expect(expandBraces("{a,b}".repeat(10))).toHaveLength(1_024);
    expect(expandBraces("{a,b}".repeat(11))).toBeUndefined();
    expect(expandBraces("{a,b}".repeat(800))).toBeUndefined();
  });
});
