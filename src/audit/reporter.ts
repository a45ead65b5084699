import { join } from "node:path";
import { CallDesk } from "../classify/call-desk.ts";
import { APART_SECONDS, Finisher, HOLD_SECONDS } from "../classify/finisher.ts";
import type { FlowReading } from "../classify/flow-reading.ts";
import { Judge } from "../classify/judge.ts";
import type { JudgedFlow } from "../classify/judged-flow.ts";
import { LegRecords } from "../classify/leg-records.ts";
import { lookupPlaces } from "../classify/lookup-places.ts";
import { type LessonSurroundings, LearnedLessons } from "./learned-lessons.ts";
import { LiveLegs } from "./live-legs.ts";
import { LoadedLegs } from "./loaded-legs.ts";
import type { OrderedLegs, StoredLeg } from "./ordered-legs.ts";
import { Spill } from "./spill.ts";
import type { CaptureSurvey, PlannedCapture } from "./tasks.ts";
import { LATEST } from "./windows.ts";

/** Judged flows of calls are kept until their turn, others are judged again: in so much of the memory, some 5 kB each. */
const JUDGED_SHARE = 1 / 64;
const JUDGED_BYTES = 5000;

export interface ReporterSurroundings extends LessonSurroundings {
  /** A folder for what does not fit into memory; the caller removes it. */
  readonly scratch: string;
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
  readonly judge: Judge;
  readonly #s: ReporterSurroundings;
  readonly #lessons: LearnedLessons;
  readonly #legs: LoadedLegs;
  readonly #live: LiveLegs;
  readonly #finisher: Finisher;
  /** Legs that were added before their turn, by their numbers in the order. */
  readonly #early = new Set<number>();
  /** Whose turn is next. */
  #next = 0;
  #contexts: readonly Uint32Array[] = [];

  constructor(surroundings: ReporterSurroundings) {
    this.#s = surroundings;
    const { settings, task, scratch, memoryBytes = Infinity } = surroundings;
    const { history, asOf } = settings;
    const lessons = (this.#lessons = new LearnedLessons(surroundings));
    const { lookups } = lessons;
    const { view, links, names, coverage } = lessons.reading;
    for (const capture of task.captures.keys())
      if (isLossy(surroundings.surveyOf(capture))) coverage.lossy.add(capture);
    for (const name of surroundings.unread) coverage.unread.add(name);
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
      isOneClock: (x, y) => x === y || haveOneClock(task.captures[x], task.captures[y]),
    });
    const legs = (this.#legs = new LoadedLegs(new Spill(join(scratch, "legs"))));
    const live = new LoadedLegs(new Spill(join(scratch, "live")));
    this.#live = new LiveLegs(surroundings.legs, live, new LegRecords(live, view, history, asOf), (leg) =>
      this.#load(live, leg),
    );
    const desk = new CallDesk({
      view,
      judge: this.judge,
      liveOf: (addresses) => this.#live.of(addresses),
      waiting: () => [],
      mostKept: (JUDGED_SHARE * memoryBytes) / JUDGED_BYTES,
    });
    this.#finisher = new Finisher(legs, view, {
      records: new LegRecords(legs, view, history, asOf),
      joins: () => links.severalPlaces(),
      lookups: (flow) => lookups.of(legs, flow),
      places: lookupPlaces(view, links, comparableClocks),
      release: (flow) => {
        lookups.unloaded(legs, flow);
        legs.release(flow);
      },
      hold: (bound) => bound,
      finish: (groups, complete) => desk.finish(groups, complete, (judged) => surroundings.take(judged)),
    });
  }

  /** Learns the lessons; its links are those of all legs. */
  get reading(): FlowReading {
    return this.#lessons.reading;
  }

  /** Legs whose turn has come, and that were not judged yet. */
  get waiting(): number {
    return this.#finisher.waiting - this.#early.size;
  }

  /** Whole seconds behind the newest leg by which a batch ends: legs of one flow that end about then are in one batch. */
  get lagSeconds(): number {
    return this.reading.links.severalPlaces() ? APART_SECONDS + 1 : 0;
  }

  /** Learns which links BGP sessions show; `contexts` are those of the leg files, as this reading's links number them. */
  async begin(contexts: readonly Uint32Array[]): Promise<void> {
    this.#contexts = contexts;
    await this.#lessons.begin();
  }

  /** Takes in a leg, by its number in the order. */
  add(leg: number): void {
    this.#next = leg + 1;
    if (!this.#early.delete(leg)) this.#finisher.add(this.#take(leg));
  }

  #take(leg: number): number {
    const flow = this.#load(this.#legs, this.#s.legs.leg(leg));
    this.#lessons.lookups.loaded(this.#legs, flow);
    return flow;
  }

  /** Adds legs that go on at a moment, seconds, and may be of one flow with what ended before it: then that waits for them. */
  #addPartners(moment: number): void {
    for (const leg of this.#live.partners(moment, this.#next, this.#early)) {
      this.#early.add(leg);
      this.#finisher.addEarly(this.#take(leg));
    }
  }

  /** Judges what ended before a moment, seconds; everything that does was added, and what ends within `lagSeconds` of it. */
  async flush(moment: number): Promise<void> {
    await this.#lessons.learn(moment);
    if (this.reading.links.severalPlaces()) this.#addPartners(moment);
    this.#live.begin(moment);
    this.#finisher.flush(moment + HOLD_SECONDS);
    this.#live.end();
    this.#lessons.releaseBefore(moment);
  }

  /** Judges the rest. */
  async finish(): Promise<void> {
    await this.#lessons.learn(LATEST);
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
}

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
