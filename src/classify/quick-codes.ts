import type { Recognition } from "../protocols/recognition.ts";
import { wholeRecognition } from "../protocols/whole-recognition.ts";
import { type Direction, opposite } from "../words.ts";

/** Codes in the RECOGNITION word of flows that were told at a first look and have no inspector. */
export const QUICK_DNS = 1;
/** Its messages are kept unread (protocols/lone-stun.ts). */
export const QUICK_STUN = 2;
/** Beside a code: the packet was a response. */
export const QUICK_RESPONSE = 0x200;

const UNKNOWN = wholeRecognition({
  application: "unknown",
  confidence: "low",
  rule: "no-payload",
  firstPacket: 0,
});

/**
 * Recognition from a RECOGNITION word: the code in the low byte, the first such packet's direction in bit 8, and in
 * bit 9 whether that packet was a response.
 */
export function quickRecognition(word: number, firstPacket: number): Recognition {
  if ((word & 0xff) !== QUICK_DNS) return UNKNOWN;
  const direction: Direction = ((word >>> 8) & 1) === 1 ? 1 : 0;
  const initiator: Direction = (word & QUICK_RESPONSE) !== 0 ? opposite(direction) : direction;
  return wholeRecognition({
    application: "dns",
    confidence: "high",
    rule: "dns-message",
    firstPacket,
    initiator,
  });
}
