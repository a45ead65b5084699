import type { CaptureMerge } from "../capture/merge.ts";
import type { FlowObserver } from "../flows/observer.ts";
import { CallDesk } from "./call-desk.ts";
import { CallHold } from "./call-hold.ts";
import { CallPart, callPartOf } from "./call-part.ts";
import type { ClassifyOptions } from "./classify-options.ts";
import type { ClockSurvey } from "./clock-survey.ts";
import { Finisher } from "./finisher.ts";
import type { FlowReading } from "./flow-reading.ts";
import type { FollowedPacket } from "./followed-packet.ts";
import { Judge } from "./judge.ts";
import type { JudgedFlow } from "./judged-flow.ts";
import { joinLegs } from "./join-legs.ts";
import { JoinedLegs, SingleLeg } from "./leg-group.ts";
import { LegRecords } from "./leg-records.ts";
import { settledTcp } from "./live-flows.ts";
import { lookupPlaces } from "./lookup-places.ts";

/** The flows of a run from their end on: they wait for each other, are judged, and go to whoever asked for them. */
export class EndedFlows {
  readonly finisher: Finisher;
  readonly judge: Judge;
  /** Flows that were handed on. */
  count = 0;
  readonly #observer: FlowObserver;
  readonly #records: LegRecords;
  /** Whatever ends now need not wait for its turn. */
  #isEnd = false;
  readonly #followed: FollowedPacket | undefined;
  readonly #onFlow: ClassifyOptions["onFlow"];

  constructor(
    options: ClassifyOptions,
    merge: CaptureMerge,
    clocks: ClockSurvey,
    reading: FlowReading,
    followed: FollowedPacket | undefined,
  ) {
    this.#followed = followed;
    this.#onFlow = (flow, followed) => options.onFlow(flow, followed);
    const { view, links, observer } = reading;
    this.#observer = observer;
    const clocksAre = (how: "aligned" | "comparable") => (x: number, y: number) => {
      const [one, other] = [merge.captures[x]?.input, merge.captures[y]?.input];
      return one !== undefined && other !== undefined && clocks[how](one, other);
    };
    const comparableClocks = clocksAre("comparable");
    this.judge = new Judge({
      view,
      links,
      names: reading.names,
      coverage: reading.coverage,
      convergeSeconds: options.convergeSeconds ?? 200,
      captureStatus: (capture) => merge.captures[capture]?.status ?? "ok",
      comparableClocks,
      isOneClock: clocksAre("aligned"),
    });
    const records = new LegRecords(observer, view, options.history, options.asOf, reading.lone);
    this.#records = records;
    const hold = new CallHold(observer, view);
    const desk = new CallDesk({
      view,
      judge: this.judge,
      liveOf: (addresses) =>
        settledTcp(observer, addresses).map((flow) => new JoinedLegs([records.liveLeg(flow)], undefined)),
      waiting: (seconds) => {
        const flows = this.finisher.begunBy(seconds);
        const parts = flows.filter((flow) => callPartOf(new SingleLeg(flow, records)) !== CallPart.none);
        if (!links.severalPlaces()) return parts.map((flow) => new SingleLeg(flow, records));
        return joinLegs(
          parts.map((flow) => records.leg(flow)),
          view.markers,
          [],
        );
      },
    });
    this.finisher = new Finisher(observer, view, {
      records,
      joins: () => links.severalPlaces(),
      lookups: (flow) => reading.lookups.of(flow),
      places: lookupPlaces(view, links, comparableClocks),
      release: (flow) => reading.release(flow),
      hold: (bound, waiting) => hold.bound(bound, waiting),
      finish: (groups, complete) => desk.finish(groups, complete, (judged) => this.#handOn(judged)),
    });
  }

  /**
   * A flow ended; its turn may come an hour later. What following its media takes is three times what was found of it: that is
   * asked at once.
   */
  add(flow: number): void {
    if (!this.#isEnd && this.#observer.detail(flow)?.mayBeMedia === true) this.#records.details(flow);
    this.finisher.add(flow);
  }

  /** The capture is over: so many flows end with it, and no flow waits any longer. */
  expectLast(count: number): void {
    this.#isEnd = true;
    this.finisher.expect(count);
  }

  #handOn(judged: JudgedFlow): void {
    this.count += 1;
    const followed = this.#followed;
    const isFollowed = followed !== undefined && followed.flow >= 0 && judged.has(followed.flow);
    if (isFollowed) followed.flow = -1; // the number will name another flow
    this.#onFlow(judged, isFollowed);
  }
}
