import type { Frame } from "./frame.ts";
import { BlockType } from "./pcapng-blocks.ts";
import { readComments } from "./pcapng-options.ts";

/** Bytes of an enhanced packet block, or of the obsolete packet block, before its packet. */
const BEFORE_PACKET = 28;
/** Where the captured length stands among them. */
const CAPTURED = 20;

/**
 * The comments that a packet of a pcapng file has, as their bytes. Read from the block around the packet only when somebody
 * asks: the reader passes over them. A packet without a time (a simple packet block) has none.
 */
export function packetComments({ view, start, end, timed }: Frame): Uint8Array[] {
  const at = start - BEFORE_PACKET;
  if (!timed || at < 0) return [];
  const littleEndian = isPacketBlock(view.getUint32(at, true));
  if (!littleEndian && !isPacketBlock(view.getUint32(at))) return [];
  const length = view.getUint32(at + 4, littleEndian);
  const optionsAt = end + ((4 - ((end - start) & 3)) & 3);
  const blockEnd = at + length - 4;
  if (view.getUint32(at + CAPTURED, littleEndian) !== end - start || blockEnd < optionsAt) return [];
  if (blockEnd + 4 > view.byteLength || view.getUint32(blockEnd, littleEndian) !== length) return [];
  return readComments(view, optionsAt, blockEnd, littleEndian);
}

function isPacketBlock(type: number): boolean {
  return type === BlockType.enhancedPacket || type === BlockType.obsoletePacket;
}
