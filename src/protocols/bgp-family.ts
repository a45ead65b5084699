const AFI_IPV4 = 1;
const AFI_IPV6 = 2;
const SAFI_UNICAST = 1;

/** A value for each address family of unicast routes, by IP version. */
export type ByFamily<T> = Readonly<Record<4 | 6, T>>;

/** IP version of an address family and, `subsequent` octets behind it, a subsequent family, where that is unicast. */
export function familyAt(view: DataView, at: number, subsequent = 2): 4 | 6 | undefined {
  if (view.getUint8(at + subsequent) !== SAFI_UNICAST) return undefined;
  const family = view.getUint16(at);
  if (family === AFI_IPV4) return 4;
  return family === AFI_IPV6 ? 6 : undefined;
}
