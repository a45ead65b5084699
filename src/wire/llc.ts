import { followEtherType } from "./ether-type.ts";
import { Layer, type Walk } from "./walk.ts";

const SNAP_SAP = 0xaa;
const UNNUMBERED_INFORMATION = 3;
const IP_SAP = 0x06;
const SNAP_HEADER_LENGTH = 8;
const LLC_HEADER_LENGTH = 3;
/** Organisations whose protocol identifier is an EtherType: RFC 1042, and 802.1H for bridges. */
const ENCAPSULATED_ETHERNET = 0x000000;
const BRIDGE_TUNNEL = 0x0000f8;

/** Logical Link Control, IEEE 802.2, with the SNAP extension. Other SAPs (spanning tree ...) hold no IP. */
export function llc(walk: Walk): Layer {
  const { view, start, end } = walk;
  if (end - start < LLC_HEADER_LENGTH) return start === end ? Layer.done : walk.odd("link-header-cut");
  const saps = view.getUint16(start);
  if (view.getUint8(start + 2) !== UNNUMBERED_INFORMATION) return Layer.done;
  if (saps === ((IP_SAP << 8) | IP_SAP)) {
    walk.start = start + LLC_HEADER_LENGTH;
    return Layer.ipv4;
  }
  if (saps !== ((SNAP_SAP << 8) | SNAP_SAP)) return Layer.done;
  if (end - start < SNAP_HEADER_LENGTH) return walk.odd("link-header-cut");
  const organisation = view.getUint32(start + 2) & 0xffffff;
  if (organisation !== ENCAPSULATED_ETHERNET && organisation !== BRIDGE_TUNNEL) return Layer.done;
  walk.start = start + SNAP_HEADER_LENGTH;
  const type = view.getUint16(start + 6);
  // A protocol identifier is never a length.
  return type < 1536 ? Layer.done : followEtherType(walk, type);
}
