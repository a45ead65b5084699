import { type Prefix, prefixCovers, prefixText } from "../address/prefix.ts";
import { MOST_FAULTS } from "./first-faults.ts";
import type { PathDraft } from "./path-draft.ts";
import { defaultInternal } from "./site.ts";

/**
 * Warnings of NAT pools of private addresses, of the first ones of a site. In front of another NAT they are right; but with the users'
 * own addresses for a pool all of their flows would leave by that path.
 *
 * @param internal the customer's own addresses
 */
export function privatePoolWarnings(
  paths: readonly PathDraft[],
  internal: readonly Prefix[],
): readonly string[] {
  const blocks = defaultInternal();
  const pools = paths
    .flatMap(({ name, kind, nat }) => nat.map((pool) => ({ ...pool, name, kind })))
    .filter(({ prefix }) => blocks.some((block) => prefixCovers(block, prefix)))
    .slice(0, MOST_FAULTS);
  return pools.flatMap(({ prefix, place, name, kind }) => {
    const pool = `${place}: NAT pool ${prefixText(prefix)} of "${name}"`;
    const own = internal.find((each) => prefixCovers(prefix, each));
    if (own !== undefined)
      return [
        `${pool} holds ${prefixText(own)} of internal: whatever your own addresses send is taken for it`,
      ];
    return kind === "expressroute"
      ? [
          `${pool} is private, and Microsoft peering takes public addresses: right only where another NAT follows`,
        ]
      : [];
  });
}
