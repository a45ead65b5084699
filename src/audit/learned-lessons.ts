import { ClockLine } from "../capture/clock-line.ts";
import { HOLD_SECONDS } from "../classify/finisher.ts";
import { FlowReading } from "../classify/flow-reading.ts";
import { lastSeconds } from "../flows/flow-span.ts";
import { BGP_PORT } from "../protocols/bgp-sessions.ts";
import type { Packet } from "../wire/packet.ts";
import type { Cards } from "./cards.ts";
import { LegLookups } from "./leg-lookups.ts";
import { LessonMerge } from "./lesson-merge.ts";
import type { AuditSettings } from "./settings.ts";
import type { ReportTask } from "./tasks.ts";
import { LATEST } from "./windows.ts";

export interface LessonSurroundings {
  readonly directory: string;
  readonly task: ReportTask;
  readonly settings: AuditSettings;
  readonly cards: Cards;
}

/** What all captures taught by a moment: names, lookups, and which links BGP sessions show. */
export class LearnedLessons {
  readonly reading: FlowReading;
  readonly lookups: LegLookups;
  readonly #s: LessonSurroundings;
  readonly #lessons: LessonMerge;
  /** Flows of lessons that ended, and whose legs may not have been judged yet. */
  #over: number[] = [];

  constructor(surroundings: LessonSurroundings) {
    this.#s = surroundings;
    const { settings, task, cards } = surroundings;
    this.reading = new FlowReading({
      site: settings.site,
      timeouts: settings.timeouts,
      several: task.several,
      pointOf: (capture, interfaceIndex) => cards.pointOf(capture, interfaceIndex),
      ended: (flow) => this.#over.push(flow),
    });
    this.reading.setClocks(task.captures.map(({ anchors }) => new ClockLine(anchors)));
    this.lookups = new LegLookups(this.reading.lookups);
    this.#lessons = this.#allLessons();
  }

  /** Learns which links BGP sessions show. */
  async begin(): Promise<void> {
    const { settings, task, cards } = this.#s;
    // A reading of its own: fragments that were put together once are copies when they come again.
    const first: FlowReading = new FlowReading({
      site: settings.site,
      several: task.several,
      pointOf: (capture, interfaceIndex) => cards.pointOf(capture, interfaceIndex),
      ended: (flow) => first.release(flow),
    });
    first.setClocks(task.captures.map(({ anchors }) => new ClockLine(anchors)));
    const lessons = this.#allLessons();
    try {
      do {
        while (lessons.next(LATEST)) {
          first.align(lessons.frame, lessons.capture);
          first.decode(lessons.frame);
          if (isBgp(first.packet)) first.follow(lessons.frame, lessons.capture);
        }
        first.observer.sweep(Number.POSITIVE_INFINITY);
      } while (await lessons.refill(LATEST));
    } finally {
      await lessons.close();
    }
    first.noteBgpLinks();
    const { view, links } = this.reading;
    if (first.view.site === settings.site) return;
    view.change(first.view.site);
    links.rejudge();
  }

  /** Learns names by a moment, seconds. */
  async learn(moment: number): Promise<void> {
    const { reading } = this;
    const { observer, packet } = reading;
    const lessons = this.#lessons;
    do {
      while (lessons.next(moment)) {
        reading.align(lessons.frame, lessons.capture);
        reading.decode(lessons.frame);
        if (isBgp(packet)) continue;
        const flow = reading.follow(lessons.frame, lessons.capture);
        if (flow >= 0) this.lookups.followed(observer, flow, observer.table.began);
      }
      observer.sweep(Number.POSITIVE_INFINITY);
    } while (await lessons.refill(moment));
  }

  /** Forgets flows of lessons that ended before the legs of a batch. */
  releaseBefore(moment: number): void {
    const { table } = this.reading.observer;
    const rest: number[] = [];
    for (const flow of this.#over) {
      if (lastSeconds(table.page(flow), table.base(flow)) + HOLD_SECONDS >= moment) rest.push(flow);
      else {
        this.lookups.released(flow);
        this.reading.release(flow);
      }
    }
    this.#over = rest;
    this.lookups.nextBatch();
  }

  async close(): Promise<void> {
    await this.#lessons.close();
  }

  #allLessons(): LessonMerge {
    const { directory, task } = this.#s;
    return new LessonMerge(
      directory,
      task.captures.map((capture, index) => ({ capture, index })),
    );
  }
}

function isBgp({ sourcePort, destinationPort }: Packet): boolean {
  return sourcePort === BGP_PORT || destinationPort === BGP_PORT;
}
