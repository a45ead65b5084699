import { looksLikeEthernet, looksLikeEthernetII } from "./ether-type.ts";
import { IpProtocol } from "./ip-protocol.ts";
import { Layer, type Walk } from "./walk.ts";

const LABEL_LENGTH = 4;
const BOTTOM_OF_STACK = 0x100;
/** Labels on one packet that are followed. */
const MAX_LABELS = 16;
/** First nibble of an associated channel (RFC 4385, section 5), which carries no user data; of addresses, too. */
const ASSOCIATED_CHANNEL = 1;
const CONTROL_WORD_LENGTH = 4;

/**
 * MPLS labels, RFC 3032. Nothing in them says what follows, so the first nibble does (RFC 4928, section 2):
 * 4 and 6 are IP where the header fits, else a pseudowire's Ethernet (RFC 4448), with a control word where
 * the nibble is 0 and what follows fits better there: addresses begin with zeros, too. A packet broker that slices frames leaves IP lengths that do not fit: then the header itself tells.
 */
export function mpls(walk: Walk): Layer {
  const { view, end, wireEnd } = walk;
  let at = walk.start;
  for (let labels = 0; ; labels++) {
    if (end - at < LABEL_LENGTH) return walk.odd("mpls-label-cut");
    if (labels === MAX_LABELS) return walk.odd("mpls-labels-too-deep");
    const entry = view.getUint32(at);
    at += LABEL_LENGTH;
    if ((entry & BOTTOM_OF_STACK) !== 0) break;
  }
  walk.outermost = false;
  walk.start = at;
  if (at >= end) return walk.odd("mpls-payload-unknown");
  const nibble = view.getUint8(at) >>> 4;
  // What fits IP may be an address that begins so; a frame behind it that makes sense is the better sign then.
  const isFrame = looksLikeEthernetII(view, at, end);
  if (nibble === 4 && ((fitsIpv4(walk) && !isFrame) || sumsIpv4(walk))) return Layer.ipv4;
  if (nibble === 6 && fitsIpv6(walk) && (!isFrame || carriesTransport(walk))) return Layer.ipv6;
  if (nibble === ASSOCIATED_CHANNEL && !isFrame) return Layer.done;
  if (nibble === 0 && hasControlWord(walk)) {
    walk.start = at + CONTROL_WORD_LENGTH;
    return Layer.ethernet;
  }
  if (looksLikeEthernet(view, at, end, wireEnd)) return Layer.ethernet;
  if (nibble === 6 && carriesTransport(walk)) return Layer.ipv6;
  return walk.odd("mpls-payload-unknown");
}

/**
 * Whether the pseudowire's frame begins behind a control word. Where none is, the length of a short IP packet that was padded
 * stands where an 802.3 frame behind one has its length.
 */
function hasControlWord(walk: Walk): boolean {
  const { view, start, end, wireEnd } = walk;
  const behind = start + CONTROL_WORD_LENGTH;
  if (!looksLikeEthernet(view, behind, end, wireEnd)) return false;
  return looksLikeEthernetII(view, behind, end) || !looksLikeEthernetII(view, start, end);
}

/** A length of zero is left to the network card; else it has to fit. */
function fitsIpv4(walk: Walk): boolean {
  const { view, start } = walk;
  if (walk.end - start < 4) return true;
  const length = view.getUint16(start + 2);
  return (view.getUint8(start) & 15) >= 5 && (length === 0 || length <= walk.wireEnd - start);
}

function fitsIpv6(walk: Walk): boolean {
  const { view, start } = walk;
  return walk.end - start < 6 || view.getUint16(start + 4) + 40 <= walk.wireEnd - start;
}

/** Whether the header's checksum is right, which of other bytes it is once in 65,536 times (RFC 1071). */
function sumsIpv4(walk: Walk): boolean {
  const { view, start } = walk;
  const length = (view.getUint8(start) & 15) << 2;
  if (length < 20 || walk.end - start < length) return false;
  let sum = 0;
  for (let at = start; at < start + length; at += 2) sum += view.getUint16(at);
  return (sum & 0xffff) + (sum >>> 16) === 0xffff;
}

/** IPv6 has no checksum; its next header is one of few that matter here. */
function carriesTransport(walk: Walk): boolean {
  const { view, start } = walk;
  if (walk.end - start < 40) return false;
  const next = view.getUint8(start + 6);
  return next === IpProtocol.tcp || next === IpProtocol.udp || next === IpProtocol.icmpv6;
}
