import type { Frame } from "./frame.ts";
import { BlockType } from "./pcapng-blocks.ts";
import { type RawOption, readOptions } from "./pcapng-options.ts";

/** Bytes of an enhanced packet block, or of the obsolete packet block, before its packet. */
const BEFORE_PACKET = 28;
/** Where the captured length stands among them. */
const CAPTURED = 20;
/** Where the packet block says how many packets were lost before it. */
const OBSOLETE_DROPS = 10;
const DROPS_NOT_KNOWN = 0xffff;

/** The options of a packet, as they stand in its block. */
export interface PacketOptions {
  readonly littleEndian: boolean;
  /** True of the format's first packet block, which has fewer of them. */
  readonly obsolete: boolean;
  /** What that first block has before its packet: packets lost since the one before; undefined where nobody knows. */
  readonly drops: number | undefined;
  readonly options: readonly RawOption[];
}

/**
 * The options that a packet of a pcapng file has. Read from the block around the packet only when somebody asks: the reader
 * passes over them. Undefined where it has none, as in a simple packet block: there the block's own length, which is more
 * than the packet's, stands where the packet's is looked for.
 */
export function packetOptions({ view, start, end }: Frame): PacketOptions | undefined {
  const at = start - BEFORE_PACKET;
  if (at < 0) return undefined;
  const littleEndian = isPacketBlock(view.getUint32(at, true));
  if (!littleEndian && !isPacketBlock(view.getUint32(at))) return undefined;
  const length = view.getUint32(at + 4, littleEndian);
  const optionsAt = end + ((4 - ((end - start) & 3)) & 3);
  const blockEnd = at + length - 4;
  if (view.getUint32(at + CAPTURED, littleEndian) !== end - start || blockEnd < optionsAt) return undefined;
  if (blockEnd + 4 > view.byteLength || view.getUint32(blockEnd, littleEndian) !== length) return undefined;
  const obsolete = view.getUint32(at, littleEndian) === BlockType.obsoletePacket;
  const drops = obsolete ? view.getUint16(at + OBSOLETE_DROPS, littleEndian) : DROPS_NOT_KNOWN;
  return {
    littleEndian,
    obsolete,
    drops: drops === DROPS_NOT_KNOWN ? undefined : drops,
    options: readOptions(view, optionsAt, blockEnd, littleEndian),
  };
}

function isPacketBlock(type: number): boolean {
  return type === BlockType.enhancedPacket || type === BlockType.obsoletePacket;
}
