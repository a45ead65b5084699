import type { Modality } from "../words.ts";

/** A meaning that session signaling gave to a payload type. */
export interface SignaledCodec {
  readonly encodingName: string;
  /** Hz. */
  readonly clockRate: number | undefined;
  readonly modality: Modality | undefined;
}
