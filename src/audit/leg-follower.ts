import { DEFAULT_MAX_FLOWS } from "../classify/classify-options.ts";
import { FlowReading, type ReadingSurroundings } from "../classify/flow-reading.ts";
import { endedRecognition } from "../classify/leg-records.ts";
import { SweepPace } from "../classify/sweep-pace.ts";
import type { Recognition } from "../protocols/recognition.ts";
import type { AuditSettings } from "./settings.ts";

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
  readonly #pace = new SweepPace();

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
    if (this.#pace.isDue(settled, reading.packets, table.live)) {
      reading.noteBgpLinks();
      observer.sweep(Number.POSITIVE_INFINITY, this.#disorderSeconds);
    }
    this.evicted += table.evict(this.#maxFlows);
  }

  endAll(): void {
    this.reading.observer.table.endAll();
  }
}
