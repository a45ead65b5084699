import fc from "fast-check";
import { expect, it } from "vitest";
import { listedAs, listedName, terminalSafe } from "../../src/files/shown-name.ts";

/** Reads `;` as the end of a name, and escapes back: as docs/report.md tells it. */
function namesOf(list: string): string[] {
  return list
    .split(";")
    .map((name) =>
      name.replace(/\\(?:\\|x([0-9a-f]{2})|u\{([0-9a-f]+)\})/g, (_, short?: string, long?: string) =>
        short === undefined && long === undefined
          ? "\\"
          : String.fromCodePoint(parseInt(short ?? long ?? "", 16)),
      ),
    );
}

it.each([
  ["lon-er1 (2).pcapng", "lon-er1 (2).pcapng"],
  ["Zürich-\u{1f4de}-日本.pcap", "Zürich-\u{1f4de}-日本.pcap"],
  ["a\u001b[31mred.pcap", "a\\x1b[31mred.pcap"],
  ["a\nb\r\u0000.pcap", "a\\x0ab\\x0d\\x00.pcap"],
  ["\u009b2J.pcap", "\\x9b2J.pcap"],
  ["a\u202egnp.pcap", "a\\u{202e}gnp.pcap"],
  ["\ufeffa\u{e0041}.pcap", "\\u{feff}a\\u{e0041}.pcap"],
  ["a;b\\x1b.pcap", "a\\x3bb\\\\x1b.pcap"],
  ["=1+1,\"'.pcap", "=1+1,\"'.pcap"],
])("the file name %j stands in rows as %j", (name, listed) => {
  expect(listedName(name)).toBe(listed);
});

it.each([
  ["/taps/a\\b.pcap", "/taps/a\\b.pcap", "/taps/a\\\\b.pcap"],
  ["C:\\taps\\a;b.pcap", "C:\\taps\\a;b.pcap", "C:/taps/a\\x3bb.pcap"],
  ["C:\\taps\\a.pcap", "a.pcap", "a.pcap"],
  ["\\\\server\\taps\\a.pcap", "\\\\server\\taps\\a.pcap", "//server/taps/a.pcap"],
  // A name of another system that only looks like a path of Windows.
  ["/taps/C:\\a.pcap", "C:\\a.pcap", "C:\\\\a.pcap"],
])("where a capture is %j, %j stands in rows as %j", (path, name, listed) => {
  expect(listedAs(path)(name)).toBe(listed);
});

it("names that are joined can be told apart again", () => {
  const hostile = fc.string({ unit: fc.constantFrom(..."ax;\\\n\u001b\u202e{}1", "\u{e0041}", "\ud800") });
  fc.assert(
    fc.property(fc.array(fc.oneof(hostile, fc.string({ unit: "binary" })), { minLength: 1 }), (names) => {
      expect(namesOf(names.map(listedName).join(";"))).toEqual(names);
    }),
  );
});

it("text for a terminal keeps backslashes and joiners", () => {
  expect(terminalSafe("C:\\taps\\\u0007;\u200d")).toBe("C:\\taps\\\\x07;\u200d");
});
