import { DEFAULT_MAX_FLOWS } from "../classify/classify-options.ts";
import { FlowReading, type ReadingSurroundings } from "../classify/flow-reading.ts";
import { endedRecognition } from "../classify/leg-records.ts";
import type { Recognition } from "../protocols/recognition.ts";
import type { AuditSettings } from "./settings.ts";

/** Capture seconds between two looks for idle flows. */
const SWEEP_SECONDS = 10;

export interface FollowerSurroundings extends Pick<ReadingSurroundings, "several" | "pointOf"> {
  readonly settings: AuditSettings;
  /** By how much packets of the captures come later than others before them, seconds. */
  readonly disorderSeconds: number;
  /** Takes an ended flow, whose record lives until this returns. */
  ended(flow: number, recognition: Recognition | undefined): void;
}

/** Follows frames into flows and hands on each as it ends, as `classify` does, but for judging. */
export class LegFollower {
  readonly reading: FlowReading;
  /** True while only lessons are learned: flows that end are dropped. */
  learning = false;
  /** Flows that ended early because there were too many. */
  evicted = 0;
  readonly #maxFlows: number;
  readonly #disorderSeconds: number;
  #sweptAt = 0;
  #sweptPackets = 0;

  constructor(surroundings: FollowerSurroundings) {
    const { settings, several, disorderSeconds } = surroundings;
    this.#disorderSeconds = disorderSeconds;
    this.#maxFlows = settings.maxFlows ?? DEFAULT_MAX_FLOWS;
    this.reading = new FlowReading({
      site: settings.site,
      timeouts: settings.timeouts,
      several,
      pointOf: (capture, interfaceIndex) => surroundings.pointOf(capture, interfaceIndex),
      ended: (flow) => {
        const { observer, lone } = this.reading;
        if (!this.learning)
          surroundings.ended(flow, endedRecognition(observer, flow) ?? lone.recognition(flow));
        this.reading.release(flow);
      },
    });
  }

  /** Ends what is over and what is too much; to be called between chunks of input. */
  sweep(): void {
    const { reading } = this;
    const { observer } = reading;
    const { settled, table } = observer;
    const isDue = Math.abs(settled - this.#sweptAt) >= SWEEP_SECONDS;
    if (isDue && reading.packets - this.#sweptPackets >= table.live) {
      this.#sweptAt = settled;
      this.#sweptPackets = reading.packets;
      reading.noteBgpLinks();
      observer.sweep(Number.POSITIVE_INFINITY, this.#disorderSeconds);
    }
    if (table.live <= this.#maxFlows) return;
    const excess = table.oldest(table.live - Math.floor(this.#maxFlows * 0.9));
    this.evicted += excess.length;
    for (const flow of excess) table.end(flow);
  }

  endAll(): void {
    this.reading.observer.table.endAll();
  }
}
