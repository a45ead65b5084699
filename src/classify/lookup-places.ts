import type { LookupPlaces } from "./join-lookups.ts";
import type { Links } from "./links.ts";
import { outsideRank } from "./nat-legs.ts";
import type { SiteView } from "./site-view.ts";

/** Places of lookups by the links that packets came over. */
export function lookupPlaces(
  view: SiteView,
  links: Links,
  comparableClocks: LookupPlaces["comparableClocks"],
): LookupPlaces {
  return {
    captureOf: (context) => links.pointOf(context)?.capture ?? -1,
    placeOf: (context) => links.place(context),
    hasPlace: (context) => links.showsPlace(context) || links.contexts.vlanCount(context) > 0,
    comparableClocks,
    outsideRank: (leg) => outsideRank(leg, view.markers),
  };
}
