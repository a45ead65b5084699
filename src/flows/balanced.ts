import type { Direction } from "../words.ts";
import type { LinkDetail } from "./link-detail.ts";

/** Of links that share the load, each has at least so many packets that only it saw for each that both saw. */
const OWN_FOR_ONE = 8;

/**
 * Whether the packets of a direction are balanced over two links, each packet on one of them. (Two taps on one path see every
 * packet twice.) A packet that both links saw was then sent again, though nothing else tells it from a copy.
 *
 * Packets on a third link, as on a path that the flow has left, do not count. Nor do those that one of two taps on one path saw
 * before the other, whose clock is late, began: the other has no packets of its own then, since all of its were seen twice.
 *
 * @param first the link context of the direction's first packet
 * @param packets the direction's packets in all contexts
 */
export function isBalanced(
  links: LinkDetail,
  direction: Direction,
  first: number,
  packets: number,
  one: number,
  other: number,
): boolean {
  let ofFirst = packets;
  let ofOne = 0;
  let ofOther = 0;
  for (const count of links.contexts[direction]) {
    ofFirst -= count.packets;
    if (count.context === one) ofOne = count.packets;
    if (count.context === other) ofOther = count.packets;
  }
  if (one === first) ofOne = ofFirst;
  if (other === first) ofOther = ofFirst;
  const seenTwice = links.seenTwice[direction];
  return Math.min(ofOne, ofOther) - seenTwice >= OWN_FOR_ONE * (seenTwice + 1);
}
