/** Length of the file header of every pcap variant (draft-ietf-opsawg-pcap, section 4). */
export const PCAP_HEADER_LENGTH = 24;

const MICROSECOND_MAGIC = 0xa1b2c3d4;
const NANOSECOND_MAGIC = 0xa1b23c4d;
/** Written by a patched libpcap of the late nineties: longer record headers. */
const MODIFIED_MAGIC = 0xa1b2cd34;

// Offsets in bytes from the start of the file.
const MAJOR_VERSION = 4;
const MINOR_VERSION = 6;
const SNAP_LENGTH = 16;
const LINK_TYPE = 20;

/** RFC 1573 interface types that AIX writes instead of link types, with the link type that each means. */
const AIX_LINK_TYPES = new Map([
  [6, 1],
  [9, 6],
  [15, 10],
  [24, 0],
]);

/** What the two length fields of a record header hold. */
export type LengthOrder = "captured-first" | "original-first" | "larger-is-original";

export interface PcapHeader {
  /** "pcap", "nanosecond pcap" or "modified pcap". */
  readonly format: string;
  readonly littleEndian: boolean;
  readonly majorVersion: number;
  readonly minorVersion: number;
  /** Time units in a second: 1,000,000 or 1,000,000,000. */
  readonly unitsPerSecond: number;
  /** Lengths of record headers that files of this magic number are known to have, the usual one first. */
  readonly recordHeaderLengths: readonly number[];
  readonly lengthOrder: LengthOrder;
  readonly snapLength: number;
  readonly linkType: number;
  /** Bits of the link type field that should be zero, shifted to the right. */
  readonly reservedBits: number;
  /** Bytes of the frame check sequence at the end of packets; undefined where the header does not say. */
  readonly frameCheckLength: number | undefined;
}

/** True when a file that begins so is a pcap file of some kind. */
export function isPcapMagic(bigEndianWord: number, littleEndianWord: number): boolean {
  return knownMagic(bigEndianWord) || knownMagic(littleEndianWord);
}

function knownMagic(word: number): boolean {
  return word === MICROSECOND_MAGIC || word === NANOSECOND_MAGIC || word === MODIFIED_MAGIC;
}

/** Reads the file header at `at`; the caller has seen the magic number, and that all 24 bytes are there. */
export function readPcapHeader(view: DataView, at: number): PcapHeader {
  const littleEndian = knownMagic(view.getUint32(at, true));
  const magic = view.getUint32(at, littleEndian);
  const majorVersion = view.getUint16(at + MAJOR_VERSION, littleEndian);
  const minorVersion = view.getUint16(at + MINOR_VERSION, littleEndian);
  const field = view.getUint32(at + LINK_TYPE, littleEndian);
  const linkType = field & 0xffff;
  // AIX's tcpdump says 2.2, counts nanoseconds under the magic number of microseconds, and has its own types.
  const aixLinkType =
    magic === MICROSECOND_MAGIC && majorVersion === 2 && minorVersion === 2
      ? AIX_LINK_TYPES.get(linkType)
      : undefined;
  const isAix = aixLinkType !== undefined;
  return {
    format: isAix ? "AIX pcap" : formatOf(magic),
    littleEndian,
    majorVersion,
    minorVersion,
    unitsPerSecond: magic === NANOSECOND_MAGIC || isAix ? 1_000_000_000 : 1_000_000,
    // 16: everybody. 24 and 28: the two patches of libpcap that share the modified magic number, of which the
    // first was also used with the usual one. 20: Nokia's, with the usual one.
    recordHeaderLengths:
      magic === MODIFIED_MAGIC ? [24, 28] : magic === MICROSECOND_MAGIC ? [16, 24, 20] : [16],
    lengthOrder: isAix ? "captured-first" : lengthOrderOf(majorVersion, minorVersion),
    snapLength: view.getUint32(at + SNAP_LENGTH, littleEndian),
    linkType: aixLinkType ?? linkType,
    reservedBits: (field >>> 16) & 0x03ff,
    // The top nibble is the length of the frame check sequence in words of two bytes, bit 26 says whether it is stated.
    frameCheckLength: (field & 0x0400_0000) === 0 ? undefined : (field >>> 28) * 2,
  };
}

function formatOf(magic: number): string {
  if (magic === NANOSECOND_MAGIC) return "nanosecond pcap";
  return magic === MODIFIED_MAGIC ? "modified pcap" : "pcap";
}

/** Before version 2.3 the two lengths stood the other way round, and 2.3 was written both ways. */
function lengthOrderOf(major: number, minor: number): LengthOrder {
  if (major !== 2 || minor >= 4) return "captured-first";
  return minor === 3 ? "larger-is-original" : "original-first";
}
