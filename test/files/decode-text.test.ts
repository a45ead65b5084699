import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeText } from "../../src/files/decode-text.ts";

/** UTF-16 of a text, a unit's lower byte first or last. */
function utf16(text: string, lowFirst: boolean): Uint8Array {
  const bytes = Buffer.from(text, "utf16le");
  return lowFirst ? bytes : bytes.swap16();
}

describe("a text file", () => {
  it("is read in UTF-8, and in UTF-16 with its mark or without", () => {
    const text = fc
      .tuple(fc.constantFrom(..."10.x\t#\r\n"), fc.string({ unit: "grapheme" }))
      .map(([first, rest]) => first + rest);
    fc.assert(
      fc.property(text, fc.boolean(), fc.boolean(), (wanted, lowFirst, marked) => {
        expect(decodeText(new TextEncoder().encode(wanted))).toBe(wanted);
        expect(decodeText(utf16((marked ? "\ufeff" : "") + wanted, lowFirst))).toBe(wanted);
      }),
    );
  });

  it("is none where no encoding fits", () => {
    expect(decodeText(Uint8Array.of(0xc3, 0x28))).toBeUndefined();
    expect(decodeText(Uint8Array.of(0x61, 0, 0x62))).toBeUndefined();
    expect(decodeText(new Uint8Array(0))).toBe("");
  });
});
