import { formatAddress, formatIPv4 } from "../address/address.ts";
import { type Prefix, prefixOf } from "../address/prefix.ts";
import { type ByFamily, familyAt } from "./bgp-family.ts";
import { type BgpOpen, parseOpen } from "./bgp-open.ts";

/** Bytes of the header that every message begins with (RFC 4271, section 4.1). */
export const BGP_HEADER_LENGTH = 19;
/** Longest message with the extended message capability (RFC 8654); without it 4,096. */
export const BGP_LONGEST_MESSAGE = 65_535;
/** Two-octet stand-in for an AS number that needs four (RFC 6793, section 9). */
const AS_TRANS = 23_456;

const MARKER_LENGTH = 16;
const OPEN = 1;
const UPDATE = 2;
const NOTIFICATION = 3;
const KEEPALIVE = 4;

// Path attributes: RFC 4271 section 5, RFC 1997, RFC 4760.
const AS_PATH = 2;
const NEXT_HOP = 3;
const LOCAL_PREF = 5;
const COMMUNITIES = 8;
const MP_REACH_NLRI = 14;
const MP_UNREACH_NLRI = 15;
const EXTENDED_LENGTH = 0x10;

/** No prefix has a path identifier. */
export const NO_PATH_IDS: ByFamily<boolean> = { 4: false, 6: false };

/** What the two ends of a session agreed on, as far as it is known. */
export interface BgpEncoding {
  /** Octets of an AS number in AS_PATH; `undefined`: whichever fits. */
  readonly asOctets: 2 | 4 | undefined;
  /** True for a family whose prefixes each have a path identifier before them (RFC 7911). */
  readonly addPath: ByFamily<boolean>;
}

/** A prefix of an UPDATE, with its path identifier where the session has them. */
export interface BgpPrefix extends Prefix {
  readonly pathId?: number;
}

/** What path attributes say, of an UPDATE or of a table dump's entry. */
export interface BgpAttributes {
  /** "12076 8075 {64496 64497}"; empty for a route of the sender's own AS. */
  readonly asPath: string;
  /** Neighbouring AS: the first of AS_PATH. */
  readonly firstAs: number | undefined;
  /** Text of an address; empty when there is none. */
  readonly nextHop: string;
  /** "12076:5030"; the well-known ones as numbers, too. */
  readonly communities: readonly string[];
  /** Present between routers of one AS, and only there (RFC 4271, section 5.1.5). */
  readonly hasLocalPreference: boolean;
  /** IPv4 and IPv6 unicast prefixes of MP_REACH_NLRI and MP_UNREACH_NLRI. */
  readonly reached: readonly BgpPrefix[];
  readonly unreached: readonly BgpPrefix[];
  /** Family of MP_UNREACH_NLRI, where it is unicast. */
  readonly unreachedFamily: 4 | 6 | undefined;
  /** False when something did not fit; what came before it is kept. */
  readonly sound: boolean;
}

export interface BgpUpdate extends BgpAttributes {
  readonly type: "update";
  readonly announced: readonly BgpPrefix[];
  readonly withdrawn: readonly BgpPrefix[];
  /** The family whose first routes this message says were all there (End-of-RIB, RFC 4724, section 2). */
  readonly endOfRib: 4 | 6 | undefined;
}

export type BgpMessage =
  | BgpOpen
  | BgpUpdate
  | { readonly type: "notification"; readonly code: number; readonly subcode: number }
  | { readonly type: "keepalive" }
  | { readonly type: "other"; readonly code: number };

/**
 * Length of the message that begins at `start`, in bytes with its header, or 0 when no message begins there or its
 * header is not complete.
 */
export function bgpMessageLength(view: DataView, start: number, end: number): number {
  if (end - start < BGP_HEADER_LENGTH) return 0;
  for (let i = 0; i < MARKER_LENGTH; i++) if (view.getUint8(start + i) !== 0xff) return 0;
  const length = view.getUint16(start + MARKER_LENGTH);
  return length < BGP_HEADER_LENGTH ? 0 : length;
}

/** Reads the whole message at `start`; `undefined` when there is none, it is cut, or its fixed part makes no sense. */
export function parseBgpMessage(
  view: DataView,
  start: number,
  end: number,
  encoding: BgpEncoding,
): BgpMessage | undefined {
  const length = bgpMessageLength(view, start, end);
  if (length === 0 || start + length > end) return undefined;
  const at = start + BGP_HEADER_LENGTH;
  const stop = start + length;
  const type = view.getUint8(start + MARKER_LENGTH + 2);
  if (type === OPEN) return parseOpen(view, at, stop);
  if (type === UPDATE) return parseUpdate(view, at, stop, encoding);
  if (type === NOTIFICATION)
    return stop - at < 2
      ? undefined
      : { type: "notification", code: view.getUint8(at), subcode: view.getUint8(at + 1) };
  return type === KEEPALIVE ? { type: "keepalive" } : { type: "other", code: type };
}

function parseUpdate(view: DataView, at: number, stop: number, encoding: BgpEncoding): BgpUpdate | undefined {
  if (stop - at < 4) return undefined;
  const withdrawnEnd = at + 2 + view.getUint16(at);
  if (withdrawnEnd + 2 > stop) return undefined;
  const attributesEnd = withdrawnEnd + 2 + view.getUint16(withdrawnEnd);
  if (attributesEnd > stop) return undefined;
  const attributes = parseBgpAttributes(view, withdrawnEnd + 2, attributesEnd, encoding);
  const withdrawn = [...attributes.unreached];
  const announced = [...attributes.reached];
  const isListSound = parsePrefixes(view, at + 2, withdrawnEnd, 4, encoding.addPath[4], withdrawn);
  const sound =
    parsePrefixes(view, attributesEnd, stop, 4, encoding.addPath[4], announced) &&
    isListSound &&
    attributes.sound;
  const saysNothing = sound && announced.length + withdrawn.length === 0;
  const endOfRib = !saysNothing ? undefined : stop - at === 4 ? 4 : attributes.unreachedFamily;
  return { ...attributes, type: "update", announced, withdrawn, endOfRib, sound };
}

/** Reads path attributes up to `end`. A table dump's MP_REACH_NLRI may hold the next hop only (RFC 6396, 4.3.4). */
export function parseBgpAttributes(
  view: DataView,
  start: number,
  end: number,
  encoding: BgpEncoding,
): BgpAttributes {
  let asPath: AsPath = { text: "", first: undefined };
  let nextHop = "";
  let hasLocalPreference = false;
  let sound = true;
  const communities: string[] = [];
  const reached: BgpPrefix[] = [];
  const unreached: BgpPrefix[] = [];
  let unreachedFamily: 4 | 6 | undefined;
  let at = start;
  while (at < end) {
    const isLong = at + 1 <= end && (view.getUint8(at) & EXTENDED_LENGTH) !== 0;
    const value = at + (isLong ? 4 : 3);
    if (value > end) {
      sound = false;
      break;
    }
    const code = view.getUint8(at + 1);
    const stop = value + (isLong ? view.getUint16(at + 2) : view.getUint8(at + 2));
    if (stop > end) {
      sound = false;
      break;
    }
    const length = stop - value;
    at = stop;
    if (code === AS_PATH) {
      const read = parseAsPath(view, value, stop, encoding.asOctets);
      if (read === undefined) sound = false;
      else asPath = read;
    } else if (code === NEXT_HOP && length === 4) nextHop = formatIPv4(view.getUint32(value));
    else if (code === LOCAL_PREF) hasLocalPreference = true;
    else if (code === COMMUNITIES) {
      for (let i = value; i + 4 <= stop; i += 4)
        communities.push(`${view.getUint16(i)}:${view.getUint16(i + 2)}`);
    } else if (code === MP_REACH_NLRI) {
      if (length > 0 && view.getUint8(value) === length - 1) {
        nextHop = nextHopText(view, value + 1, length - 1) || nextHop;
        continue;
      }
      if (length < 5 || value + 4 + view.getUint8(value + 3) + 1 > stop) {
        sound = false;
        continue;
      }
      const hopLength = view.getUint8(value + 3);
      const version = familyAt(view, value);
      if (version === undefined) continue;
      nextHop = nextHopText(view, value + 4, hopLength) || nextHop;
      // One reserved octet stands before the prefixes.
      if (!parsePrefixes(view, value + 5 + hopLength, stop, version, encoding.addPath[version], reached))
        sound = false;
    } else if (code === MP_UNREACH_NLRI && length >= 3) {
      const version = familyAt(view, value);
      if (version === undefined) continue;
      unreachedFamily = version;
      if (!parsePrefixes(view, value + 3, stop, version, encoding.addPath[version], unreached)) sound = false;
    }
  }
  return {
    asPath: asPath.text,
    firstAs: asPath.first,
    nextHop,
    communities,
    hasLocalPreference,
    reached,
    unreached,
    unreachedFamily,
    sound,
  };
}

/** Of a global and a link-local IPv6 next hop (32 octets, RFC 2545) the global one. */
function nextHopText(view: DataView, at: number, length: number): string {
  if (length === 4) return formatIPv4(view.getUint32(at));
  if (length !== 16 && length !== 32) return "";
  return formatAddress(
    6,
    view.getUint32(at),
    view.getUint32(at + 4),
    view.getUint32(at + 8),
    view.getUint32(at + 12),
  );
}

interface AsPath {
  readonly text: string;
  readonly first: number | undefined;
}

function parseAsPath(
  view: DataView,
  start: number,
  end: number,
  octets: 2 | 4 | undefined,
): AsPath | undefined {
  if (octets !== undefined) return parseSegments(view, start, end, octets);
  return parseSegments(view, start, end, 4) ?? parseSegments(view, start, end, 2);
}

function parseSegments(view: DataView, start: number, end: number, octets: 2 | 4): AsPath | undefined {
  const parts: string[] = [];
  let first: number | undefined;
  let at = start;
  while (at < end) {
    if (at + 2 > end) return undefined;
    const type = view.getUint8(at);
    const count = view.getUint8(at + 1);
    const stop = at + 2 + count * octets;
    // 1 set, 2 sequence; 3 and 4 the same inside a confederation (RFC 5065).
    if (type < 1 || type > 4 || count === 0 || stop > end) return undefined;
    const numbers: number[] = [];
    for (let i = at + 2; i < stop; i += octets)
      numbers.push(octets === 4 ? view.getUint32(i) : view.getUint16(i));
    if (type === 2) first ??= numbers[0] === AS_TRANS ? undefined : numbers[0];
    const text = numbers.join(" ");
    parts.push(type === 1 ? `{${text}}` : type === 2 ? text : `(${text})`);
    at = stop;
  }
  return { text: parts.join(" "), first };
}

/**
 * Reads prefixes as UPDATE and table dumps write them (a length in bits, then as few octets as hold it) into `into`.
 * False when the last one does not fit.
 */
function parsePrefixes(
  view: DataView,
  start: number,
  end: number,
  version: 4 | 6,
  addPath: boolean,
  into: BgpPrefix[],
): boolean {
  let at = start;
  while (at < end) {
    const identifier = at;
    if (addPath) at += 4;
    const prefix = at < end ? parsePrefixBits(view, at, end, version) : undefined;
    if (prefix === undefined) return false;
    into.push(addPath ? { ...prefix, pathId: view.getUint32(identifier) } : prefix);
    at += 1 + ((prefix.length + 7) >>> 3);
  }
  return true;
}

/** One prefix: its length in bits, then as few octets as hold it. `undefined` when it does not fit before `end`. */
export function parsePrefixBits(view: DataView, at: number, end: number, version: 4 | 6): Prefix | undefined {
  if (at >= end) return undefined;
  const length = view.getUint8(at);
  const octets = (length + 7) >>> 3;
  if (length > (version === 4 ? 32 : 128) || at + 1 + octets > end) return undefined;
  const words: [number, number, number, number] = version === 4 ? [0, 0, 0xffff, 0] : [0, 0, 0, 0];
  const firstWord = version === 4 ? 3 : 0;
  for (let i = 0; i < octets; i++) {
    const word = firstWord + (i >>> 2);
    words[word] = ((words[word] ?? 0) | (view.getUint8(at + 1 + i) << (24 - 8 * (i & 3)))) >>> 0;
  }
  return prefixOf(version, words, length);
}
