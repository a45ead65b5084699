import { expect, it } from "vitest";
import { parseAddress } from "../../src/address/address.ts";
import { behindNat64, prefixBehindNat64 } from "../../src/address/nat64.ts";
import { parsePrefix } from "../../src/address/prefix.ts";

it.each([
  // RFC 6052, section 2.4.
  ["64:ff9b::192.0.2.33", "192.0.2.33"],
  ["64:ff9b::3470:a14", "52.112.10.20"],
  // Another prefix of section 2.2, the one for local use of RFC 8215, and neighbours of the well-known one.
  ["2001:db8:122:344::192.0.2.33", undefined],
  ["64:ff9b:1::3470:a14", undefined],
  ["64:ff9b::1:3470:a14", undefined],
  ["64:ff9c::3470:a14", undefined],
  ["52.112.10.20", undefined],
])("%s reaches %s", (text, expected) => {
  const words = parseAddress(text)?.words ?? [0, 0, 0, 0];
  if (expected === undefined) expect(behindNat64(words)).toBe(words);
  else expect(behindNat64(words)).toEqual(parseAddress(expected)?.words);
});

it.each([
  ["64:ff9b::3470:0/110", "52.112.0.0/14"],
  ["64:ff9b::/96", "0.0.0.0/0"],
  ["64:ff9b::/95", undefined],
  ["64:ff9b::/48", undefined],
  ["2001:db8::/110", undefined],
  ["52.112.0.0/14", undefined],
])("of the prefix %s it is %s", (text, expected) => {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new RangeError(text);
  if (expected === undefined) expect(prefixBehindNat64(prefix)).toBe(prefix);
  else expect(prefixBehindNat64(prefix)).toEqual(parsePrefix(expected));
});
