/** A capture interface. A classic pcap file has one, without a name. Texts have no control characters. */
export class CaptureInterface {
  /** Index into the reader's `interfaces`; a new section goes on counting. */
  readonly index: number;
  /** if_name, or undefined. */
  name: string | undefined = undefined;
  /** if_description, or undefined. */
  description: string | undefined = undefined;
  /** if_hardware, or undefined. */
  hardware: string | undefined = undefined;
  /** Capture filter as text (if_filter), or undefined. */
  filter: string | undefined = undefined;
  /** Bytes of the frame check sequence behind its packets, as the header of a pcap file says; otherwise undefined. */
  frameCheckLength: number | undefined = undefined;
  /** LINKTYPE_ value. */
  readonly linkType: number;
  /** Bytes kept of a packet at most; 0 when the capture states no limit. */
  readonly snapLength: number;
  /** True when its clock is finer than microseconds. */
  fineClock = false;
  /** Packets that the capture machine says it lost; undefined when it does not say. */
  dropped: number | undefined = undefined;
  /** Packets read from it so far. */
  packets = 0;

  constructor(index: number, linkType: number, snapLength: number) {
    this.index = index;
    this.linkType = linkType;
    this.snapLength = snapLength;
  }
}
