/** Zones whose flows among themselves stay inside. */
export function isInside(zone: string): boolean {
  return zone === "internal" || zone === "on-premises-server";
}
