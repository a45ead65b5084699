const AFI_IPV4 = 1;
const AFI_IPV6 = 2;
const SAFI_UNICAST = 1;

/** A value for each address family of unicast routes, by IP version. */
export type ByFamily<T> = Readonly<Record<4 | 6, T>>;

/** IP version of an address family and subsequent family, where it is unicast. */
export function familyAt(view: DataView, at: number): 4 | 6 | undefined {
  if (view.getUint8(at + 2) !== SAFI_UNICAST) return undefined;
  const family = view.getUint16(at);
  if (family === AFI_IPV4) return 4;
  return family === AFI_IPV6 ? 6 : undefined;
}
