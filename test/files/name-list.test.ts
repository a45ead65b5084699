import { describe, expect, it } from "vitest";
import { namesIn } from "../../src/files/name-list.ts";

function utf16(text: string, littleEndian: boolean): Buffer {
  const bytes = Buffer.from(text, "utf16le");
  return littleEndian ? bytes : bytes.swap16();
}

const NAMES = ["/captures/a.pcap", "b c.pcapng", "münchen.pcap"];

describe("the names in a list", () => {
  it.each([
    ["lines", NAMES.join("\n")],
    ["lines of Windows, some of them empty", `${NAMES.join("\r\n\r\n")}\r\n`],
    ["lines that end by CR alone", `${NAMES.join("\r")}\r`],
    ["names that NUL bytes end", `${NAMES.join("\0")}\0`],
  ])("are read from %s, in UTF-8 and UTF-16, with a mark and without", (_, text) => {
    expect(namesIn(Buffer.from(text))).toEqual(NAMES);
    expect(namesIn(Buffer.from(`\ufeff${text}`))).toEqual(NAMES);
    for (const littleEndian of [true, false]) {
      expect(namesIn(utf16(`\ufeff${text}`, littleEndian))).toEqual(NAMES);
      // Nothing writes NUL bytes of UTF-16 without its mark.
      if (!text.includes("\0")) expect(namesIn(utf16(text, littleEndian))).toEqual(NAMES);
    }
  });

  it("of one letter each are no UTF-16, and a CR in a name behind which LF ends lines stays", () => {
    expect(namesIn(Buffer.from("a\0b\0c\0"))).toEqual(["a", "b", "c"]);
    expect(namesIn(Buffer.from("a\0b.pcap\0"))).toEqual(["a", "b.pcap"]);
    expect(namesIn(Buffer.from("a\rb\nc\n"))).toEqual(["a\rb", "c"]);
    expect(namesIn(Buffer.from(""))).toEqual([]);
  });
});
