import fc from "fast-check";
import { Address4, Address6 } from "ip-address";
import { expect, it } from "vitest";
import { parseAddress } from "../../src/address/address.ts";

/** Bytes of an address as the library reads it; undefined where it is none. */
function byLibrary(text: string): number[] | undefined {
  try {
    return text.includes(":")
      ? new Address6(text).toUnsignedByteArray().map(Number)
      : new Address4(text).toArray();
  } catch {
    return undefined;
  }
}

/** The same as we read it; the library leaves out leading zeros. */
function bytesOf(text: string): number[] | undefined {
  const address = parseAddress(text);
  if (address === undefined) return undefined;
  const bytes = address.words.flatMap((word) => [
    word >>> 24,
    (word >>> 16) & 255,
    (word >>> 8) & 255,
    word & 255,
  ]);
  return address.version === 4 ? bytes.slice(12) : bytes;
}

const withoutZeros = (bytes: number[] | undefined): number[] | undefined =>
  bytes?.slice(
    bytes.findIndex((byte) => byte !== 0) < 0 ? bytes.length : bytes.findIndex((byte) => byte !== 0),
  );

it.each([
  ["2001:db8::1", [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
  ["1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
  ["::ffff:192.0.2.1", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1]],
  ["255.0.249.10", [255, 0, 249, 10]],
  ["1.2.3.04", undefined],
  ["1.2.3.256", undefined],
  ["1.2.3.4.", undefined],
  ["1.2.3.4\n", undefined],
  ["1:2:3:4:5:6:7", undefined],
  ["1::2::3", undefined],
  [":1:2:3:4:5:6:7", undefined],
  ["2001:db8::12345", undefined],
])("reads %j", (text, bytes) => {
  expect(bytesOf(text)).toEqual(bytes);
});

it("reads any text as the library does, which is asked for the forms that are not plain", () => {
  const quad = fc.constantFrom("0", "7", "01", "10", "99", "100", "199", "249", "255", "256", "");
  const group = fc.constantFrom("0", "a", "DB8", "ffff", "0001", "00000", "", "g", "1.2.3.4", "-1");
  const text = fc.oneof(
    fc.array(quad, { minLength: 3, maxLength: 5 }).map((parts) => parts.join(".")),
    fc.array(group, { minLength: 1, maxLength: 9 }).map((parts) => parts.join(":")),
    fc
      .tuple(fc.array(group, { maxLength: 7 }), fc.array(group, { maxLength: 7 }))
      .map((halves) => halves.map((parts) => parts.join(":")).join("::")),
  );
  fc.assert(
    fc.property(text, (given) => {
      expect(withoutZeros(bytesOf(given))).toEqual(withoutZeros(byLibrary(given)));
    }),
    { numRuns: 2000 },
  );
});
