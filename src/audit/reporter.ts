import { join } from "node:path";
import { parseAddress } from "../address/address.ts";
import { ClockLine } from "../capture/clock-line.ts";
import { CallDesk } from "../classify/call-desk.ts";
import { APART_SECONDS, Finisher, HOLD_SECONDS } from "../classify/finisher.ts";
import { FlowReading } from "../classify/flow-reading.ts";
import { Judge } from "../classify/judge.ts";
import type { JudgedFlow } from "../classify/judged-flow.ts";
import { JoinedLegs, type LegGroup } from "../classify/leg-group.ts";
import { outsideRank } from "../classify/nat-legs.ts";
import { LegRecords } from "../classify/leg-records.ts";
import { lastSeconds } from "../flows/flow-span.ts";
import { BGP_PORT } from "../protocols/bgp-sessions.ts";
import type { Packet } from "../wire/packet.ts";
import type { Cards } from "./cards.ts";
import { LegLookups } from "./leg-lookups.ts";
import { LessonMerge } from "./lesson-merge.ts";
import { LoadedLegs } from "./loaded-legs.ts";
import type { OrderedLegs, StoredLeg } from "./ordered-legs.ts";
import { Spill } from "./spill.ts";
import type { AuditSettings } from "./settings.ts";
import type { CaptureSurvey, PlannedCapture, ReportTask } from "./tasks.ts";
import { LATEST } from "./windows.ts";

/** Most TCP flows that go on looked at for the calls of one batch. */
const MOST_LIVE = 10_000;
/** Judged flows of calls are kept until their turn, others are judged again: in so much of the memory, some 5 kB each. */
const JUDGED_SHARE = 1 / 64;
const JUDGED_BYTES = 5000;

export interface ReporterSurroundings {
  readonly directory: string;
  /** A folder for what does not fit into memory; the caller removes it. */
  readonly scratch: string;
  readonly task: ReportTask;
  readonly settings: AuditSettings;
  readonly cards: Cards;
  surveyOf(capture: number): CaptureSurvey | undefined;
  /** Names of captures that are not read. */
  readonly unread: readonly string[];
  readonly legs: OrderedLegs;
  /** What the report may take. */
  readonly memoryBytes: number | undefined;
  /** Takes each judged flow, in the order of rows. */
  take(judged: JudgedFlow): void;
}

/**
 * Judges legs as `classify` judges those that it followed itself: with the names, links and sessions that all captures
 * told of by then, batch by batch.
 */
export class Reporter {
  /** Learns the lessons; its links are those of all legs. */
  readonly reading: FlowReading;
  readonly judge: Judge;
  readonly #s: ReporterSurroundings;
  readonly #legs: LoadedLegs;
  readonly #live: LoadedLegs;
  readonly #records: LegRecords;
  readonly #liveRecords: LegRecords;
  readonly #finisher: Finisher;
  readonly #lessons: LessonMerge;
  #contexts: readonly Uint32Array[] = [];
  /** Numbers of TCP legs that go on when the batch is judged. */
  #goingOn: Uint32Array = NONE;
  readonly #liveLoaded: number[] = [];
  readonly #lookups: LegLookups;
  /** Flows of lessons that ended, and whose legs may not have been judged yet. */
  #over: number[] = [];

  constructor(surroundings: ReporterSurroundings) {
    this.#s = surroundings;
    const { settings, task, cards, scratch, memoryBytes = Infinity } = surroundings;
    const { history, asOf } = settings;
    this.#legs = new LoadedLegs(new Spill(join(scratch, "legs")));
    this.#live = new LoadedLegs(new Spill(join(scratch, "live")));
    this.reading = new FlowReading({
      site: settings.site,
      timeouts: settings.timeouts,
      several: task.several,
      pointOf: (capture, interfaceIndex) => cards.pointOf(capture, interfaceIndex),
      ended: (flow) => this.#over.push(flow),
    });
    this.#lookups = new LegLookups(this.reading.lookups);
    const { view, links, names, coverage } = this.reading;
    this.reading.setClocks(task.captures.map(({ anchors }) => new ClockLine(anchors)));
    for (const capture of task.captures.keys())
      if (isLossy(surroundings.surveyOf(capture))) coverage.lossy.add(capture);
    for (const name of surroundings.unread) coverage.unread.add(name);
    const isOneClock = (x: number, y: number): boolean =>
      x === y || haveOneClock(task.captures[x], task.captures[y]);
    const comparableClocks = (x: number, y: number): boolean =>
      x === y || haveComparableClocks(task.captures[x], task.captures[y]);
    this.judge = new Judge({
      view,
      links,
      names,
      coverage,
      convergeSeconds: settings.convergeSeconds ?? 200,
      captureStatus: (capture) => surroundings.surveyOf(capture)?.status ?? "ok",
      comparableClocks,
      isOneClock,
    });
    this.#records = new LegRecords(this.#legs, view, history, asOf);
    this.#liveRecords = new LegRecords(this.#live, view, history, asOf);
    this.#lessons = this.#allLessons();
    const desk = new CallDesk({
      view,
      judge: this.judge,
      liveOf: (addresses) => this.#liveOf(addresses),
      mostKept: (JUDGED_SHARE * memoryBytes) / JUDGED_BYTES,
    });
    const records = this.#records;
    this.#finisher = new Finisher(this.#legs, view, {
      records,
      joins: () => links.severalPlaces(),
      lookups: (flow) => this.#lookups.of(this.#legs, flow),
      places: {
        captureOf: (context) => links.pointOf(context)?.capture ?? -1,
        placeOf: (context) => links.place(context),
        hasPlace: (context) => links.contexts.hasMac(context) || links.contexts.vlanCount(context) > 0,
        comparableClocks,
        outsideRank: (leg) => outsideRank(leg, view.markers),
      },
      release: (flow) => {
        this.#lookups.unloaded(this.#legs, flow);
        this.#legs.release(flow);
      },
      hold: (bound) => bound,
      finish: (groups, complete) => desk.finish(groups, complete, (judged) => surroundings.take(judged)),
    });
  }

  /** Legs that were added and not judged yet. */
  get waiting(): number {
    return this.#finisher.waiting;
  }

  /** Whole seconds behind the newest leg by which a batch ends: legs of one flow that end about then are in one batch. */
  get lagSeconds(): number {
    return this.reading.links.severalPlaces() ? APART_SECONDS + 1 : 0;
  }

  /** Learns which links BGP sessions show; `contexts` are those of the leg files, as this reading's links number them. */
  async begin(contexts: readonly Uint32Array[]): Promise<void> {
    this.#contexts = contexts;
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

  /** Takes in a leg, by its number in the order. */
  add(leg: number): void {
    const flow = this.#load(this.#legs, this.#s.legs.leg(leg));
    this.#lookups.loaded(this.#legs, flow);
    this.#finisher.add(flow);
  }

  /** Judges what ended before a moment, seconds; everything that does was added, and what ends within `lagSeconds` of it. */
  async flush(moment: number): Promise<void> {
    await this.#learn(moment);
    const { legs } = this.#s;
    this.#goingOn = legs.goingOn(moment, legs.firstEndingFrom(moment), MOST_LIVE * 10);
    this.#finisher.flush(moment + HOLD_SECONDS);
    this.#goingOn = NONE;
    for (const flow of this.#liveLoaded.splice(0)) this.#live.release(flow);
    this.#releaseBefore(moment);
  }

  /** Judges the rest. */
  async finish(): Promise<void> {
    await this.#learn(LATEST);
    this.#legs.table.live = 0;
    this.#finisher.flush(Number.POSITIVE_INFINITY);
    await this.#lessons.close();
  }

  /** Lets go of the files that it holds open. */
  close(): void {
    this.#legs.close();
    this.#live.close();
  }

  #load(into: LoadedLegs, { facts, file, reused }: StoredLeg): number {
    const contexts = this.#contexts[file];
    if (contexts === undefined) throw new RangeError(`no leg file ${file}`);
    return into.load(facts, contexts, reused);
  }

  #allLessons(): LessonMerge {
    const { directory, task } = this.#s;
    return new LessonMerge(
      directory,
      task.captures.map((capture, index) => ({ capture, index })),
    );
  }

  /** Learns names by a moment. */
  async #learn(moment: number): Promise<void> {
    const { reading } = this;
    const { observer, packet } = reading;
    const lessons = this.#lessons;
    do {
      while (lessons.next(moment)) {
        reading.align(lessons.frame, lessons.capture);
        reading.decode(lessons.frame);
        if (isBgp(packet)) continue;
        const flow = reading.follow(lessons.frame, lessons.capture);
        if (flow >= 0 && observer.table.began) this.#lookups.began(observer, flow);
      }
      observer.sweep(Number.POSITIVE_INFINITY);
    } while (await lessons.refill(moment));
  }

  /** Forgets flows of lessons that ended before the legs of a batch. */
  #releaseBefore(moment: number): void {
    const { observer } = this.reading;
    const { table } = observer;
    const rest: number[] = [];
    for (const flow of this.#over) {
      if (lastSeconds(table.page(flow), table.base(flow)) + HOLD_SECONDS >= moment) rest.push(flow);
      else {
        this.#lookups.released(flow);
        this.reading.release(flow);
      }
    }
    this.#over = rest;
    this.#lookups.nextBatch();
  }

  /** Settled TCP flows of some addresses that go on when a batch is judged. */
  #liveOf(addresses: ReadonlySet<string>): LegGroup[] {
    const lowest = new Set<number>();
    for (const text of addresses) {
      const address = parseAddress(text);
      if (address !== undefined) lowest.add(address.words[3]);
    }
    const found: LegGroup[] = [];
    const { legs } = this.#s;
    for (const number of this.#goingOn) {
      if (found.length >= MOST_LIVE) break;
      if (!legs.isSettledOf(number, lowest)) continue;
      const flow = this.#load(this.#live, legs.leg(number));
      this.#liveLoaded.push(flow);
      const leg = this.#liveRecords.leg(flow);
      if (addresses.has(leg.a.text) || addresses.has(leg.b.text))
        found.push(new JoinedLegs([leg], undefined));
    }
    return found;
  }
}

const NONE = new Uint32Array();

/** True of a capture that may lack packets. */
function isLossy(survey: CaptureSurvey | undefined): boolean {
  if (survey === undefined || survey.status !== "ok") return true;
  return survey.dropped > 0 || survey.unreadLinks.length > 0;
}

function haveOneClock(x: PlannedCapture | undefined, y: PlannedCapture | undefined): boolean {
  return x?.clock !== undefined && x.clock.reference === y?.clock?.reference;
}

function haveComparableClocks(x: PlannedCapture | undefined, y: PlannedCapture | undefined): boolean {
  return haveOneClock(x, y) && x?.clock?.exact === true && y?.clock?.exact === true;
}

function isBgp({ sourcePort, destinationPort }: Packet): boolean {
  return sourcePort === BGP_PORT || destinationPort === BGP_PORT;
}
