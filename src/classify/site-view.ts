import type { NamedPath } from "../path/lanes.ts";
import { Markers } from "../site/markers.ts";
import type { Site } from "../site/site.ts";

/**
 * The site as it is known at a moment of the run: what was declared, and the links that BGP sessions inside the
 * captures showed to be ExpressRoute since.
 */
export class SiteView {
  site: Site;
  markers: Markers;
  /** The site's paths by index, as path/ takes them. */
  paths: readonly NamedPath[];
  /** What was declared alone. */
  readonly declared: Readonly<Pick<SiteView, "markers" | "paths">>;

  constructor(site: Site) {
    this.site = site;
    this.markers = new Markers(site);
    this.paths = namedPaths(site);
    this.declared = { markers: this.markers, paths: this.paths };
  }

  change(site: Site): void {
    this.site = site;
    this.markers = new Markers(site);
    this.paths = namedPaths(site);
  }
}

function namedPaths(site: Site): NamedPath[] {
  return site.paths.map(({ name, kind, circuit }) => ({
    name,
    kind,
    circuit: circuit === "" ? undefined : circuit,
  }));
}
