import { expect, it } from "vitest";
import { RtcpRoundTrip } from "../../src/protocols/rtcp-round-trip.ts";
import { concat, u16, u32, u8, view } from "../support/bytes.ts";

/** A sender report whose time stamp has these middle 32 bits. */
const sent = (middle: number): Uint8Array =>
  concat(u8(0x80, 200), u16(6), u32(7), u16(0), u32(middle), u16(0), new Uint8Array(12));
/** A receiver report that names one, held for so long (DLSR counts 65536ths of a second). */
const answer = (middle: number, heldMs: number): Uint8Array =>
  concat(
    u8(0x81, 201),
    u16(7),
    u32(8),
    u32(7),
    new Uint8Array(12),
    u32(middle),
    u32((heldMs * 65536) / 1000),
  );

it.each([
  ["one of each stream of a conference, at once", 20, 1, true],
  ["as many as are remembered", 64, 1, true],
  ["more than are remembered", 65, 1, false],
  ["many of one stream", 30, 400, true],
  ["those of a usual call, of which the first is long past", 9, 5000, false],
])("of sender reports before an answer to the first, %s: %i, %i ms apart", (_, count, apartMs, isFound) => {
  const roundTrip = new RtcpRoundTrip();
  const add = (bytes: Uint8Array, direction: 0 | 1, ms: number): void => {
    roundTrip.add(view(bytes), 0, bytes.length, direction, 1e12 + ms);
  };
  for (let i = 0; i < count; i++) add(sent(0x1000 + i), 0, i * apartMs);
  add(answer(0x1000, count * apartMs), 1, count * apartMs + 30);
  expect(roundTrip.best[0]?.toFixed(0)).toBe(isFound ? "30" : undefined);
});
