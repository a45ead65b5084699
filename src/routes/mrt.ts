import { NO_PATH_IDS, parseBgpAttributes } from "../protocols/bgp-attributes.ts";
import { parsePrefixBits } from "../protocols/bgp-prefixes.ts";
import { type RouteTable, RouteTableBuilder, RouteTableError } from "./route-table.ts";
import { ANYWHERE } from "./unread-rows.ts";

/** Time, type, subtype and length come before every record (RFC 6396, section 2). */
const HEADER_LENGTH = 12;
const TABLE_DUMP_V2 = 13;
/** Types of RFC 6396, section 4, that a file may begin with: OSPF to BGP4MP_ET. */
const KNOWN_TYPES: ReadonlySet<number> = new Set([11, 12, 13, 16, 17, 32, 33, 48, 49]);

const PEER_INDEX_TABLE = 1;
const RIB_IPV4_UNICAST = 2;
const RIB_IPV6_UNICAST = 4;
/** Routes of multicast, also with path identifiers. */
const MULTICAST: ReadonlySet<number> = new Set([3, 5, 9, 11]);
/** The same with a path identifier in every entry (RFC 8050, section 4.1). */
const RIB_IPV4_UNICAST_ADDPATH = 8;
const RIB_IPV6_UNICAST_ADDPATH = 10;

/** True for bytes that begin with an MRT record. */
export function isMrt(bytes: Uint8Array): boolean {
  if (bytes.length < HEADER_LENGTH) return false;
  const view = viewOf(bytes);
  // Text has no zero bytes where the type stands.
  return KNOWN_TYPES.has(view.getUint16(4)) && view.getUint16(6) <= 16;
}

/** MRT TABLE_DUMP_V2 (RFC 6396, section 4.3): of several peers' routes for a prefix the first. */
export function parseMrt(bytes: Uint8Array, fileName: string): RouteTable {
  const builder = new RouteTableBuilder(fileName, "mrt");
  const view = viewOf(bytes);
  let record = 0;
  let otherType: number | undefined;
  let tables = 0;
  let isCut = false;
  for (let at = 0; at < bytes.length;) {
    record += 1;
    const body = at + HEADER_LENGTH;
    const end = body <= bytes.length ? body + view.getUint32(at + 8) : Infinity;
    if (end > bytes.length) {
      isCut = true;
      builder.unreadable(record, `record at byte ${at} is cut`);
      break;
    }
    const type = view.getUint16(at + 4);
    const subtype = view.getUint16(at + 6);
    if (type !== TABLE_DUMP_V2) otherType ??= type;
    else if (subtype !== PEER_INDEX_TABLE) {
      tables += 1;
      if (!readRib(view, body, end, subtype, record, builder)) {
        const covers = MULTICAST.has(subtype) ? [] : ANYWHERE;
        builder.unreadable(record, `record at byte ${at}, subtype ${subtype}`, covers);
      }
    }
    at = end;
  }
  if (tables === 0 && otherType !== undefined)
    throw new RouteTableError(`${fileName}: MRT records of type ${otherType}, wanted 13 (TABLE_DUMP_V2)`);
  const table = builder.finish();
  return isCut ? table.cut() : table;
}

/** Reads one RIB record; false when it is of another kind or does not fit. */
function readRib(
  view: DataView,
  start: number,
  end: number,
  subtype: number,
  record: number,
  builder: RouteTableBuilder,
): boolean {
  const isIPv4 = subtype === RIB_IPV4_UNICAST || subtype === RIB_IPV4_UNICAST_ADDPATH;
  const isIPv6 = subtype === RIB_IPV6_UNICAST || subtype === RIB_IPV6_UNICAST_ADDPATH;
  if (!isIPv4 && !isIPv6) return false;
  // A sequence number of four octets, the prefix, the number of entries.
  const prefix = parsePrefixBits(view, start + 4, end, isIPv4 ? 4 : 6);
  if (prefix === undefined) return false;
  const count = start + 5 + ((prefix.length + 7) >>> 3);
  if (count + 2 > end || view.getUint16(count) === 0) return false;
  // Peer index and time of six octets, the path identifier, the attributes' length.
  const lengthAt = count + 2 + 6 + (subtype >= RIB_IPV4_UNICAST_ADDPATH ? 4 : 0);
  if (lengthAt + 2 > end) return false;
  const attributes = lengthAt + 2;
  const attributesEnd = attributes + view.getUint16(lengthAt);
  if (attributesEnd > end) return false;
  // AS numbers always have four octets here (section 4.3.4).
  const said = parseBgpAttributes(view, attributes, attributesEnd, { asOctets: 4, addPath: NO_PATH_IDS });
  builder.add(prefix, {
    nextHop: said.nextHop,
    asPath: said.asPath,
    communities: said.communities,
    line: record,
  });
  return true;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
