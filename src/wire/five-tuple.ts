/** Both ends of a flow, in whatever holds them: addresses of four words, as in `Packet`, and ports. */
export interface Ends {
  readonly source0: number;
  readonly source1: number;
  readonly source2: number;
  readonly source3: number;
  readonly destination0: number;
  readonly destination1: number;
  readonly destination2: number;
  readonly destination3: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

export interface FiveTuple extends Ends {
  readonly protocol: number;
}
