import type { ClockLine } from "../capture/clock-line.ts";
import type { Frame } from "../capture/frame.ts";
import { Copies } from "../flows/copies.ts";
import { DEFAULT_TIMEOUTS, type Timeouts } from "../flows/end-rule.ts";
import { LinkContexts } from "../flows/link-contexts.ts";
import { FlowObserver } from "../flows/observer.ts";
import { WorthTrying } from "../flows/worth-trying.ts";
import { BGP_PORT, BgpSessions } from "../protocols/bgp-sessions.ts";
import { DnsNames } from "../protocols/dns-names.ts";
import type { LoneStun } from "../protocols/lone-stun.ts";
import { SessionDirectory } from "../protocols/stream-directory.ts";
import { siteWithBgpSessions } from "../site/bgp-links.ts";
import type { Site } from "../site/site.ts";
import { Decoder } from "../wire/decode.ts";
import { LinkType } from "../wire/link-type.ts";
import { Oddities } from "../wire/oddities.ts";
import { Packet, PacketKind } from "../wire/packet.ts";
import { Coverage } from "./coverage.ts";
import type { CapturePoint } from "./capture-point.ts";
import { Links } from "./links.ts";
import { LookupSightings } from "./lookup-sightings.ts";
import { isSignalingPeer, Recognisers } from "./recognise.ts";
import { SiteView } from "./site-view.ts";

/** What a reading of frames is told of the captures that they come from. */
export interface ReadingSurroundings {
  readonly site: Site;
  readonly timeouts?: Timeouts | undefined;
  /** More than one capture: packets may have copies at other points. */
  readonly several: boolean;
  /** Describes a capture's interface, when its first packet comes. */
  pointOf(capture: number, interfaceIndex: number): Omit<CapturePoint, "since">;
  /** The flow is over; its record and detail live until `release`. */
  ended(flow: number): void;
}

/** Follows frames into flows: what all readings of captures have in common, whatever becomes of the flows. */
export class FlowReading {
  readonly #s: ReadingSurroundings;
  readonly oddities: Oddities = new Oddities();
  /** What `decode` filled. */
  readonly packet: Packet = new Packet();
  readonly view: SiteView;
  readonly links: Links;
  readonly copies: Copies;
  readonly coverage: Coverage;
  readonly names: DnsNames;
  readonly lookups: LookupSightings = new LookupSightings();
  readonly observer: FlowObserver;
  readonly bgp: BgpSessions = new BgpSessions();
  /** Packets decoded, those of them that `follow` saw as TCP or UDP, and the first time. */
  packets = 0;
  inFlows = 0;
  firstSeconds: number | undefined;
  readonly #decoder: Decoder = new Decoder(this.oddities);
  #apart: Decoder | undefined;
  readonly #decoded: (frame: Frame) => Packet = (frame) => {
    this.#decoder.decode(frame, this.packet);
    return this.packet;
  };
  readonly #shortWay: WorthTrying = new WorthTrying();
  readonly #recognisers: Recognisers;
  readonly #watching: boolean;
  readonly #timeBound: boolean;
  /** What is added to the times of each capture; empty where all clocks agree. */
  #clocks: readonly ClockLine[] = [];
  /** Capture point numbers by capture, then interface; cleared when a time boundary of the markers passes. */
  readonly #points: number[][] = [];
  #span = -1;
  #bgpSegments = 0;

  constructor(surroundings: ReadingSurroundings) {
    this.#s = surroundings;
    const contexts = new LinkContexts();
    this.view = new SiteView(surroundings.site);
    this.links = new Links(contexts, this.view);
    this.copies = new Copies(surroundings.several, (context) => contexts.point(context));
    this.names = new DnsNames(surroundings.several);
    this.coverage = new Coverage(this.view, this.links);
    this.#watching = this.coverage.needed;
    this.#timeBound = this.view.markers.timeBoundaries.length > 0;
    const sessions = new SessionDirectory();
    const recognisers = (this.#recognisers = new Recognisers(
      this.names,
      {
        learn: (media) => sessions.learn(media),
        codecFor: (packet, payloadType) => sessions.codecFor(packet, payloadType),
        isOffered: (packet) => sessions.isOffered(packet),
        isFax: (packet) => sessions.isFax(packet),
        told: (packet, seconds, nanoseconds) => this.names.observe(packet, seconds, nanoseconds),
        isSignalingPeer: (packet) => isSignalingPeer(packet, this.names, this.observer.clock),
      },
      this.lookups,
    ));
    this.observer = new FlowObserver(contexts, this.copies, surroundings.timeouts ?? DEFAULT_TIMEOUTS, {
      signature: (context) => this.links.signature(context),
      linkSignature: (context) => (this.bgp.isEmpty ? 0 : this.links.linkSignature(context)),
      hopPath: (w0, w1, w2, w3) => this.view.markers.hopPathOf(w0, w1, w2, w3),
      recognise: (packet, seen) => recognisers.recognise(packet, seen),
      ended: (flow) => surroundings.ended(flow),
    });
  }

  /** What to add to the times of each capture; before the first packet. */
  setClocks(clocks: readonly ClockLine[]): void {
    if (clocks.some((clock) => !clock.isZero)) this.#clocks = clocks;
  }

  /** Gives a frame the time that the reference's clock showed. */
  align(frame: Frame, capture: number): void {
    if (this.#clocks.length > 0 && frame.timed) this.#shift(frame, capture);
  }

  /** Fills `packet` from a frame, whose time is the reference's. */
  decode(frame: Frame): void {
    this.packets += 1;
    this.#decoder.decode(frame, this.packet);
    if (frame.timed && this.firstSeconds === undefined) this.firstSeconds = frame.seconds;
  }

  /**
   * As `decode`, for frames that are shown beside others among which they come again: their fragments are put together
   * apart.
   */
  decodeApart(frame: Frame): void {
    this.packets += 1;
    (this.#apart ??= new Decoder(this.oddities)).decode(frame, this.packet);
    if (frame.timed && this.firstSeconds === undefined) this.firstSeconds = frame.seconds;
  }

  /** Decodes a frame and takes it into its flow, as `decode` and `follow` do, the short way where that is enough. */
  take(frame: Frame, capture: number): number {
    const point = this.#pointMet(frame, capture);
    if (point >= 0 && frame.linkType === LinkType.ethernet && frame.timed && this.#shortWay.ask()) {
      const flow = this.observer.goOn(frame, point, this.#decoded);
      this.#shortWay.note(flow >= 0);
      if (flow >= 0) {
        if (this.#watching) this.#watch(point, frame.seconds);
        this.packets += 1;
        this.inFlows += 1;
        return flow;
      }
    }
    this.decode(frame);
    return this.follow(frame, capture);
  }

  /**
   * Takes the decoded packet of a frame into its flow; answers with that, or -1 where it belongs to none.
   */
  follow(frame: Frame, capture: number): number {
    const { packet } = this;
    if (packet.kind === PacketKind.none && !this.#watching) return -1;
    const point = this.point(frame, capture);
    if (packet.kind === PacketKind.tcp || packet.kind === PacketKind.udp)
      this.inFlows += 1 + packet.earlierFragments;
    const seconds = frame.timed ? frame.seconds : this.observer.clock;
    if (packet.sourcePort === BGP_PORT || packet.destinationPort === BGP_PORT)
      this.#bgpSegment(point, frame.timed ? seconds + frame.nanoseconds / 1e9 : seconds, frame.number);
    const nanoseconds = frame.timed ? frame.nanoseconds : 0;
    const { observer } = this;
    const flow = observer.observe(packet, point, seconds, nanoseconds, frame.number, frame.timed);
    if (this.#watching && flow >= 0) this.coverage.addresses.note(observer.context, packet, seconds);
    return flow;
  }

  /** Number of the frame's capture point, which is noted as watched at that time. */
  point(frame: Frame, capture: number): number {
    if (this.#timeBound) {
      const span = this.links.span(frame.timed ? frame.seconds : -1);
      if (span !== this.#span) {
        this.#points.length = 0;
        this.#span = span;
      }
    }
    const point =
      this.#points[capture]?.[frame.interfaceIndex] ?? this.#newPoint(capture, frame.interfaceIndex);
    if (this.#watching && frame.timed) this.#watch(point, frame.seconds);
    return point;
  }

  /** As `point`, without noting anything; -1 where a packet that goes the long way has to come first. */
  #pointMet(frame: Frame, capture: number): number {
    if (this.#timeBound && this.links.span(frame.timed ? frame.seconds : -1) !== this.#span) return -1;
    return this.#points[capture]?.[frame.interfaceIndex] ?? -1;
  }

  /** Flows that lone STUN messages are all of. */
  get lone(): LoneStun {
    return this.#recognisers.lone;
  }

  /** Forgets an ended flow; its number will name another one. */
  release(flow: number): void {
    this.lookups.forget(flow);
    this.lone.forget(flow);
    this.observer.release(flow);
  }

  /** Lets BGP sessions with Microsoft mark their links (evidence `bgp-session`), before flows are judged. */
  noteBgpLinks(): void {
    if (this.#bgpSegments === 0) return;
    this.#bgpSegments = 0;
    const site = siteWithBgpSessions(this.view.site, this.bgp.sessions(), (context) =>
      this.links.describe(context),
    );
    if (site === this.view.site) return;
    this.view.change(site);
    this.links.rejudge();
  }

  #shift(frame: Frame, capture: number): void {
    const offsetNs = this.#clocks[capture]?.at(frame.seconds) ?? 0;
    const offsetSeconds = Math.floor(offsetNs / 1e9);
    let seconds = frame.seconds + offsetSeconds;
    let nanoseconds = frame.nanoseconds + (offsetNs - offsetSeconds * 1e9);
    if (nanoseconds >= 1e9) {
      nanoseconds -= 1e9;
      seconds += 1;
    }
    frame.seconds = Math.min(Math.max(seconds, 0), 0xffffffff);
    frame.nanoseconds = nanoseconds;
  }

  /** Notes that a capture point was being watched at that time, whatever the packet was. */
  #watch(point: number, seconds: number): void {
    const span = (this.coverage.spans[point] ??= { first: seconds, last: seconds });
    if (seconds < span.first) span.first = seconds;
    if (seconds > span.last) span.last = seconds;
  }

  #bgpSegment(point: number, seconds: number, packetNumber: number): void {
    if (this.packet.kind !== PacketKind.tcp) return;
    this.#bgpSegments += 1;
    this.bgp.observe(this.packet, this.links.contexts.intern(this.packet, point, -1), seconds, packetNumber);
  }

  #newPoint(capture: number, interfaceIndex: number): number {
    const span = this.#timeBound ? this.#span : 0;
    const point = this.links.point(this.#s.pointOf(capture, interfaceIndex), span);
    (this.#points[capture] ??= [])[interfaceIndex] = point;
    return point;
  }
}
