import { describe, expect, it } from "vitest";
import { MOST_TOKENS, readYaml } from "../../src/yaml/read-yaml.ts";

/** What is wrong with a text, with line and column. */
function faults(text: string): readonly string[] {
  const read = readYaml(text);
  return read.faults.map(({ offset, message }) => {
    const { line, column } = read.placeOf(offset);
    return `${line}:${column}: ${message}`;
  });
}

function value(text: string): unknown {
  return readYaml(text).document.toJS();
}

const MIB = 2 ** 20;
/** Repeated to some 15 MiB, which is what a file may have at most. */
const many = (unit: string): string => unit.repeat(Math.floor((15 * MIB) / unit.length));

describe("readYaml", () => {
  it("reads lines that end by CR alone, and places in them", () => {
    const text = "a: 1\r# b: 2\rc:\r  - x\r  - y\r";
    expect(value(text)).toEqual({ a: 1, c: ["x", "y"] });
    expect(value(text.replaceAll("\r", "\r\n"))).toEqual({ a: 1, c: ["x", "y"] });
    expect(faults("a: 1\rb: 2\r  b: [\r")).toEqual(faults("a: 1\nb: 2\n  b: [\n"));
    expect(faults("a: 1\ra: 2\r")).toEqual(['2:1: the key "a" stands here again']);
  });

  it.each<[string, string]>([
    ["numbers in a row", `a: [${many("1,")}1]`],
    ["commas", `a: [${many(",")}]`],
    ["items on lines", `a:\n${many("- 1\n")}`],
    ["keys", many("k: 1\n")],
    ["aliases", `a: [&a 1,${many("*a,")}]`],
    ["comments", many("#\n")],
    ["empty lines", many("\n")],
    ["brackets that close", many("]")],
    ["quoted texts", `a: ${many('"" ')}`],
  ])("reads no more of very many %s than it may", (_what, text) => {
    const found = faults(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(
      /^\d+:\d+: is too long: no more than 500,000 words, signs, blanks and line ends are read$/,
    );
  });

  it.each<[string, string, string]>([
    ["plain text", `a: ${many("x")}\n`, "1:4"],
    ["text over lines", `a: ${many("x\n ")}\n`, "1:4"],
    ["quoted text", `a: "${many("x")}"\n`, "1:4"],
    ["text without its closing quote", `a:\n  "${many("x\n ")}`, "2:3"],
    ["a block of text", `a: |\n${many("  x\n")}`, "2:1"],
    ["blanks", many(" "), "1:1"],
    ["tabs", many("\t"), "1:1"],
    ["a comment", `# ${many("x")}`, "1:1"],
  ])("refuses very long %s", (_what, text, place) => {
    const found = faults(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(
      new RegExp(`^${place}: one value or comment has 15,7\\d\\d,\\d{3} characters: no more than 65,536`),
    );
  });

  it.each<[string, string, string]>([
    ["lists", many("["), "1:100"],
    ["mappings", many("{a: "), "1:397"],
    ["lists on one line", many("- "), "1:199"],
    ["keys that are mappings", many("? "), "1:199"],
    [
      "mappings by indentation",
      Array.from({ length: 5_000 }, (_, i) => `${" ".repeat(i)}a:\n`).join(""),
      "100:100",
    ],
  ])("refuses %s that stand too deep in each other", (_what, text, place) => {
    expect(faults(text)).toEqual([`${place}: lists and mappings stand more than 100 deep in each other`]);
  });

  it("takes as many tokens as it may, and each fault of them", () => {
    const commas = MOST_TOKENS - 10;
    expect(faults(`a: [${",".repeat(commas)}]`)).toHaveLength(commas);
    const items = Array.from({ length: 80_000 }, (_, i) => `  - ${i}\n`).join("");
    expect(value(`a:\n${items}`)).toMatchObject({ a: { length: 80_000, 79_999: 79_999 } });
  });

  it("finds the one key that stands twice among very many", () => {
    const keys = Array.from({ length: 70_000 }, (_, i) => `k${i}: 1\n`).join("");
    expect(faults(keys)).toEqual([]);
    expect(faults(`${keys}k0: 2\n`)).toEqual(['70001:1: the key "k0" stands here again']);
  });

  it("refuses a second document, and takes the marks around one", () => {
    expect(value("%YAML 1.2\n---\na: 1\n...\n")).toEqual({ a: 1 });
    expect(faults(`a: 1\n${many("---\n")}`)).toEqual([
      '2:1: a second document begins here ("---"): wanted one',
    ]);
  });

  it.each([
    ["a: 1\nb: \0\n", "2:4: found a NUL byte: is no text"],
    [many("\0"), "1:1: found a NUL byte: is no text"],
    ["a: [\n  'x\n  \0'", "3:3: found a NUL byte: is no text"],
  ])("names the place of a NUL byte", (text, fault) => {
    expect(faults(text)).toEqual([fault]);
  });

  it("knows the text's own types, whatever version of YAML it names", () => {
    expect(value("%YAML 1.1\n---\na: !!binary aGFsbG8=\nb: !!omap [c: 1]\nd: yes\n<<: {e: 1}\n")).toEqual({
      a: "aGFsbG8=",
      b: [{ c: 1 }],
      d: "yes",
      "<<": { e: 1 },
    });
  });

  it("leaves the stacks of other errors as they are", () => {
    const before = Error.stackTraceLimit;
    readYaml("a: [,,,");
    readYaml(many("["));
    expect(Error.stackTraceLimit).toBe(before);
  });
});

describe("an alias", () => {
  it("is what it names: the last one before it", () => {
    expect(value("a: &x 1\nb: *x\nc: &x [2]\nd: [*x, *x]\n")).toEqual({ a: 1, b: 1, c: [2], d: [[2], [2]] });
    expect(value("a: &x k\n*x : 3\n")).toEqual({ a: "k", k: 3 });
  });

  it.each([
    ["a: *x\nb: &x 1\n", "1:4: *x names nothing: there is no &x before it"],
    ["a: &x [1, *x]\n", "1:11: *x stands inside of what it names"],
    ["? &x a\n: 1\n? *x\n: 2\n", '3:3: the key "a" stands here again'],
  ])("is refused in %j", (text, fault) => {
    expect(faults(text)).toEqual([fault]);
  });

  it("stands for any number of different nodes", () => {
    const pairs = Array.from({ length: 40_000 }, (_, i) => `- &a${i} ${i}\n- *a${i}\n`).join("");
    expect(value(pairs)).toMatchObject({ length: 80_000, 79_998: 39_999, 79_999: 39_999 });
  });

  it("repeats no more than a file may hold", () => {
    const levels = Array.from({ length: 60 }, (_, i) => `- &a${i + 1} [*a${i}, *a${i}]\n`).join("");
    const [first] = faults(`- &a0 1\n${levels}`);
    expect(first).toMatch(
      /^\d+:\d+: \*a\d+ repeats too much: a file with its repetitions may hold 500,000 values$/,
    );
    const list = `- &list [${"1, ".repeat(100_000)}]\n`;
    expect(faults(list + "- *list\n".repeat(3))).toEqual([]);
    expect(faults(list + "- *list\n".repeat(1_000))).toHaveLength(997);
  });
});
