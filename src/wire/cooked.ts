import { followEtherType } from "./ether-type.ts";
import { LINK_PLACES, NO_ADDRESS, SENT_BY_HOST } from "./packet.ts";
import { Layer, type Walk } from "./walk.ts";

// LINKTYPE_LINUX_SLL
const TYPE = 0;
const HARDWARE_TYPE = 2;
const ADDRESS_LENGTH = 4;
const ADDRESS = 6;
const PROTOCOL = 14;
const COOKED_HEADER_LENGTH = 16;

// LINKTYPE_LINUX_SLL2
const PROTOCOL_2 = 0;
const INTERFACE_2 = 4;
const HARDWARE_TYPE_2 = 8;
const TYPE_2 = 10;
const ADDRESS_LENGTH_2 = 11;
const ADDRESS_2 = 12;
const COOKED2_HEADER_LENGTH = 20;

const SENT_BY_US = 4;
const HARDWARE_ETHERNET = 1;
/** Linux's own numbers below the EtherTypes; the others hold no IP. */
const LLC_FRAME = 0x0004;

/** Linux cooked capture. It has the source address only. */
export function cooked(walk: Walk): Layer {
  const { view, start } = walk;
  if (walk.end - start < COOKED_HEADER_LENGTH) return walk.odd("link-header-cut");
  noteWay(walk, view.getUint16(start + TYPE), 0);
  if (view.getUint16(start + HARDWARE_TYPE) === HARDWARE_ETHERNET) {
    if (view.getUint16(start + ADDRESS_LENGTH) === 6) keepSource(walk, start + ADDRESS);
  }
  walk.start = start + COOKED_HEADER_LENGTH;
  return followCookedProtocol(walk, view.getUint16(start + PROTOCOL));
}

/** Linux cooked capture, version 2. */
export function cooked2(walk: Walk): Layer {
  const { view, start } = walk;
  if (walk.end - start < COOKED2_HEADER_LENGTH) return walk.odd("link-header-cut");
  noteWay(walk, view.getUint8(start + TYPE_2), view.getUint32(start + INTERFACE_2));
  if (view.getUint16(start + HARDWARE_TYPE_2) === HARDWARE_ETHERNET) {
    if (view.getUint8(start + ADDRESS_LENGTH_2) === 6) keepSource(walk, start + ADDRESS_2);
  }
  walk.start = start + COOKED2_HEADER_LENGTH;
  return followCookedProtocol(walk, view.getUint16(start + PROTOCOL_2));
}

/** A router's packets come in by one interface and go out by another, or by the same; version 1 tells the way alone. */
function noteWay({ packet }: Walk, type: number, interfaceIndex: number): void {
  packet.linkOutgoing = type === SENT_BY_US;
  packet.linkInterface = interfaceIndex;
  packet.linkPlace = 1 + ((2 * interfaceIndex + (packet.linkOutgoing ? 1 : 0)) % (LINK_PLACES - 1));
}

function keepSource(walk: Walk, at: number): void {
  const { view, packet } = walk;
  packet.hasMac = true;
  packet.destinationMacHigh = NO_ADDRESS;
  packet.destinationMacLow = packet.linkOutgoing ? SENT_BY_HOST : 0;
  packet.sourceMacHigh = view.getUint32(at) >>> 8;
  packet.sourceMacLow = view.getUint32(at + 2) & 0xffffff;
}

function followCookedProtocol(walk: Walk, protocol: number): Layer {
  if (protocol === LLC_FRAME) return Layer.llc;
  return protocol < 1536 ? Layer.done : followEtherType(walk, protocol);
}
