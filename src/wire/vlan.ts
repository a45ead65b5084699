import { followEtherType } from "./ether-type.ts";
import { addTag } from "./packet.ts";
import type { Layer, Walk } from "./walk.ts";

// Offsets in bytes behind the tag protocol identifier.
const CONTROL = 0;
const TYPE = 2;
const TAG_LENGTH = 4;
const VLAN_ID = 0x0fff;

/** One 802.1Q or 802.1ad tag, whichever identifier announced it. */
export function vlan(walk: Walk): Layer {
  const { view, start } = walk;
  if (walk.end - start < TAG_LENGTH) return walk.odd("vlan-tag-cut");
  if (walk.outermost) addTag(walk.packet, view.getUint16(start + CONTROL) & VLAN_ID);
  walk.start = start + TAG_LENGTH;
  return followEtherType(walk, view.getUint16(start + TYPE));
}
