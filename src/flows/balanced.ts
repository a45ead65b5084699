import type { Direction } from "../words.ts";
import type { LinkDetail } from "./link-detail.ts";

/** Links between which packets are balanced have so many of their own for each that both have. */
const OWN_FOR_ONE = 8;

/**
 * True where the packets of a direction come by two links, each packet by one of them: two taps that see the same way have each
 * packet twice. What both saw was sent again then, though nothing else tells it from a copy.
 *
 * What a third link saw, as of the path that a flow has left, says nothing of the two. Nor does what one of two taps saw before
 * the other one's clock, which is late, came to its beginning: what was seen twice since is none of its own.
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
