import type { Application } from "../words.ts";
import type { Confidence, Recognition } from "./recognition.ts";

/** What a flow is, and by which rule. */
export interface UdpDecision {
  readonly application: Application;
  readonly confidence: Confidence;
  readonly rule: string;
  readonly firstPacket: number;
  /** What another protocol's own reader found, when it decided. */
  readonly names?: Recognition;
}
