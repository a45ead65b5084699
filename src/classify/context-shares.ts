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
  const others = leg.detail?.contexts[direction] ?? NO_ITEMS;
  let rest = leg.packetsOf(direction);
  for (const other of others) rest -= other.packets;
  const { seconds, nanoseconds } = leg.firstOf(direction);
  const firstPacket = leg.firstPacketOf(direction);
  const copies = leg.detail?.firstCopies[direction] ?? 0;
  return [{ context: first, packets: rest, copies, firstPacket, seconds, nanoseconds }, ...others];
}
