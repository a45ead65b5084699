import type { FlowDetail } from "./flow-detail.ts";

/** Records of flows that have ended, wherever they are kept: in the table that followed them, or read from a file. */
export interface FlowRecords {
  readonly table: {
    /** Flows that have not ended. */
    readonly live: number;
    /** The page that holds a flow's record; its words start at `base(flow)`. */
    page(flow: number): Uint32Array;
    base(flow: number): number;
    /** One word of a flow's record. */
    word(flow: number, field: number): number;
  };
  detail(flow: number): FlowDetail | undefined;
  /** Forgets an ended flow; its number will name another one. */
  release(flow: number): void;
}
