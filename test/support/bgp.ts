import { concat, u16, u32, u8 } from "./bytes.ts";
import { ipBytes } from "./packets.ts";

/** BGP message builders, written from RFC 4271, 1997, 4760 and 6793. */

function message(type: number, body: Uint8Array): Uint8Array {
  return concat(new Uint8Array(16).fill(0xff), u16(19 + body.length), u8(type), body);
}

export interface OpenOptions {
  readonly as: number;
  readonly fourOctetAs?: boolean;
  /** Address families of unicast routes that it offers (RFC 4760): 1 IPv4, 2 IPv6. */
  readonly families?: readonly number[];
  /** Offers graceful restart (RFC 4724): no restart flags, no families. */
  readonly gracefulRestart?: boolean;
  /** Send/Receive of ADD-PATH by address family: 1 receives, 2 sends, 3 both. */
  readonly addPath?: Readonly<Record<number, number>>;
}

/** OPEN, version 4, hold time 180 s, identifier 192.0.2.1. */
export function bgpOpen(options: OpenOptions): Uint8Array {
  const capabilities: Uint8Array[] = [];
  for (const family of options.families ?? []) capabilities.push(concat(u8(1, 4), u16(family), u8(0, 1)));
  if (options.gracefulRestart === true) capabilities.push(concat(u8(64, 2), u16(120)));
  if (options.fourOctetAs === true) capabilities.push(concat(u8(65, 4), u32(options.as)));
  const addPath = Object.entries(options.addPath ?? {}).map(([family, does]) =>
    concat(u16(Number(family)), u8(1, does)),
  );
  if (addPath.length > 0) capabilities.push(concat(u8(69, 4 * addPath.length), ...addPath));
  const all = concat(...capabilities);
  const parameters = all.length === 0 ? u8() : concat(u8(2, all.length), all);
  const as = options.as > 0xffff ? 23_456 : options.as;
  return message(
    1,
    concat(u8(4), u16(as), u16(180), ipBytes("192.0.2.1"), u8(parameters.length), parameters),
  );
}

/** NOTIFICATION: cease, administrative shutdown (RFC 4486). */
export function bgpNotification(): Uint8Array {
  return message(3, u8(6, 2));
}

export function bgpKeepalive(): Uint8Array {
  return message(4, u8());
}

/** A prefix as NLRI: its length in bits and as few octets as hold it. */
export function nlri(text: string, pathId?: number): Uint8Array {
  const [address = "", length = ""] = text.split("/");
  const octets = Math.ceil(Number(length) / 8);
  const bits = concat(u8(Number(length)), ipBytes(address).slice(0, octets));
  return pathId === undefined ? bits : concat(u32(pathId), bits);
}

/** A path attribute; `flags` 0x40 is well-known, 0x80 optional, 0x10 is added for long ones. */
export function attribute(flags: number, code: number, value: Uint8Array): Uint8Array {
  return value.length > 255
    ? concat(u8(flags | 0x10, code), u16(value.length), value)
    : concat(u8(flags, code, value.length), value);
}

export function asPath(numbers: readonly number[], octets: 2 | 4): Uint8Array {
  const parts = numbers.map((number) => (octets === 4 ? u32(number) : u16(number)));
  return attribute(0x40, 2, concat(u8(2, numbers.length), ...parts));
}

export function nextHop(address: string): Uint8Array {
  return attribute(0x40, 3, ipBytes(address));
}

export function localPreference(value: number): Uint8Array {
  return attribute(0x40, 5, u32(value));
}

export function communities(...values: readonly string[]): Uint8Array {
  const parts = values.map((value) => concat(...value.split(":").map((half) => u16(Number(half)))));
  return attribute(0xc0, 8, concat(...parts));
}

export interface UpdateOptions {
  readonly withdrawn?: readonly Uint8Array[];
  readonly attributes?: readonly Uint8Array[];
  readonly announced?: readonly Uint8Array[];
}

export function bgpUpdate(options: UpdateOptions): Uint8Array {
  const withdrawn = concat(...(options.withdrawn ?? []));
  const attributes = concat(...(options.attributes ?? []));
  return message(
    2,
    concat(
      u16(withdrawn.length),
      withdrawn,
      u16(attributes.length),
      attributes,
      ...(options.announced ?? []),
    ),
  );
}

/** An MRT record (RFC 6396, section 2). */
export function mrtRecord(type: number, subtype: number, body: Uint8Array): Uint8Array {
  return concat(u32(1_700_000_000), u16(type), u16(subtype), u32(body.length), body);
}

/** PEER_INDEX_TABLE with one IPv4 peer of a four-octet AS number. */
export function mrtPeers(): Uint8Array {
  const peer = concat(u8(2), ipBytes("192.0.2.2"), ipBytes("192.0.2.2"), u32(12_076));
  return mrtRecord(13, 1, concat(ipBytes("192.0.2.1"), u16(0), u16(1), peer));
}

/** A RIB record with one entry for each list of attributes. */
export function mrtRib(
  subtype: number,
  prefix: string,
  ...entries: readonly (readonly Uint8Array[])[]
): Uint8Array {
  const hasPathId = subtype >= 8;
  const parts = entries.map((attributes) => {
    const all = concat(...attributes);
    return concat(u16(0), u32(1_700_000_000), hasPathId ? u32(1) : u8(), u16(all.length), all);
  });
  return mrtRecord(13, subtype, concat(u32(0), nlri(prefix), u16(entries.length), ...parts));
}
