import { followEtherType } from "./ether-type.ts";
import { Layer, type Walk } from "./walk.ts";

const PBB_TAG_LENGTH = 4;

/**
 * Provider backbone bridging, IEEE 802.1ah: a service tag, then the customer's whole frame. Its VLAN tags
 * count behind those of the backbone.
 */
export function pbb(walk: Walk): Layer {
  if (walk.end - walk.start < PBB_TAG_LENGTH) return walk.odd("pbb-tag-cut");
  walk.start += PBB_TAG_LENGTH;
  return Layer.ethernet;
}

// IEEE 802.1AE, 9.3: control information and association number, short length, packet number, identifier.
const MACSEC_VERSION = 0x80;
const MACSEC_HAS_IDENTIFIER = 0x20;
const MACSEC_ENCRYPTED_OR_CHANGED = 0x0c;
const MACSEC_TAG_LENGTH = 6;
const MACSEC_IDENTIFIER_LENGTH = 8;
const MACSEC_CHECK_VALUE_LENGTH = 16;

/** MACsec. Only where neither encryption nor a changed text is announced can what follows be read. */
export function macsec(walk: Walk): Layer {
  const { view, start } = walk;
  if (walk.end - start < MACSEC_TAG_LENGTH) return walk.odd("macsec-tag-cut");
  const control = view.getUint8(start);
  if ((control & (MACSEC_VERSION | MACSEC_ENCRYPTED_OR_CHANGED)) !== 0) return walk.odd("macsec-encrypted");
  const identifier = (control & MACSEC_HAS_IDENTIFIER) === 0 ? 0 : MACSEC_IDENTIFIER_LENGTH;
  const type = start + MACSEC_TAG_LENGTH + identifier;
  if (type + 2 > walk.end) return walk.odd("macsec-tag-cut");
  walk.start = type + 2;
  walk.wireEnd = Math.max(walk.start, walk.wireEnd - MACSEC_CHECK_VALUE_LENGTH);
  walk.end = Math.min(walk.end, walk.wireEnd);
  return followEtherType(walk, view.getUint16(type));
}
