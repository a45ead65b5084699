/** Signature of a link inside the network: that packets pass it, too, is no change of path. */
export const LOCAL_SIGNATURE = 1;

/** What link contexts (link-contexts.ts) say of a packet's path, as small numbers that are the same for the same answer. */
export interface PathSignatures {
  /** 0 for a context that says nothing, LOCAL_SIGNATURE for a link inside. */
  signature(context: number): number;
  /**
   * As `signature`, whatever BGP sessions may yet show of the context's link: other numbers, the same for one link whose
   * declared marks say the same. 0 while no BGP session was seen.
   */
  linkSignature(context: number): number;
}
