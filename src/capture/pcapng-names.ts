import { formatIPv4, formatIPv6 } from "../address/address.ts";
import { readText } from "./pcapng-options.ts";

/** An address with a name of it, from a pcapng name resolution block. */
export interface CapturedName {
  readonly address: string;
  readonly name: string;
}

/** Names that are kept of one capture. */
const MAX_NAMES = 4096;

// Record types, draft-ietf-opsawg-pcapng, section 4.5.
const END_OF_RECORDS = 0;
const IPV4 = 1;
const IPV6 = 2;

/**
 * Adds the names of a name resolution block to `names`, up to its bound. `at` is where the records begin, `end`
 * where the block's content ends. False when a record reaches past the end.
 */
export function readNames(
  view: DataView,
  at: number,
  end: number,
  littleEndian: boolean,
  names: CapturedName[],
): boolean {
  while (end - at >= 4) {
    const type = view.getUint16(at, littleEndian);
    const length = view.getUint16(at + 2, littleEndian);
    if (type === END_OF_RECORDS) return true;
    const value = at + 4;
    if (length > end - value) return false;
    const addressLength = type === IPV4 ? 4 : type === IPV6 ? 16 : 0;
    if (addressLength > 0 && length > addressLength && names.length < MAX_NAMES) {
      const address =
        type === IPV4
          ? formatIPv4(view.getUint32(value))
          : formatIPv6(
              view.getUint32(value),
              view.getUint32(value + 4),
              view.getUint32(value + 8),
              view.getUint32(value + 12),
            );
      addNames(view, value + addressLength, value + length, address, names);
    }
    at = value + length + ((4 - (length & 3)) & 3);
  }
  return at >= end;
}

/** A record holds any number of names, each ended by a zero byte. */
function addNames(view: DataView, start: number, end: number, address: string, names: CapturedName[]): void {
  let from = start;
  for (let at = start; at <= end && names.length < MAX_NAMES; at++) {
    if (at < end && view.getUint8(at) !== 0) continue;
    const name = readText(view, from, at - from);
    if (name !== undefined) names.push({ address, name });
    from = at + 1;
  }
}
