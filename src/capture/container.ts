/** Largest packet that is believed, in bytes: what libpcap and Wireshark take as the upper bound, too. */
export const MAX_PACKET_LENGTH = 262_144;

/** Walks the records of one kind of capture file. */
export interface Container {
  /** Packets read so far. */
  readonly packets: number;
  /** Blocks that were passed over because nothing in them is needed; 0 for formats without blocks. */
  readonly passedBlocks: number;
  /**
   * Lays the frame over the next packet. False: nothing more among the buffered bytes; once the window has ended
   * this is the end, and what was left over has been reported.
   */
  step(): boolean;
  /**
   * Whether one of the next few packets, as far as they are buffered and nothing is broken among them, has a time of these
   * seconds. Nothing is stepped over or reported.
   */
  soonWithin(from: number, to: number): boolean;
}

/** So many packets `soonWithin` looks ahead. */
export const MOST_AHEAD = 4;
