import type { Direction } from "../words.ts";
import type { LinkDetail } from "./link-detail.ts";

/** Links between which packets are balanced have so many of their own for each that both have. */
const OWN_FOR_ONE = 8;

/**
 * True where the packets of a direction, `packets` in all, come by several links, each packet by one of them: two taps that
 * see the same way have each packet twice. What both saw was sent again then, though nothing else tells it from a copy.
 */
export function isBalanced(links: LinkDetail, direction: Direction, packets: number): boolean {
  let others = 0;
  let copies = 0;
  for (const count of links.contexts[direction]) {
    others += count.packets;
    copies += count.copies;
  }
  return Math.min(others, packets - others) >= OWN_FOR_ONE * (copies + 1);
}
