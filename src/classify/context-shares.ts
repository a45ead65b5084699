import { NO_ITEMS } from "../no-items.ts";
import type { Direction } from "../words.ts";
import type { ContextShare, Leg } from "./leg.ts";

/** In which link contexts a direction's packets came, the first one first. */
export function contextShares(leg: Leg, direction: Direction): readonly ContextShare[] {
  return (leg.shares[direction] ??= readShares(leg, direction));
}

function readShares(leg: Leg, direction: Direction): readonly ContextShare[] {
  const first = leg.contextOf(direction);
  if (first < 0) return NO_ITEMS;
  const counts = leg.detail?.contexts[direction] ?? NO_ITEMS;
  const ofFirst = counts.find(({ context }) => context === first);
  const others = ofFirst === undefined ? counts : counts.filter((other) => other !== ofFirst);
  let packets = leg.packetsOf(direction);
  for (const other of others) packets -= other.packets;
  const copies = ofFirst?.copies ?? 0;
  const { seconds, nanoseconds } = leg.firstOf(direction);
  const firstPacket = leg.firstPacketOf(direction);
  return [{ context: first, packets, copies, firstPacket, seconds, nanoseconds }, ...others];
}
