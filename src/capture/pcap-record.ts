// Offsets in bytes from the start of a record of a pcap file.
export const FRACTION = 4;
/** Bytes captured, and bytes on the wire; the other way round in some files. */
export const FIRST_LENGTH = 8;
export const SECOND_LENGTH = 12;
