import type { TimeScale } from "./time-scale.ts";

/** Blocks of a pcapng capture that are no packets and that a watcher is shown. */
export type WatchedBlock = "section" | "interface" | "names" | "secrets";

/** Sees such blocks in their order, each before the packets behind it. */
export interface BlockWatcher {
  /**
   * `body` lies over what is between the block's two lengths, good until this returns; `interfaces` is how many the capture
   * has declared by then, this one among them. A capture that is opened again shows its blocks again.
   */
  block(kind: WatchedBlock, body: DataView, littleEndian: boolean, interfaces: number): void;
  /** Statistics of the interface with this index, whose clock is `scale`; `body` as above. */
  statistics(interfaceIndex: number, scale: TimeScale, body: DataView, littleEndian: boolean): void;
  /** One of a kind that is passed over: custom blocks, journal entries and the like. */
  other(): void;
  /** One that was too long to be read. */
  tooLong(kind: WatchedBlock): void;
}
