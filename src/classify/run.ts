import type { CaptureError } from "../capture/errors.ts";
import type { Frame } from "../capture/frame.ts";
import type { CaptureInput } from "../capture/inputs.ts";
import { CaptureMerge } from "../capture/merge.ts";
import type { CaptureProblem } from "../capture/problems.ts";
import type { EndpointHistory } from "../endpoints/history.ts";
import { Copies } from "../flows/copies.ts";
import { DEFAULT_TIMEOUTS, type Timeouts } from "../flows/flow-table.ts";
import { LinkContexts } from "../flows/link-contexts.ts";
import { FlowObserver } from "../flows/observer.ts";
import { BGP_PORT, BgpSessions } from "../protocols/bgp-sessions.ts";
import { DnsNames } from "../protocols/dns-names.ts";
import { siteWithBgpSessions } from "../site/bgp-links.ts";
import type { Site } from "../site/site.ts";
import { Decoder } from "../wire/decode.ts";
import { Oddities } from "../wire/oddities.ts";
import { Packet, PacketKind } from "../wire/packet.ts";
import type { CaptureStatus } from "../words.ts";
import { CallDesk } from "./call-desk.ts";
import { CallHold } from "./call-hold.ts";
import { type ClockSurvey, surveyClocks } from "./clock-survey.ts";
import { Coverage } from "./coverage.ts";
import { Finisher } from "./finisher.ts";
import { Judge } from "./judge.ts";
import type { JudgedFlow } from "./judged-flow.ts";
import { JoinedLegs } from "./leg-group.ts";
import { LegRecords } from "./leg-records.ts";
import { Links } from "./links.ts";
import type { SharedSource } from "./nat-sources.ts";
import { settledTcp } from "./live-flows.ts";
import { SiteView } from "./site-view.ts";
import { SessionDirectory } from "../protocols/stream-directory.ts";
import { Recognisers, isSignalingPeer } from "./recognise.ts";

export interface ClassifyOptions {
  readonly inputs: readonly CaptureInput[];
  readonly site: Site;
  readonly history: EndpointHistory;
  /** Which endpoint list judges: undefined for the one in force when the flow began. */
  readonly asOf?: number | string | undefined;
  readonly timeouts?: Timeouts | undefined;
  /** Longest time in seconds that the directions of a moving flow may differ; 200 when left out. */
  readonly convergeSeconds?: number | undefined;
  /** Most live flows; beyond it those silent longest end early. DEFAULT_MAX_FLOWS when left out. */
  readonly maxFlows?: number | undefined;
  /** Takes each flow, in the order in which flows end. */
  onFlow(flow: JudgedFlow, followed: boolean): void;
  /** Number of a packet (of the first capture that has it) whose flow `onFlow` is told as `followed`. */
  readonly followPacket?: number | undefined;
  /** Awaited between chunks of input: a slow reader of the rows slows the reading down. */
  drain?(): Promise<void> | undefined;
  /** Called between chunks. */
  onProgress?(progress: RunProgress): void;
  /** True: stop reading and finish what there is. */
  stopped?(): boolean;
  /** Ends a wait for input, and then the run as `stopped` does. */
  readonly signal?: AbortSignal | undefined;
}

export interface RunProgress {
  readonly bytesRead: number;
  readonly bytesTotal: number | undefined;
  readonly packets: number;
  readonly liveFlows: number;
}

/** What became of one capture. */
export interface CaptureSummary {
  readonly name: string;
  readonly path: string;
  readonly format: string;
  readonly compression: string;
  readonly status: CaptureStatus;
  readonly packets: number;
  readonly problems: readonly CaptureProblem[];
  readonly problemCount: number;
  readonly skippedBytes: number;
  readonly dropped: number;
}

export interface RunSummary {
  readonly captures: readonly CaptureSummary[];
  /** Inputs that could not be opened. */
  readonly errors: readonly CaptureError[];
  readonly packets: number;
  /** Packets in no flow: no IP, other protocols, unattributable fragments. */
  readonly packetsOutsideFlows: number;
  readonly copies: number;
  readonly flows: number;
  /** Flows that ended early because of `maxFlows`. */
  readonly evicted: number;
  readonly oddities: Oddities;
  readonly links: Links;
  /** The site as it was known at the end: with the links that BGP sessions in the captures showed. */
  readonly site: Site;
  /** How the clocks of the captures differ; all times are given as the references of it have them. */
  readonly clocks: ClockSurvey;
  /** Public addresses of ours that were the source of flows on both paths. */
  readonly sharedSources: readonly SharedSource[];
  /** Time of the first and last packet, seconds since 1970; undefined without a timed packet. */
  readonly firstSeconds: number | undefined;
  readonly lastSeconds: number | undefined;
}

/** Live flows that are followed at once, unless the caller says otherwise: about 1 GB of records. */
export const DEFAULT_MAX_FLOWS = 4_000_000;

/** Capture seconds between two looks for idle flows. */
const SWEEP_SECONDS = 10;
/** A live capture is one whose packets are as young as this, in seconds of the machine's clock. */
const LIVE_SECONDS = 60;
/** Live: a closed flow ends when it was silent for this many seconds. */
const LIVE_LINGER_SECONDS = 10;

/** Reads captures into flows and judges each of them. */
export async function classify(options: ClassifyOptions): Promise<RunSummary> {
  const clocks = await surveyClocks(options.inputs);
  const merge = await CaptureMerge.plan(options.inputs, {
    clockOffsetNs: (input) => clocks.offsetNs(input),
  });
  try {
    return await new Run(options, merge, clocks).run();
  } finally {
    merge.close();
  }
}

class Run {
  readonly #options: ClassifyOptions;
  readonly #merge: CaptureMerge;
  readonly #clocks: ClockSurvey;
  /** What is added to the times of each capture, seconds and nanoseconds; empty where all clocks agree. */
  readonly #offsetSeconds: number[] = [];
  readonly #offsetNanoseconds: number[] = [];
  readonly #oddities = new Oddities();
  readonly #decoder = new Decoder(this.#oddities);
  readonly #packet = new Packet();
  readonly #view: SiteView;
  readonly #bgp = new BgpSessions();
  #bgpSegments = 0;
  readonly #links: Links;
  readonly #observer: FlowObserver;
  readonly #finisher: Finisher;
  readonly #judge: Judge;
  readonly #copies: Copies;
  readonly #coverage: Coverage;
  /** Capture point numbers by capture, then interface; cleared when a time boundary of the markers passes. */
  readonly #points: number[][] = [];
  #span = -1;
  #packets = 0;
  #inFlows = 0;
  #flows = 0;
  /** Flow of the packet that is followed; -1 before it was read. */
  #followed = -1;
  #evicted = 0;
  #firstSeconds: number | undefined;
  #sweptAt = 0;
  #sweptPackets = 0;

  constructor(options: ClassifyOptions, merge: CaptureMerge, clocks: ClockSurvey) {
    this.#options = options;
    this.#merge = merge;
    this.#clocks = clocks;
    const offsets = merge.captures.map(({ input }) => clocks.offsetNs(input));
    if (offsets.some((offset) => offset !== 0)) {
      this.#offsetSeconds = offsets.map((offset) => Math.floor(offset / 1e9));
      this.#offsetNanoseconds = offsets.map((offset) => offset - Math.floor(offset / 1e9) * 1e9);
    }
    const { history } = options;
    const names = new DnsNames();
    const contexts = new LinkContexts();
    this.#view = new SiteView(options.site);
    this.#links = new Links(contexts, this.#view);
    this.#copies = new Copies(merge.captures.length > 1);
    const sessions = new SessionDirectory();
    const recognisers = new Recognisers(
      names,
      {
        learn: (media) => sessions.learn(media),
        codecFor: (packet, payloadType) => sessions.codecFor(packet, payloadType),
        isSignalingPeer: (packet) => isSignalingPeer(packet, names, this.#observer.clock),
      },
      // In one capture an id of 16 bits and a name meet by chance, or because a resolver asked again.
      () => merge.captures.length > 1,
    );
    this.#observer = new FlowObserver(contexts, this.#copies, options.timeouts ?? DEFAULT_TIMEOUTS, {
      signature: (context) => this.#links.signature(context),
      recognise: (packet, direction, seconds, nanoseconds, number) =>
        recognisers.recognise(packet, direction, seconds, nanoseconds, number),
      ended: (flow) => this.#finisher.add(flow),
    });
    this.#coverage = new Coverage(this.#view, this.#links);
    this.#judge = new Judge({
      view: this.#view,
      links: this.#links,
      history,
      names,
      coverage: this.#coverage,
      convergeSeconds: options.convergeSeconds ?? 200,
      captureStatus: (capture) => merge.captures[capture]?.status ?? "ok",
      comparableClocks: (x, y) => {
        const [one, other] = [merge.captures[x]?.input, merge.captures[y]?.input];
        return one !== undefined && other !== undefined && clocks.comparable(one, other);
      },
    });
    const records = new LegRecords(this.#observer, this.#view, history, options.asOf);
    const hold = new CallHold(this.#observer, this.#view);
    const desk = new CallDesk({
      view: this.#view,
      judge: this.#judge,
      liveOf: (addresses) =>
        settledTcp(this.#observer, addresses).map(
          (flow) => new JoinedLegs([records.liveLeg(flow)], undefined),
        ),
    });
    this.#finisher = new Finisher(this.#observer, this.#view, {
      leg: (flow) => records.leg(flow),
      recognition: (flow) => records.recognition(flow),
      details: (flow) => records.details(flow),
      touches: (flow, lowWords) => records.touches(flow, lowWords),
      joins: () => this.#severalPlaces(),
      hold: (bound, waiting) => hold.bound(bound, waiting),
      finish: (groups, complete) =>
        desk.finish(groups, complete, (judged) => {
          this.#flows += 1;
          const followed = judged.legs.some((leg) => leg.flow === this.#followed);
          if (followed) this.#followed = Number.MAX_SAFE_INTEGER; // the number will name another flow
          options.onFlow(judged, followed);
        }),
    });
  }

  async run(): Promise<RunSummary> {
    const { drain, onProgress, stopped } = this.#options;
    const merge = this.#merge;
    for (;;) {
      this.#readChunk();
      const waited = drain?.();
      if (waited !== undefined) await waited;
      onProgress?.(this.#progress());
      if (stopped?.() === true) break;
      const more = merge.refill();
      if (typeof more === "boolean" ? !more : !(await this.#patiently(more))) break;
    }
    this.#noteLosses();
    this.#noteBgpLinks();
    this.#observer.table.endAll();
    this.#finisher.flush(Number.POSITIVE_INFINITY);
    const last = drain?.();
    if (last !== undefined) await last;
    return this.#summary();
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

  #readChunk(): void {
    const merge = this.#merge;
    const packet = this.#packet;
    const watching = this.#coverage.needed;
    const follow = this.#options.followPacket ?? 0;
    const timeBound = this.#view.markers.timeBoundaries.length > 0;
    const shifted = this.#offsetSeconds.length > 0;
    while (merge.next()) {
      const frame = merge.frame;
      this.#packets += 1;
      if (shifted && frame.timed) this.#shift(frame, merge.captureIndex);
      this.#decoder.decode(frame, packet);
      if (frame.timed && this.#firstSeconds === undefined) this.#firstSeconds = frame.seconds;
      if (packet.kind === PacketKind.none && !watching) continue;
      if (timeBound) {
        const span = this.#links.span(frame.seconds);
        if (span !== this.#span) {
          this.#points.length = 0;
          this.#span = span;
        }
      }
      const point =
        this.#points[merge.captureIndex]?.[frame.interfaceIndex] ??
        this.#newPoint(merge.captureIndex, frame.interfaceIndex);
      if (watching && frame.timed) this.#watch(point, frame.seconds);
      if (packet.kind === PacketKind.tcp || packet.kind === PacketKind.udp) this.#inFlows += 1;
      const seconds = frame.timed ? frame.seconds : this.#observer.clock;
      if (packet.sourcePort === BGP_PORT || packet.destinationPort === BGP_PORT) {
        this.#bgpSegment(point, seconds, frame.number);
      }
      const flow = this.#observer.observe(
        packet,
        point,
        seconds,
        frame.timed ? frame.nanoseconds : 0,
        frame.number,
        frame.timed,
      );
      if (frame.number === follow && this.#followed < 0) this.#followed = flow;
    }
    this.#sweep();
    const maxFlows = this.#options.maxFlows ?? DEFAULT_MAX_FLOWS;
    if (this.#observer.table.live > maxFlows) {
      const excess = this.#observer.table.oldest(this.#observer.table.live - Math.floor(maxFlows * 0.9));
      this.#evicted += excess.length;
      for (const flow of excess) this.#observer.table.end(flow);
    }
  }

  /** Gives a packet the time that the reference's clock showed. */
  #shift(frame: Frame, capture: number): void {
    let seconds = frame.seconds + (this.#offsetSeconds[capture] ?? 0);
    let nanoseconds = frame.nanoseconds + (this.#offsetNanoseconds[capture] ?? 0);
    if (nanoseconds >= 1e9) {
      nanoseconds -= 1e9;
      seconds += 1;
    }
    frame.seconds = Math.min(Math.max(seconds, 0), 0xffffffff);
    frame.nanoseconds = nanoseconds;
  }

  /** Notes that a capture point was being watched at that time, whatever the packet was. */
  #watch(point: number, seconds: number): void {
    const span = (this.#coverage.spans[point] ??= { first: seconds, last: seconds });
    if (seconds < span.first) span.first = seconds;
    if (seconds > span.last) span.last = seconds;
  }

  /** Notes which captures lost packets, by their own count or by damage. */
  #noteLosses(): void {
    this.#merge.captures.forEach(({ reader, status }, capture) => {
      const lost = status !== "ok" || (reader?.interfaces ?? []).some((card) => (card.dropped ?? 0) > 0);
      if (lost) this.#coverage.lossy.add(capture);
    });
  }

  #bgpSegment(point: number, seconds: number, packetNumber: number): void {
    if (this.#packet.kind !== PacketKind.tcp) return;
    this.#bgpSegments += 1;
    this.#bgp.observe(this.#packet, this.#links.contexts.intern(this.#packet, point), seconds, packetNumber);
  }

  /** Lets BGP sessions with Microsoft mark their links (CONTRACT, section 2, kind 3), before flows are judged. */
  #noteBgpLinks(): void {
    if (this.#bgpSegments === 0) return;
    this.#bgpSegments = 0;
    const site = siteWithBgpSessions(this.#view.site, this.#bgp.sessions(), (context) =>
      this.#links.describe(context),
    );
    if (site === this.#view.site) return;
    this.#view.change(site);
    this.#links.rejudge();
  }

  #newPoint(capture: number, interfaceIndex: number): number {
    const { reader, input } = this.#merge.captures[capture] ?? {};
    const card = reader?.interfaces[interfaceIndex];
    const point = this.#links.point(
      {
        capture,
        captureName: input?.name ?? "",
        interfaceIndex,
        interfaceName: card?.name,
        interfaceDescription: card?.description,
        fineClock: card?.fineClock ?? false,
      },
      Math.max(0, this.#span),
    );
    (this.#points[capture] ??= [])[interfaceIndex] = point;
    return point;
  }

  /** Looks for flows that are over, now and then: never more often than the table's size allows for free. */
  #sweep(): void {
    const clock = this.#observer.clock;
    const { table } = this.#observer;
    if (clock - this.#sweptAt < SWEEP_SECONDS || this.#packets - this.#sweptPackets < table.live) return;
    this.#sweptAt = clock;
    this.#sweptPackets = this.#packets;
    const live = Math.abs(Date.now() / 1000 - clock) < LIVE_SECONDS;
    if (this.#coverage.needed) this.#noteLosses();
    this.#noteBgpLinks();
    const earliest = table.sweep(clock, live ? LIVE_LINGER_SECONDS : Number.POSITIVE_INFINITY);
    this.#finisher.flush(live ? Number.POSITIVE_INFINITY : earliest);
  }

  /** Whether legs behind source NAT can be in what was captured: packets came from more than one place or VLAN. */
  #severalPlaces(): boolean {
    const { contexts } = this.#links;
    const places = new Set<string>();
    for (let context = 0; context < contexts.count && places.size < 2; context++) {
      const macs = [contexts.sourceMac(context), contexts.destinationMac(context)]
        .map((mac) => mac.join("."))
        .toSorted();
      places.add(`${contexts.point(context)} ${contexts.vlanText(context, ".")} ${macs.join(" ")}`);
    }
    return places.size > 1;
  }

  #progress(): RunProgress {
    let bytesRead = 0;
    let bytesTotal: number | undefined = 0;
    for (const { reader } of this.#merge.captures) {
      bytesRead += reader?.bytesRead ?? 0;
      if (bytesTotal !== undefined && reader !== undefined)
        bytesTotal = reader.size === undefined ? undefined : bytesTotal + reader.size;
    }
    return { bytesRead, bytesTotal, packets: this.#packets, liveFlows: this.#observer.table.live };
  }

  #summary(): RunSummary {
    const captures = this.#merge.captures.map(({ input, reader, status }) => ({
      name: input.name,
      path: input.path,
      format: reader?.format ?? "",
      compression: reader?.compression ?? "",
      status,
      packets: reader?.packets ?? 0,
      problems: reader?.problems ?? [],
      problemCount: reader?.problemCount ?? 0,
      skippedBytes: reader?.skippedBytes ?? 0,
      dropped: (reader?.interfaces ?? []).reduce((sum, card) => sum + (card.dropped ?? 0), 0),
    }));
    return {
      captures,
      errors: this.#merge.errors,
      packets: this.#packets,
      packetsOutsideFlows: this.#packets - this.#inFlows,
      copies: this.#copies.count,
      flows: this.#flows,
      evicted: this.#evicted,
      oddities: this.#oddities,
      links: this.#links,
      site: this.#view.site,
      clocks: this.#clocks,
      sharedSources: this.#judge.natSources.shared(),
      firstSeconds: this.#firstSeconds,
      lastSeconds: this.#firstSeconds === undefined ? undefined : this.#observer.clock,
    };
  }
}
