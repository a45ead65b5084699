import { followProtocol, IpProtocol } from "./ip-protocol.ts";
import { Layer, type Walk } from "./walk.ts";

// Offsets in bytes, the same for every extension header of RFC 8200 but the fragment header.
const NEXT_HEADER = 0;
const LENGTH = 1;
const OPTIONS = 2;
/** The smallest extension header; lengths count further units of it. */
const UNIT = 8;

const FRAGMENT_FIELD = 2;
const FRAGMENT_ID = 4;
const FRAGMENT_HEADER_LENGTH = 8;

const PAD_1 = 0;
const JUMBO_PAYLOAD = 0xc2;
const SMALLEST_JUMBO = 65_536;

const AUTHENTICATION_FIXED_LENGTH = 12;

/** One IPv6 extension header, whose number is the packet's `protocol`. */
export function extension(walk: Walk): Layer {
  const { view, start, packet } = walk;
  if (packet.protocol === IpProtocol.fragment) return fragmentHeader(walk);
  if (walk.end - start < UNIT) return walk.odd("ipv6-extension-cut");
  const length = (view.getUint8(start + LENGTH) + 1) * UNIT;
  if (start + length > walk.end) return walk.odd("ipv6-extension-cut");
  if (walk.lengthOpen) readJumboLength(walk, start + length);
  walk.start = start + length;
  return followProtocol(walk, view.getUint8(start + NEXT_HEADER));
}

/** Fragment header, RFC 8200, section 4.5. An atomic fragment (RFC 6946) is the whole datagram. */
function fragmentHeader(walk: Walk): Layer {
  const { view, start } = walk;
  if (walk.end - start < FRAGMENT_HEADER_LENGTH) return walk.odd("fragment-header-cut");
  const protocol = view.getUint8(start + NEXT_HEADER);
  const field = view.getUint16(start + FRAGMENT_FIELD);
  walk.start = start + FRAGMENT_HEADER_LENGTH;
  walk.fragmentOffset = field & 0xfff8;
  walk.fragmentMore = (field & 1) !== 0;
  if (walk.fragmentOffset === 0 && !walk.fragmentMore) return followProtocol(walk, protocol);
  walk.fragmentId = view.getUint32(start + FRAGMENT_ID);
  walk.fragmentProtocol = protocol;
  walk.packet.protocol = protocol;
  return Layer.fragment;
}

/** Jumbo payload option, RFC 2675: the length behind the IPv6 header where the header's own field is zero. */
function readJumboLength(walk: Walk, end: number): void {
  const { view, start, packet } = walk;
  walk.lengthOpen = false;
  let at = start + OPTIONS;
  while (at + 2 <= end) {
    const type = view.getUint8(at);
    if (type === PAD_1) {
      at++;
      continue;
    }
    const length = view.getUint8(at + 1);
    if (type === JUMBO_PAYLOAD) {
      const payload = length === 4 && at + 6 <= end ? view.getUint32(at + 2) : 0;
      if (payload < SMALLEST_JUMBO || start + payload > walk.wireEnd) {
        walk.odd("ipv6-jumbo-invalid");
        return;
      }
      packet.ipLength += start + payload - walk.wireEnd;
      walk.wireEnd = start + payload;
      if (walk.wireEnd < walk.end) walk.end = walk.wireEnd;
      return;
    }
    at += 2 + length;
  }
  walk.odd("ipv6-payload-length-zero");
}

/** Authentication header, RFC 4302: integrity only, so what follows can be read. Its length counts words less two. */
export function authentication(walk: Walk): Layer {
  const { view, start } = walk;
  if (walk.end - start < AUTHENTICATION_FIXED_LENGTH) return walk.odd("ah-header-cut");
  const length = (view.getUint8(start + LENGTH) + 2) * 4;
  if (length < AUTHENTICATION_FIXED_LENGTH) return walk.odd("ah-header-invalid");
  if (start + length > walk.end) return walk.odd("ah-header-cut");
  walk.start = start + length;
  return followProtocol(walk, view.getUint8(start + NEXT_HEADER));
}
