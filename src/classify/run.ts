import { basename } from "node:path";
import { setImmediate } from "node:timers/promises";
import { CaptureMerge } from "../capture/merge.ts";
import { pointOf } from "./capture-point.ts";
import { type ClassifyOptions, DEFAULT_MAX_FLOWS } from "./classify-options.ts";
import { type ClockSurvey, surveyClocks } from "./clock-survey.ts";
import { EndedFlows } from "./ended-flows.ts";
import { FlowReading } from "./flow-reading.ts";
import { FollowedPacket } from "./followed-packet.ts";
import { captureSummaries, progressOf, type RunSummary } from "./run-summary.ts";
import { SweepPace } from "./sweep-pace.ts";
import { unreadLinks } from "./unread-links.ts";

/**
 * Packets between two looks for idle flows. They are counted, whatever chunks the input comes in, so that a file, a pipe and a
 * compressed file with the same packets have the same rows.
 */
const SWEEP_PACKETS = 65_536;
/** A live capture is one whose packets are as young as this, in seconds of the machine's clock. */
const LIVE_SECONDS = 60;
/** Live: a closed flow ends when it was silent for this many seconds. */
const LIVE_LINGER_SECONDS = 10;

/** Signals, and whoever closes the output, are heard at least so often while files are read, in milliseconds. */
const TURN_MS = 100;

/** At the end: flows between two looks whether rows are taken, and between two turns of the event loop. */
const FLOWS_A_DRAIN = 256;
const FLOWS_A_TURN = 4096;

/**
 * Reads captures into flows and judges each of them. Captures that cannot be opened do not end the run: they are in
 * `errors` of the summary, and what is damaged or was cut short is in its `captures`. Rejects with a RangeError for an `asOf`
 * that is no moment, with an EndpointDataError where the user's own endpoint list cannot be read, and with whatever a
 * function of `options` throws; captures are closed then, too. Runs at the same time do not know of each other.
 */
export async function classify(options: ClassifyOptions): Promise<RunSummary> {
  if (options.asOf !== undefined) options.history.at(options.asOf);
  const clocks = await surveyClocks(options.inputs);
  const merge = await CaptureMerge.plan(options.inputs, {
    clockOf: (input) => clocks.lineOf(input),
    signal: options.signal,
  });
  try {
    return await new Run(options, merge, clocks).run();
  } finally {
    merge.close();
  }
}

/** Steps through the captures: reads on, ends flows that are over, and finishes what there is at the end. */
class Run {
  readonly #options: ClassifyOptions;
  readonly #merge: CaptureMerge;
  readonly #clocks: ClockSurvey;
  readonly #reading: FlowReading;
  readonly #ended: EndedFlows;
  readonly #followed: FollowedPacket | undefined;
  #evicted = 0;
  readonly #pace = new SweepPace();

  constructor(options: ClassifyOptions, merge: CaptureMerge, clocks: ClockSurvey) {
    this.#options = options;
    this.#merge = merge;
    this.#clocks = clocks;
    if (options.followPacket !== undefined)
      this.#followed = new FollowedPacket(options.followPacket, (capture) => merge.captures[capture]?.input);
    const reading = new FlowReading({
      site: options.site,
      timeouts: options.timeouts,
      several: merge.captures.length > 1,
      pointOf: (capture, interfaceIndex) => {
        const { reader, input } = merge.captures[capture] ?? {};
        return pointOf(reader?.interfaces[interfaceIndex], capture, input?.name ?? "", interfaceIndex);
      },
      ended: (flow) => this.#ended.add(flow),
    });
    for (const { path } of [...merge.errors, ...(options.missing ?? [])])
      reading.coverage.unread.add(basename(path));
    reading.setClocks(merge.captures.map(({ input }) => clocks.lineOf(input)));
    this.#reading = reading;
    this.#ended = new EndedFlows(options, merge, clocks, reading, this.#followed);
  }

  async run(): Promise<RunSummary> {
    const { drain, onProgress, stopped, signal } = this.#options;
    const merge = this.#merge;
    let turned = performance.now();
    for (;;) {
      while (this.#readOn()) if (!this.#isLive()) this.#sweep(Number.POSITIVE_INFINITY);
      // Of what happens now, rows are wanted in time.
      if (this.#isLive()) this.#sweep(LIVE_LINGER_SECONDS);
      const waited = drain?.();
      if (waited !== undefined) await waited;
      if (performance.now() - turned > TURN_MS) {
        await setImmediate();
        turned = performance.now();
      }
      onProgress?.(progressOf(merge, this.#reading));
      if (stopped?.() === true || signal?.aborted === true) break;
      const more = merge.refill();
      if (typeof more === "boolean" ? !more : !(await this.#patiently(more))) break;
    }
    this.#noteLosses();
    this.#reading.noteBgpLinks();
    const { table } = this.#reading.observer;
    this.#ended.expectLast(table.live);
    await this.#finishLast(table.endAll());
    this.#reading.observer.close();
    return this.#summary();
  }

  /** Reports what was live at the end, no faster than it is taken: the rows of a million flows do not wait in memory. */
  async #finishLast(spare: Uint32Array): Promise<void> {
    const { drain } = this.#options;
    const steps = this.#ended.finisher.flushLast(spare);
    for (let count = 1; steps.next().done !== true; count++) {
      if (count % FLOWS_A_DRAIN !== 0) continue;
      await drain?.();
      if (count % FLOWS_A_TURN === 0) await setImmediate();
    }
    await drain?.();
  }

  /** Waits for input, unless the run is interrupted meanwhile. */
  #patiently(more: Promise<boolean>): Promise<boolean> {
    const { signal } = this.#options;
    if (signal === undefined) return more;
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      const stop = (): void => resolve(false);
      signal.addEventListener("abort", stop, { once: true });
      more.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
    });
  }

  /** Reads up to where idle flows are looked for (true), or all packets that are at hand (false). */
  #readOn(): boolean {
    const merge = this.#merge;
    const reading = this.#reading;
    const { table } = reading.observer;
    const followed = this.#followed;
    const maxFlows = this.#options.maxFlows ?? DEFAULT_MAX_FLOWS;
    while (merge.next()) {
      const frame = merge.frame;
      reading.align(frame, merge.captureIndex);
      const flow = reading.take(frame, merge.captureIndex);
      if (followed !== undefined)
        followed.saw(frame, merge.captureIndex, flow, reading.packet, reading.copies);
      if (table.live > maxFlows) this.#evicted += table.evict(maxFlows);
      if (reading.packets % SWEEP_PACKETS === 0) return true;
    }
    return false;
  }

  /** Notes which captures lost packets, by their own count or by damage. */
  #noteLosses(): void {
    this.#merge.captures.forEach(({ reader, status }, capture) => {
      const cards = reader?.interfaces ?? [];
      const lost =
        status !== "ok" || cards.some((card) => (card.dropped ?? 0) > 0) || unreadLinks(cards).length > 0;
      if (lost) this.#reading.coverage.lossy.add(capture);
    });
  }

  #isLive(): boolean {
    return Math.abs(Date.now() / 1000 - this.#reading.observer.clock) < LIVE_SECONDS;
  }

  /** Looks for flows that are over, now and then. `linger`: silence that ends a closed flow, seconds. */
  #sweep(linger: number): void {
    const reading = this.#reading;
    const { observer } = reading;
    const { settled, table } = observer;
    if (!this.#pace.isDue(settled, reading.packets, table.live)) return;
    if (reading.coverage.needed) this.#noteLosses();
    reading.noteBgpLinks();
    const earliest = observer.sweep(linger);
    this.#ended.finisher.flush(linger === LIVE_LINGER_SECONDS ? Number.POSITIVE_INFINITY : earliest);
  }

  #summary(): RunSummary {
    const reading = this.#reading;
    const { firstSeconds } = reading;
    return {
      captures: captureSummaries(this.#merge),
      errors: this.#merge.errors,
      packets: reading.packets,
      packetsOutsideFlows: reading.packets - reading.inFlows,
      copies: reading.copies.count,
      followedCopy: this.#followed?.isCopy === true ? { of: this.#followed.original } : undefined,
      lateSeconds: reading.observer.lateSeconds,
      flows: this.#ended.count,
      evicted: this.#evicted,
      oddities: reading.oddities,
      links: reading.links,
      site: reading.view.site,
      clocks: this.#clocks,
      sharedSources: this.#ended.judge.natSources.shared(),
      firstSeconds,
      // The observer's clock goes by packets of flows.
      lastSeconds: firstSeconds === undefined ? undefined : Math.max(firstSeconds, reading.observer.latest),
    };
  }
}
