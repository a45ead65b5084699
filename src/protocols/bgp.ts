import { type BgpAttributes, type BgpEncoding, parseBgpAttributes } from "./bgp-attributes.ts";
import { type BgpOpen, parseOpen } from "./bgp-open.ts";
import { type BgpPrefix, parsePrefixes } from "./bgp-prefixes.ts";

/** Bytes of the header that every message begins with (RFC 4271, section 4.1). */
export const BGP_HEADER_LENGTH = 19;
/** Longest message with the extended message capability (RFC 8654); without it 4,096. */
export const BGP_LONGEST_MESSAGE = 65_535;

const MARKER_LENGTH = 16;
const OPEN = 1;
const UPDATE = 2;
const NOTIFICATION = 3;
const KEEPALIVE = 4;

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
