import { formatIPv4 } from "../address/address.ts";
import { type ByFamily, familyAt } from "./bgp-family.ts";

// Optional parameters and capabilities: RFC 4724, 4760, 5492, 6793, 7911, 9072.
const CAPABILITIES = 2;
const MULTIPROTOCOL = 1;
const GRACEFUL_RESTART = 64;
const FOUR_OCTET_AS = 65;
const ADD_PATH = 69;
const EXTENDED_PARAMETERS = 255;

/** Send/Receive of a family in the ADD-PATH capability: 1 receives path identifiers, 2 sends them, 3 both (RFC 7911). */
const ADD_PATH_RECEIVES = 1;
const ADD_PATH_SENDS = 2;

export interface BgpOpen {
  readonly type: "open";
  /** The sender's AS number, from the four-octet capability where there is one. */
  readonly as: number;
  readonly fourOctetAs: boolean;
  /** Send/Receive as the capability says it; 0 for a family that it does not name. */
  readonly addPath: ByFamily<number>;
  /** Families of unicast routes that it offers to speak of; IPv4 where it names none (RFC 4760, section 8). */
  readonly families: ByFamily<boolean>;
  /** Offers graceful restart, and so to end its first routes with End-of-RIB where the other end offers it, too. */
  readonly gracefulRestart: boolean;
  readonly holdTimeSeconds: number;
  readonly identifier: string;
}

/** Whether prefixes that `sender` announces have path identifiers: it offered to send them, and the other end to take them. */
export function sendsPathIds(sender: ByFamily<number>, receiver: ByFamily<number>): ByFamily<boolean> {
  const both = (family: 4 | 6): boolean =>
    (sender[family] & ADD_PATH_SENDS) !== 0 && (receiver[family] & ADD_PATH_RECEIVES) !== 0;
  return { 4: both(4), 6: both(6) };
}

/** The body of an OPEN, behind the message's header; `undefined` for another version or where it is cut. */
export function parseOpen(view: DataView, at: number, stop: number): BgpOpen | undefined {
  if (stop - at < 10 || view.getUint8(at) !== 4) return undefined;
  let as = view.getUint16(at + 1);
  let fourOctetAs = false;
  let gracefulRestart = false;
  const addPath = { 4: 0, 6: 0 };
  const families = { 4: false, 6: false };
  let namesFamilies = false;
  let parameter = at + 10;
  // RFC 9072: 255 as length and type announces lengths of two octets.
  const isExtended =
    view.getUint8(at + 9) !== 0 && stop - parameter >= 3 && view.getUint8(parameter) === EXTENDED_PARAMETERS;
  const lengthBytes = isExtended ? 2 : 1;
  if (isExtended) parameter += 3;
  while (parameter + 1 + lengthBytes <= stop) {
    const kind = view.getUint8(parameter);
    const length = isExtended ? view.getUint16(parameter + 1) : view.getUint8(parameter + 1);
    let capability = parameter + 1 + lengthBytes;
    const parameterEnd = Math.min(stop, capability + length);
    parameter = parameterEnd;
    if (kind !== CAPABILITIES) continue;
    while (capability + 2 <= parameterEnd) {
      const code = view.getUint8(capability);
      const size = view.getUint8(capability + 1);
      if (capability + 2 + size > parameterEnd) break;
      if (code === FOUR_OCTET_AS && size === 4) {
        as = view.getUint32(capability + 2);
        fourOctetAs = true;
      }
      if (code === MULTIPROTOCOL && size === 4) {
        namesFamilies = true;
        const family = familyAt(view, capability + 2, 3); // a reserved octet lies between the two
        if (family !== undefined) families[family] = true;
      }
      if (code === GRACEFUL_RESTART) gracefulRestart = true;
      if (code === ADD_PATH) readAddPath(view, capability + 2, capability + 2 + size, addPath);
      capability += 2 + size;
    }
  }
  return {
    type: "open",
    as,
    fourOctetAs,
    addPath,
    families: namesFamilies ? families : { 4: true, 6: false },
    gracefulRestart,
    holdTimeSeconds: view.getUint16(at + 3),
    identifier: formatIPv4(view.getUint32(at + 5)),
  };
}

/** Four octets a family: its numbers and what its sender does. Other values than 1 to 3 are ignored (RFC 7911, section 4). */
function readAddPath(view: DataView, start: number, end: number, into: Record<4 | 6, number>): void {
  for (let at = start; at + 4 <= end; at += 4) {
    const version = familyAt(view, at);
    const does = view.getUint8(at + 3);
    if (version !== undefined && does >= 1 && does <= 3) into[version] = does;
  }
}
