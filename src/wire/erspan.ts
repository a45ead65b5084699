import { mirroredFrame } from "./gre.ts";
import { Layer, type Walk } from "./walk.ts";

// draft-foschiano-erspan-03: 4 bits version, 12 bits VLAN; 3 bits class, 2 encapsulation, 1 truncated, 10 session.
const VLAN = 0;
const SESSION = 2;
const VLAN_ID = 0x0fff;
const SESSION_ID = 0x03ff;
const TYPE_2 = 1;
const TYPE_3 = 2;
const TYPE_2_HEADER_LENGTH = 8;
const TYPE_3_HEADER_LENGTH = 12;
const TYPE_3_FLAGS = 10;
const TYPE_3_HAS_SUBHEADER = 1;
const SUBHEADER_LENGTH = 8;
/** Frame type of type III: 0 is Ethernet, 2 is IP. */
const FRAME_TYPE_IP = 2;
/** The frame had an 802.1Q tag, which the mirror took off and wrote into its own header (type II). */
const TAG_TAKEN_OFF = 2;

/** ERSPAN type II and III: a mirrored frame with the session it belongs to. */
export function erspan(walk: Walk): Layer {
  const { view, start, packet } = walk;
  if (walk.end - start < TYPE_2_HEADER_LENGTH) return walk.odd("erspan-header-cut");
  const version = view.getUint16(start + VLAN) >>> 12;
  const vlan = view.getUint16(start + VLAN) & VLAN_ID;
  const session = view.getUint16(start + SESSION);
  let length = TYPE_2_HEADER_LENGTH;
  let frameType = 0;
  if (version === TYPE_3) {
    if (walk.end - start < TYPE_3_HEADER_LENGTH) return walk.odd("erspan-header-cut");
    const flags = view.getUint16(start + TYPE_3_FLAGS);
    length = TYPE_3_HEADER_LENGTH + ((flags & TYPE_3_HAS_SUBHEADER) === 0 ? 0 : SUBHEADER_LENGTH);
    frameType = (flags >>> 10) & 31;
  } else if (version !== TYPE_2) return walk.odd("gre-version-unsupported");
  if (start + length > walk.end) return walk.odd("erspan-header-cut");
  walk.start = start + length;
  packet.erspanSession = session & SESSION_ID;
  const layer = mirroredFrame(walk);
  if (version === TYPE_2 && ((session >>> 11) & 3) === TAG_TAKEN_OFF) {
    packet.vlanCount = 1;
    packet.vlanOuter = vlan;
  }
  return frameType === FRAME_TYPE_IP ? Layer.ip : layer;
}
