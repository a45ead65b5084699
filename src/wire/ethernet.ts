import { followEtherType } from "./ether-type.ts";
import { Layer, type Walk } from "./walk.ts";

// Offsets in bytes from the start of the frame.
const DESTINATION = 0;
const SOURCE = 6;
const TYPE = 12;

/** Size of an Ethernet header without tags. */
export const ETHERNET_HEADER_LENGTH = 14;

/** Ethernet, IEEE 802.3: destination, source, and a type or a length. */
export function ethernet(walk: Walk): Layer {
  const { view, start } = walk;
  if (walk.end - start < ETHERNET_HEADER_LENGTH) return walk.odd("ethernet-header-cut");
  if (walk.outermost) keepAddresses(walk, start + DESTINATION, start + SOURCE);
  walk.start = start + ETHERNET_HEADER_LENGTH;
  return followEtherType(walk, view.getUint16(start + TYPE));
}

/**
 * An Ethernet frame into which a switch chip put a tag of `walk.code` bytes behind the addresses
 * (LINKTYPE_DSA_TAG_BRCM, LINKTYPE_DSA_TAG_DSA, LINKTYPE_DSA_TAG_EDSA).
 */
export function switchTag(walk: Walk): Layer {
  const { view, start } = walk;
  const type = start + TYPE + walk.code;
  if (type + 2 > walk.end) return walk.odd("ethernet-header-cut");
  keepAddresses(walk, start + DESTINATION, start + SOURCE);
  walk.start = type + 2;
  return followEtherType(walk, view.getUint16(type));
}

/** Keeps the outermost frame's addresses, each at an offset with at least 6 captured bytes. */
export function keepAddresses(walk: Walk, destination: number, source: number): void {
  const { view, packet } = walk;
  if (packet.hasMac) return;
  packet.hasMac = true;
  packet.destinationMacHigh = view.getUint32(destination) >>> 8;
  packet.destinationMacLow = view.getUint32(destination + 2) & 0xffffff;
  packet.sourceMacHigh = view.getUint32(source) >>> 8;
  packet.sourceMacLow = view.getUint32(source + 2) & 0xffffff;
}
