import type { BgpLink } from "./site.ts";

/** Tag 0 only carries a priority (IEEE 802.1Q, 6.9.3): "0" is untagged, "0.100" is "100". */
export function plainVlan(vlan: string): string {
  return vlan
    .split(".")
    .filter((tag) => tag !== "" && tag !== "0")
    .join(".");
}

/**
 * The same text for a link that a BGP session showed and for what frames on it show (`LinkContext`): a capture may have
 * thousands of each.
 */
export function linkKey({
  point,
  file,
  interfaceName,
  interfaceIndex = 0,
  vlan,
  erspanSession,
}: BgpLink): string {
  return JSON.stringify([point, file, interfaceName, interfaceIndex, plainVlan(vlan), erspanSession]);
}
