import { Markers } from "../site/markers.ts";
import type { Site } from "../site/site.ts";

/**
 * The site as it is known at a moment of the run: what was declared, and the links that BGP sessions inside the
 * captures showed to be ExpressRoute since.
 */
export class SiteView {
  site: Site;
  markers: Markers;

  constructor(site: Site) {
    this.site = site;
    this.markers = new Markers(site);
  }

  change(site: Site): void {
    this.site = site;
    this.markers = new Markers(site);
  }
}
