import type { ContextUse, SeenTwice } from "../path/evidence.ts";
import type { ContextShare } from "./leg.ts";

/**
 * Copies of a leg's packets that no pair was counted of: as long as no BGP session was seen, pairs are counted only of links
 * that prove something. How often contexts came tells: what is no copy of the context's own packets or of a third one's
 * is a copy of the other's.
 */
export function unpairedCopies(
  shares: readonly ContextShare[],
  uses: readonly ContextUse[],
  counted: readonly SeenTwice[],
): SeenTwice[] {
  const proves = (share: ContextShare, kind?: "bgp-session"): boolean =>
    uses.some(
      ({ context, evidence }) =>
        context === share.context && evidence.some((item) => kind === undefined || item.kind === kind),
    );
  if (shares.length < 2 || !shares.some((share) => proves(share, "bgp-session"))) return [];
  const packets = shares.reduce((sum, share) => sum + share.packets, 0);
  const found: SeenTwice[] = [];
  for (const copy of shares.filter((share) => proves(share))) {
    for (const share of shares) {
      if (share === copy || !proves(share)) continue;
      const known = counted.find(
        ({ one, other }) =>
          (one === copy.context && other === share.context) ||
          (other === copy.context && one === share.context),
      );
      const least = copy.copies - (packets - share.packets) - (known?.packets ?? 0);
      if (least > 0) found.push({ one: share.context, other: copy.context, packets: least });
    }
  }
  return found;
}
