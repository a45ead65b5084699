import { formatAddress, formatIPv4 } from "../address/address.ts";
import { type ByFamily, familyAt } from "./bgp-family.ts";
import { type BgpPrefix, parsePrefixes } from "./bgp-prefixes.ts";

/** Two-octet stand-in for an AS number that needs four (RFC 6793, section 9). */
const AS_TRANS = 23_456;

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

/** Reads path attributes up to `end`. */
export function parseBgpAttributes(
  view: DataView,
  start: number,
  end: number,
  encoding: BgpEncoding,
): BgpAttributes {
  const reader = new AttributeReader(view, encoding);
  let at = start;
  while (at < end) {
    const isLong = (view.getUint8(at) & EXTENDED_LENGTH) !== 0;
    const value = at + (isLong ? 4 : 3);
    const stop = value > end ? value : value + (isLong ? view.getUint16(at + 2) : view.getUint8(at + 2));
    // Where one ends beyond the rest, nothing tells where the next one begins.
    if (stop > end) return reader.result(false);
    reader.take(view.getUint8(at + 1), value, stop);
    at = stop;
  }
  return reader.result(true);
}

/** What attributes say, taken one by one. */
class AttributeReader {
  readonly #view: DataView;
  readonly #encoding: BgpEncoding;
  #asPath: AsPath = { text: "", first: undefined };
  #nextHop = "";
  #hasLocalPreference = false;
  #isSound = true;
  #unreachedFamily: 4 | 6 | undefined;
  readonly #communities: string[] = [];
  readonly #reached: BgpPrefix[] = [];
  readonly #unreached: BgpPrefix[] = [];

  constructor(view: DataView, encoding: BgpEncoding) {
    this.#view = view;
    this.#encoding = encoding;
  }

  /** Takes the attribute of a type whose value lies at [at, stop). */
  take(type: number, at: number, stop: number): void {
    const length = stop - at;
    if (type === AS_PATH) this.#takeAsPath(at, stop);
    else if (type === NEXT_HOP && length === 4) this.#nextHop = formatIPv4(this.#view.getUint32(at));
    else if (type === LOCAL_PREF) this.#hasLocalPreference = true;
    else if (type === COMMUNITIES) this.#takeCommunities(at, stop);
    else if (type === MP_REACH_NLRI) this.#takeReached(at, stop);
    else if (type === MP_UNREACH_NLRI && length >= 3) this.#takeUnreached(at, stop);
  }

  /** `isWhole`: all attributes were there. */
  result(isWhole: boolean): BgpAttributes {
    return {
      asPath: this.#asPath.text,
      firstAs: this.#asPath.first,
      nextHop: this.#nextHop,
      communities: this.#communities,
      hasLocalPreference: this.#hasLocalPreference,
      reached: this.#reached,
      unreached: this.#unreached,
      unreachedFamily: this.#unreachedFamily,
      sound: isWhole && this.#isSound,
    };
  }

  #takeAsPath(at: number, stop: number): void {
    const read = parseAsPath(this.#view, at, stop, this.#encoding.asOctets);
    if (read === undefined) this.#isSound = false;
    else this.#asPath = read;
  }

  #takeCommunities(at: number, stop: number): void {
    const view = this.#view;
    for (let i = at; i + 4 <= stop; i += 4)
      this.#communities.push(`${view.getUint16(i)}:${view.getUint16(i + 2)}`);
  }

  #takeReached(at: number, stop: number): void {
    const view = this.#view;
    const length = stop - at;
    // A table dump may have the next hop only (RFC 6396, section 4.3.4).
    if (length > 0 && view.getUint8(at) === length - 1) {
      this.#takeNextHop(at + 1, length - 1);
      return;
    }
    const hopLength = length < 5 ? 0 : view.getUint8(at + 3);
    // One reserved octet stands between the next hop and the prefixes.
    const prefixes = at + 4 + hopLength + 1;
    if (prefixes > stop) {
      this.#isSound = false;
      return;
    }
    const version = familyAt(view, at);
    if (version === undefined) return;
    this.#takeNextHop(at + 4, hopLength);
    this.#takePrefixes(prefixes, stop, version, this.#reached);
  }

  #takeUnreached(at: number, stop: number): void {
    const version = familyAt(this.#view, at);
    if (version === undefined) return;
    this.#unreachedFamily = version;
    this.#takePrefixes(at + 3, stop, version, this.#unreached);
  }

  #takeNextHop(at: number, length: number): void {
    this.#nextHop = nextHopText(this.#view, at, length) || this.#nextHop;
  }

  #takePrefixes(at: number, stop: number, version: 4 | 6, into: BgpPrefix[]): void {
    if (!parsePrefixes(this.#view, at, stop, version, this.#encoding.addPath[version], into))
      this.#isSound = false;
  }
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
