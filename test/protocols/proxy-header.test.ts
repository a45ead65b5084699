import fc from "fast-check";
import { expect, it } from "vitest";
import { afterProxyHeader } from "../../src/protocols/proxy-header.ts";
import { ascii, concat, hex, view } from "../support/bytes.ts";

/** "The PROXY protocol", section 2.1: the longest line of TCP over IPv4 and its like. */
const LINE = ascii("PROXY TCP4 192.0.2.7 198.51.100.9 56324 443\r\n");
/** The same, section 2.2. */
const BINARY = hex(`
  0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a  # signature
  21                                   # version 2, PROXY
  11                                   # TCP over IPv4
  00 0c                                # 12 bytes follow
  c0 00 02 07  c6 33 64 09  dc 04  01 bb
`);
const HELLO = hex("16 03 01 00 05");

const after = (bytes: Uint8Array): number => afterProxyHeader(view(bytes), 0, bytes.length);

it.each([
  ["a line", concat(LINE, HELLO), LINE.length],
  ["a line of which the family is unknown", concat(ascii("PROXY UNKNOWN\r\n"), HELLO), 15],
  ["a binary header", concat(BINARY, HELLO), BINARY.length],
  ["a binary header alone", BINARY, BINARY.length],
  ["a binary header that goes on behind the end", BINARY.subarray(0, 20), 0],
  ["a line without an end", LINE.subarray(0, 40), 0],
  ["a line that ends without a carriage return", ascii("PROXY TCP4 192.0.2.7\n"), 0],
  ["a line of more than 107 bytes", ascii(`PROXY TCP4 ${"1".repeat(200)}\r\n`), 0],
  ["another word", ascii("PROXIES ARE MANY\r\n"), 0],
  ["a binary header of another version", concat(BINARY.subarray(0, 12), hex("31"), BINARY.subarray(13)), 0],
  ["TLS", HELLO, 0],
])("of %s", (_, bytes, wanted) => {
  expect(after(bytes)).toBe(wanted);
});

it("stays inside of any bytes, cut anywhere", () => {
  const bytes = fc
    .tuple(fc.constantFrom(LINE, BINARY, HELLO), fc.nat(60), fc.uint8Array({ maxLength: 40 }))
    .map(([beginning, cut, noise]) => concat(beginning.subarray(0, cut), noise));
  fc.assert(
    fc.property(bytes, fc.nat(20), (behind, offset) => {
      const all = concat(new Uint8Array(offset), behind);
      const at = afterProxyHeader(view(all), offset, all.length);
      expect(at).toBeGreaterThanOrEqual(offset);
      expect(at).toBeLessThanOrEqual(all.length);
      expect(at - offset).toBe(after(behind));
    }),
  );
});
