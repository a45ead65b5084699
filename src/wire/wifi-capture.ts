import { layerOfLinkType } from "./link-type.ts";
import { Layer, type Walk } from "./walk.ts";
import { WIFI_PADDED } from "./wifi.ts";

// Radiotap (radiotap.org): version, padding, length, then words of presence bits. All little-endian.
const RADIOTAP_LENGTH = 2;
const RADIOTAP_PRESENT = 4;
const RADIOTAP_FIXED_LENGTH = 8;
const HAS_TIMER = 1;
const HAS_FLAGS = 2;
const MORE_WORDS = 0x80000000;
const TIMER_LENGTH = 8;
const FLAG_CHECK_SEQUENCE = 0x10;
const FLAG_PADDED = 0x20;
const CHECK_SEQUENCE_LENGTH = 4;

/** The radiotap header before an 802.11 frame. */
export function radiotap(walk: Walk): Layer {
  const { view, start, end } = walk;
  if (end - start < RADIOTAP_FIXED_LENGTH) return walk.odd("wifi-header-cut");
  const length = view.getUint16(start + RADIOTAP_LENGTH, true);
  if (length < RADIOTAP_FIXED_LENGTH || start + length > end) return walk.odd("wifi-header-cut");
  const flags = radiotapFlags(view, start, start + length);
  walk.start = start + length;
  walk.code = (flags & FLAG_PADDED) === 0 ? 0 : WIFI_PADDED;
  if ((flags & FLAG_CHECK_SEQUENCE) !== 0) {
    walk.wireEnd = Math.max(walk.start, walk.wireEnd - CHECK_SEQUENCE_LENGTH);
    walk.end = Math.min(walk.end, walk.wireEnd);
  }
  return Layer.wifi;
}

/** The flags field is the second one, behind the timer that is aligned to its size. */
function radiotapFlags(view: DataView, start: number, end: number): number {
  const present = view.getUint32(start + RADIOTAP_PRESENT, true);
  if ((present & HAS_FLAGS) === 0) return 0;
  let at = start + RADIOTAP_FIXED_LENGTH;
  let word = present;
  while ((word & MORE_WORDS) !== 0) {
    if (at + 4 > end) return 0;
    word = view.getUint32(at, true);
    at += 4;
  }
  if ((present & HAS_TIMER) !== 0) at = start + (((at - start + 7) & ~7) + TIMER_LENGTH);
  return at < end ? view.getUint8(at) : 0;
}

// Per-Packet Information: version, flags, length, link type of what follows. All little-endian.
const PPI_LENGTH = 2;
const PPI_LINK_TYPE = 4;
const PPI_FIXED_LENGTH = 8;

/** LINKTYPE_PPI: a header that names the link type behind it. */
export function ppi(walk: Walk): Layer {
  const { view, start } = walk;
  if (walk.end - start < PPI_FIXED_LENGTH) return walk.odd("link-header-cut");
  const length = view.getUint16(start + PPI_LENGTH, true);
  if (length < PPI_FIXED_LENGTH || start + length > walk.end) return walk.odd("link-header-cut");
  const linkType = view.getUint32(start + PPI_LINK_TYPE, true);
  walk.start = start + length;
  walk.code = 0;
  return layerOfLinkType(walk, linkType);
}

const PRISM_LENGTH = 4;
const PRISM_FIXED_LENGTH = 8;
/** Magic number of the header that took Prism's place under the same link type: 0x80211001 and later. */
const AVS_MAGIC = 0x80211000;

/** LINKTYPE_IEEE802_11_PRISM: message code and length, in either byte order. */
export function prism(walk: Walk): Layer {
  const { view, start } = walk;
  if (walk.end - start < PRISM_FIXED_LENGTH) return walk.odd("wifi-header-cut");
  if ((view.getUint32(start) & 0xfffff000) >>> 0 === AVS_MAGIC) return Layer.avs;
  const little = view.getUint32(start + PRISM_LENGTH, true);
  const length = little <= walk.end - start ? little : view.getUint32(start + PRISM_LENGTH);
  return behindHeader(walk, length);
}

/** LINKTYPE_IEEE802_11_AVS: version and length, big-endian. */
export function avs(walk: Walk): Layer {
  const { view, start } = walk;
  if (walk.end - start < PRISM_FIXED_LENGTH) return walk.odd("wifi-header-cut");
  return behindHeader(walk, view.getUint32(start + PRISM_LENGTH));
}

function behindHeader(walk: Walk, length: number): Layer {
  if (length < PRISM_FIXED_LENGTH || length > walk.end - walk.start) return walk.odd("wifi-header-cut");
  walk.start += length;
  walk.code = 0;
  return Layer.wifi;
}
