import * as layout from "../flows/layout.ts";
import { contextShares } from "./direction-facts.ts";
import type { Leg } from "./leg.ts";
import type { Links } from "./links.ts";

/**
 * What joined the two directions of one 5-tuple that were captured apart, each in captures of its own (CONTRACT,
 * section 3); undefined where one capture holds both.
 */
export function joinBasisOf(leg: Leg, links: Links): string | undefined {
  const out = capturesOf(leg, leg.out, links);
  const back = capturesOf(leg, leg.back, links);
  if (out.size === 0 || back.size === 0 || [...out].some((capture) => back.has(capture))) return undefined;
  const { application } = leg.recognition;
  if (leg.protocol === 6) return sequenceFits(leg) ? "tcp-sequence" : "5-tuple";
  if (application === "quic") return "quic-connection-id";
  // A round trip was measured from a request and the answer that repeats its transaction.
  const isStun = application === "stun" || application === "turn" || application === "ms-turn";
  if (isStun && leg.recognition.rttMs !== undefined) return "stun-transaction";
  return "5-tuple";
}

function capturesOf(leg: Leg, direction: 0 | 1, links: Links): Set<number> {
  return new Set(contextShares(leg, direction).map((share) => links.pointOf(share.context)?.capture ?? -1));
}

/** True when what one direction acknowledges is what the other sent, as far as each was captured. */
function sequenceFits(leg: Leg): boolean {
  for (const d of [0, 1] as const) {
    const other = d === 0 ? 1 : 0;
    const acked = leg.word(layout.LAST_ACK + d);
    const sent = leg.word(layout.NEXT_SEQUENCE + other);
    if (acked !== 0 && sent !== 0 && Math.abs((acked - sent) | 0) > MAX_WINDOW) return false;
  }
  return true;
}

/** Largest window of RFC 7323, section 2.3: more than this apart, numbers are of different connections. */
const MAX_WINDOW = 2 ** 30;
