import { Layer, type Walk } from "./walk.ts";

const HEADER_LENGTH = 4;
const ATTRIBUTE_HEADER_LENGTH = 4;
const PAYLOAD = 9;
/** More than netfilter knows; every attribute is at least 4 bytes long. */
const MAX_ATTRIBUTES = 64;

/** LINKTYPE_NFLOG: attributes in the byte order of whoever captured, one of which is the IP packet. */
export function nflog(walk: Walk): Layer {
  if (walk.end - walk.start < HEADER_LENGTH) return walk.odd("link-header-cut");
  if (findPayload(walk, true) || findPayload(walk, false)) return Layer.ip;
  return walk.odd("link-header-cut");
}

function findPayload(walk: Walk, littleEndian: boolean): boolean {
  const { view, end } = walk;
  let at = walk.start + HEADER_LENGTH;
  for (let i = 0; i < MAX_ATTRIBUTES && end - at >= ATTRIBUTE_HEADER_LENGTH; i++) {
    const length = view.getUint16(at, littleEndian);
    if (length < ATTRIBUTE_HEADER_LENGTH) return false;
    if (view.getUint16(at + 2, littleEndian) === PAYLOAD) {
      walk.start = at + ATTRIBUTE_HEADER_LENGTH;
      walk.wireEnd = Math.min(walk.wireEnd, at + length);
      walk.end = Math.min(end, walk.wireEnd);
      return true;
    }
    at += (length + 3) & ~3;
  }
  return false;
}
