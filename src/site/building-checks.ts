import { prefixText } from "../address/prefix.ts";
import type { BuildingFile } from "./building-file.ts";
import type { Site } from "./site.ts";

const OUTSIDE = { remote: "remote", partner: "a partner's" } as const;

/** What a building file and a site description say differently of the same subnets, each with file and line. */
export function compareBuildings(site: Site, buildings: BuildingFile, fileName: string): readonly string[] {
  const warnings: string[] = [];
  for (const subnet of buildings.subnets) {
    const { zone } = site.zoneOf(...subnet.prefix.words);
    const say = (text: string): void => {
      warnings.push(`${fileName}:${subnet.line}: ${prefixText(subnet.prefix)} ${text}`);
    };
    if (subnet.vpn === true && zone !== "remote")
      say("is a VPN pool here, but not remote in the site description");
    else if (subnet.insideCorp === true && zone === undefined)
      say("is inside the corporate network here, but not internal in the site description");
    else if (subnet.insideCorp === true && subnet.vpn !== true && (zone === "remote" || zone === "partner"))
      say(`is inside the corporate network here, but ${OUTSIDE[zone]} in the site description`);
    else if (subnet.insideCorp === false && (zone === "internal" || zone === "on-premises-server"))
      say("is outside the corporate network here, but internal in the site description");
    if (subnet.expressRoute === true && !site.expressRoute)
      say("is declared ExpressRoute here, but the site description says expressroute: false");
  }
  return warnings;
}
