import { keepAddresses } from "./ethernet.ts";
import { Layer, type Walk } from "./walk.ts";

// Frame control, first byte.
const TYPE = 0x0c;
const TYPE_DATA = 0x08;
const SUBTYPE_NO_DATA = 0x40;
const SUBTYPE_QOS = 0x80;
// Frame control, second byte.
const TO_DS = 0x01;
const FROM_DS = 0x02;
const MORE_FRAGMENTS = 0x04;
const PROTECTED = 0x40;
const ORDER = 0x80;

// Offsets in bytes from the start of the header.
const FLAGS = 1;
const ADDRESS_1 = 4;
const ADDRESS_2 = 10;
const ADDRESS_3 = 16;
const SEQUENCE_CONTROL = 22;
const ADDRESS_4 = 24;
const HEADER_LENGTH = 24;
const HEADER_LENGTH_4_ADDRESSES = 30;

const QOS_CONTROL_LENGTH = 2;
const HT_CONTROL_LENGTH = 4;
const QOS_AGGREGATE = 0x80;
const SUBFRAME_HEADER_LENGTH = 14;

/** `walk.code` of a frame whose header is padded to four bytes before its body (a radiotap flag). */
export const WIFI_PADDED = 1;

/** 802.11 data frames in the clear, IEEE 802.11, 9.3.2. Management and control frames hold no IP. */
export function wifi(walk: Walk): Layer {
  const { view, start, end } = walk;
  const padded = walk.code === WIFI_PADDED;
  if (end - start < 2) return walk.odd("wifi-header-cut");
  const control = view.getUint8(start);
  const flags = view.getUint8(start + FLAGS);
  if ((control & TYPE) !== TYPE_DATA || (control & SUBTYPE_NO_DATA) !== 0) return Layer.done;
  const toDs = (flags & TO_DS) !== 0;
  const fromDs = (flags & FROM_DS) !== 0;
  const qos = (control & SUBTYPE_QOS) !== 0;
  let length = toDs && fromDs ? HEADER_LENGTH_4_ADDRESSES : HEADER_LENGTH;
  const qosControl = start + length;
  if (qos) length += QOS_CONTROL_LENGTH;
  if (qos && (flags & ORDER) !== 0) length += HT_CONTROL_LENGTH;
  if (padded) length = (length + 3) & ~3;
  if (start + length > end) return walk.odd("wifi-header-cut");
  if ((flags & PROTECTED) !== 0) return walk.odd("wifi-encrypted");
  const fragment = view.getUint8(start + SEQUENCE_CONTROL) & 15;
  if (fragment !== 0 || (flags & MORE_FRAGMENTS) !== 0) return walk.odd("wifi-fragment");
  walk.start = start + length;
  if (qos && (view.getUint8(qosControl) & QOS_AGGREGATE) !== 0) return firstSubframe(walk);
  if (walk.outermost) {
    const destination = start + (toDs ? ADDRESS_3 : ADDRESS_1);
    keepAddresses(walk, destination, start + sourceOffset(toDs, fromDs));
  }
  return Layer.llc;
}

function sourceOffset(toDs: boolean, fromDs: boolean): number {
  if (!fromDs) return ADDRESS_2;
  return toDs ? ADDRESS_4 : ADDRESS_3;
}

/**
 * An aggregate holds several frames: destination, source, length, LLC each. Only the first is followed. The addresses before it
 * are those of the stations in the air: in the third one's place stands the access point's own (IEEE 802.11, table 9-30).
 */
function firstSubframe(walk: Walk): Layer {
  const { view, start } = walk;
  if (walk.end - start < SUBFRAME_HEADER_LENGTH) return walk.odd("wifi-header-cut");
  if (walk.outermost) keepAddresses(walk, start, start + 6);
  const length = view.getUint16(start + 12);
  walk.start = start + SUBFRAME_HEADER_LENGTH;
  const more = walk.start + length + SUBFRAME_HEADER_LENGTH < walk.wireEnd;
  walk.wireEnd = Math.min(walk.wireEnd, walk.start + length);
  walk.end = Math.min(walk.end, walk.wireEnd);
  if (more) walk.odd("wifi-amsdu");
  return Layer.llc;
}
