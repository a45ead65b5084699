const EMPTY = new DataView(new ArrayBuffer(0));

/**
 * One captured packet, laid over the reader's current chunk. A reader has a single frame and moves it:
 * whatever must outlive the next step is copied out.
 */
export class Frame {
  view: DataView = EMPTY;
  /** First captured byte, as an offset into `view`. */
  start = 0;
  /** One past the last captured byte. */
  end = 0;
  /** Length on the wire in bytes, at least `end - start`. */
  originalLength = 0;
  /** LINKTYPE_ value of the packet's interface. */
  linkType = 0;
  /** Index into the reader's `interfaces`; a new section goes on counting. */
  interfaceIndex = 0;
  /** False for packets without a time (pcapng simple packet blocks) and for times outside 1970 to 2106. */
  timed = false;
  /** Seconds since 1970-01-01 UTC, 0 to 4,294,967,295. */
  seconds = 0;
  /** 0 to 999,999,999. */
  nanoseconds = 0;
  /** Packet number in its capture, from 1, as Wireshark counts. */
  number = 0;
  /** Byte offset of the packet's record or block in the (decompressed) capture. */
  offset = 0;
}
