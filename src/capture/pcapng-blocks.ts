/** Block types, draft-ietf-opsawg-pcapng, section 11.1. */
export const BlockType = {
  interfaceDescription: 1,
  obsoletePacket: 2,
  simplePacket: 3,
  nameResolution: 4,
  interfaceStatistics: 5,
  enhancedPacket: 6,
  irigTimestamp: 7,
  arinc429: 8,
  systemdJournal: 9,
  decryptionSecrets: 10,
  custom: 0x0bad,
  customNotCopied: 0x40000bad,
  sectionHeader: 0x0a0d0d0a,
} as const;

/** Value of the byte-order magic field when it is read in the section's own byte order. */
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Type, total length and total length once more. */
export const SMALLEST_BLOCK = 12;
export const SECTION_HEADER_LENGTH = 28;

/** Longest block whose content is read: a packet with its options, interfaces, names. */
export const MAX_BLOCK_LENGTH: number = 524_288;
/** Longest block of a known type that is passed over; a longer one is taken for damage. */
const MAX_PASSED_BLOCK_LENGTH: number = 67_108_864;

/** Bytes around the variable part of the blocks that have a least size. */
const LEAST_LENGTHS = new Map<number, number>([
  [BlockType.interfaceDescription, 20],
  [BlockType.obsoletePacket, 32],
  [BlockType.simplePacket, 16],
  [BlockType.nameResolution, 12],
  [BlockType.interfaceStatistics, 24],
  [BlockType.enhancedPacket, 32],
  [BlockType.irigTimestamp, 12],
  [BlockType.arinc429, 12],
  [BlockType.systemdJournal, 12],
  [BlockType.decryptionSecrets, 20],
  [BlockType.custom, 16],
  [BlockType.customNotCopied, 16],
  [BlockType.sectionHeader, SECTION_HEADER_LENGTH],
]);

/** Shortest block of a type that can be right; `undefined` for types that are not known. */
export function leastLength(type: number): number | undefined {
  return LEAST_LENGTHS.get(type);
}

/** Blocks that are no packets but have a number in Wireshark (4.0): journal entries, custom blocks, system calls. */
const NUMBERED = new Set<number>([
  BlockType.systemdJournal,
  BlockType.custom,
  BlockType.customNotCopied,
  0x204,
  0x216,
  0x221,
]);

export function isNumberedRecord(type: number): boolean {
  return NUMBERED.has(type);
}

/**
 * Longest block of a type that is believed. Blocks that hold packets, or what packets need, are never passed over
 * unread; a very long block of a type that nobody knows is rather damage.
 */
export function longestBelieved(type: number): number {
  switch (type) {
    case BlockType.nameResolution:
    case BlockType.systemdJournal:
    case BlockType.decryptionSecrets:
    case BlockType.custom:
    case BlockType.customNotCopied:
      return MAX_PASSED_BLOCK_LENGTH;
    default:
      // Sysdig's range, and types for local use (section 11.1).
      return (type >= 0x200 && type < 0x300) || type >= 0x80000000
        ? MAX_PASSED_BLOCK_LENGTH
        : MAX_BLOCK_LENGTH;
  }
}

/** Byte order of the section whose header block begins at `at` (12 bytes are there); undefined: it is broken. */
export function sectionByteOrder(view: DataView, at: number): "little" | "big" | undefined {
  if (view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC) return "little";
  return view.getUint32(at + 8, false) === BYTE_ORDER_MAGIC ? "big" : undefined;
}

/**
 * Versions that are read: 1.0, and 1.2, which a reader shall take for 1.0 (section 4.1). Another minor version
 * may hold what cannot be understood.
 */
export function isKnownSectionVersion(major: number, minor: number): boolean {
  return major === 1 && (minor === 0 || minor === 2);
}
