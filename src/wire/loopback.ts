import { Layer, type Walk } from "./walk.ts";

const FAMILY_LENGTH = 4;
const PFLOG_LENGTH = 0;
const PFLOG_FAMILY = 1;
const ENC_HEADER_LENGTH = 12;

/** LINKTYPE_NULL and LINKTYPE_LOOP: the address family in the byte order of whoever captured, or of the network. */
export function loopback(walk: Walk): Layer {
  const { start } = walk;
  if (walk.end - start < FAMILY_LENGTH) return walk.odd("link-header-cut");
  walk.start = start + FAMILY_LENGTH;
  return followFamily(walk, familyAt(walk, start));
}

/** LINKTYPE_ENC: OpenBSD's view into IPsec, behind the decryption. */
export function enc(walk: Walk): Layer {
  const { start } = walk;
  if (walk.end - start < ENC_HEADER_LENGTH) return walk.odd("link-header-cut");
  walk.start = start + ENC_HEADER_LENGTH;
  return followFamily(walk, familyAt(walk, start));
}

/** LINKTYPE_PFLOG: a header whose first byte is its length, rounded up to four bytes. */
export function pflog(walk: Walk): Layer {
  const { view, start } = walk;
  if (walk.end - start < 2) return walk.odd("link-header-cut");
  const length = (view.getUint8(start + PFLOG_LENGTH) + 3) & ~3;
  if (length < FAMILY_LENGTH || start + length > walk.end) return walk.odd("link-header-cut");
  const family = view.getUint8(start + PFLOG_FAMILY);
  walk.start = start + length;
  return followFamily(walk, family);
}

function familyAt(walk: Walk, at: number): number {
  const family = walk.view.getUint32(at);
  return family > 0xffff ? walk.view.getUint32(at, true) : family;
}

/** AF_INET is 2 everywhere; AF_INET6 is 10 on Linux, 23 on Windows, 24, 28 and 30 on the BSDs and macOS. */
function followFamily(walk: Walk, family: number): Layer {
  switch (family) {
    case 2:
      return Layer.ipv4;
    case 10:
    case 23:
    case 24:
    case 28:
    case 30:
      return Layer.ipv6;
    default:
      return walk.odd("link-protocol-unsupported");
  }
}
