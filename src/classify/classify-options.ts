import type { CaptureError } from "../capture/errors.ts";
import type { CaptureInput } from "../capture/inputs.ts";
import type { EndpointHistory } from "../endpoints/history.ts";
import type { Timeouts } from "../flows/end-rule.ts";
import type { Site } from "../site/site.ts";
import type { PacketName } from "./followed-packet.ts";
import type { JudgedFlow } from "./judged-flow.ts";
import type { RunProgress } from "./run-summary.ts";

export interface ClassifyOptions {
  /** Captures that are judged together, in any order, as `expandInputs` gives them. A stream is read once. */
  readonly inputs: readonly CaptureInput[];
  /** Where links and addresses are; `defaultSite` declares nothing, and paths to the outside are unknown then. */
  readonly site: Site;
  /** The endpoint lists to judge by; of the site's cloud, if it names one. */
  readonly history: EndpointHistory;
  /** Captures that were asked for and are not there: what they held is not known to be absent. */
  readonly missing?: readonly CaptureError[] | undefined;
  /** Which endpoint list judges, as `EndpointHistory.at` takes it: undefined for the one in force when the flow began. */
  readonly asOf?: number | string | undefined;
  /** Silence that ends a flow: an hour of TCP, five minutes of UDP, and no bound for one row, when left out. */
  readonly timeouts?: Timeouts | undefined;
  /** Longest time in seconds that the directions of a moving flow may differ; 200 when left out. */
  readonly convergeSeconds?: number | undefined;
  /** Most live flows; beyond it those silent longest end early. 4,000,000 when left out. */
  readonly maxFlows?: number | undefined;
  /**
   * Takes each flow, in the order in which flows end. What is wanted of it is asked for before this returns, not after an
   * `await`. `followed` is true of the flow that `followPacket` asks for.
   */
  onFlow(flow: JudgedFlow, followed: boolean): void;
  /** A packet by its number in a capture of `inputs`, whose flow `onFlow` is told as `followed`. */
  readonly followPacket?: PacketName | undefined;
  /** Awaited between chunks of input, and now and then between flows: a slow reader of the rows slows the run down. */
  drain?(): Promise<void> | undefined;
  /** Called between chunks. */
  onProgress?(progress: RunProgress): void;
  /** True: stop reading and finish what there is. */
  stopped?(): boolean;
  /** Ends the run as `stopped` does, also while it waits for input. */
  readonly signal?: AbortSignal | undefined;
}

/** Live flows that are followed at once, unless the caller says otherwise: about 1 GB of records. */
export const DEFAULT_MAX_FLOWS = 4_000_000;
