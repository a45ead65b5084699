import { prefixText } from "../address/prefix.ts";
import type { Packet } from "../wire/packet.ts";
import { FIN, RST, SYN } from "../wire/tcp-flags.ts";
import type { BgpMessage } from "./bgp.ts";
import { NO_PATH_IDS } from "./bgp-attributes.ts";
import type { BgpPrefix } from "./bgp-prefixes.ts";
import type { ByFamily } from "./bgp-family.ts";
import { type LearnedRoute, RouteHistory } from "./bgp-history.ts";
import { sendsPathIds } from "./bgp-open.ts";
import { BgpStream } from "./bgp-stream.ts";

/** Microsoft's AS number on every ExpressRoute peering. */
const MICROSOFT_AS = 12_076;
/** Prefixes and communities kept of one session, and link contexts that its packets were seen in. */
const MAX_SESSION_PREFIXES = 50_000;
const MAX_SESSION_COMMUNITIES = 256;
const MAX_SESSION_CONTEXTS = 64;

/**
 * Communities of Office 365's services, worldwide and US Government (azure-docs expressroute-routing.md,
 * "Support for BGP communities"). China has none.
 */
const OFFICE365_COMMUNITIES: ReadonlySet<string> = new Set(
  [5010, 5020, 5030, 5100, 5110, 5120, 5130, 5200].map((value) => `${MICROSOFT_AS}:${value}`),
);

/** One end of a session. */
export interface BgpPeer {
  readonly address: string;
  /** True for addresses of the public Internet, which Microsoft peering demands and private peering seldom has. */
  readonly isPublic: boolean;
  /** From its OPEN, or from its routes where it cannot be anything else; `undefined` when not seen. */
  as: number | undefined;
}

/** What a capture showed of one BGP session. */
export interface BgpSession {
  readonly peers: readonly [BgpPeer, BgpPeer];
  /** Numbers of the link contexts that packets of the session were seen in, at most 64. */
  readonly contexts: ReadonlySet<number>;
  /** Packet that first showed the AS number 12076; 0 when none did. */
  readonly firstPacket: number;
  /** Time of the latest message, seconds since 1970. */
  readonly latestSeconds: number;
  readonly messages: number;
  readonly communities: ReadonlySet<string>;
  /** What the end with AS 12076 announced; where none is known, what either did. The same list until something changes. */
  readonly routes: readonly LearnedRoute[];
  /** The routes of the end with AS 12076 over time. */
  readonly history: RouteHistory;
  /** Time of the first message, and when both ends had agreed, which is infinite before; seconds since 1970. */
  readonly since: number;
  readonly establishedSince: number;
  /** True when it ended, and its routes with it: a NOTIFICATION, a FIN or a reset. */
  readonly isOver: boolean;
  /** True for Microsoft peering: AS 12076, and public peer addresses or a community of Office 365. */
  readonly isMicrosoftPeering: boolean;
}

/** Of one end and family: no routes yet, the first ones are coming, they were all there. */
type TableState = "none" | "coming" | "whole";

/** What one end of a connection said. */
class Speaker {
  readonly stream: BgpStream = new BgpStream();
  opened = false;
  /** It sent a KEEPALIVE: it has taken the other end's OPEN (RFC 4271, section 8.2.2). */
  agreed = false;
  fourOctets = false;
  gracefulRestart = false;
  addPath: ByFamily<number> = { 4: 0, 6: 0 };
  families: ByFamily<boolean> = { 4: false, 6: false };
  readonly table: Record<4 | 6, TableState> = { 4: "none", 6: "none" };
  /** By prefix and path identifier. */
  readonly learned = new Map<string, LearnedRoute>();

  forgetRoutes(): void {
    this.learned.clear();
    this.table[4] = "none";
    this.table[6] = "none";
  }
}

/** Follows the messages of one session, whichever end speaks, over all its connections. */
export class FollowedSession implements BgpSession {
  readonly peers: readonly [BgpPeer, BgpPeer];
  readonly contexts: Set<number> = new Set();
  readonly communities: Set<string> = new Set();
  firstPacket = 0;
  latestSeconds = 0;
  messages = 0;
  isOver = false;
  readonly history: RouteHistory = new RouteHistory();
  since: number = Number.POSITIVE_INFINITY;
  establishedSince: number = Number.POSITIVE_INFINITY;
  #speakers: readonly [Speaker, Speaker] = [new Speaker(), new Speaker()];
  #overflowed = false;
  #routes: readonly LearnedRoute[] | undefined;

  constructor(first: BgpPeer, second: BgpPeer) {
    this.peers = [first, second];
  }

  observe(packet: Packet, end: 0 | 1, context: number, seconds: number, packetNumber: number): void {
    if (this.contexts.size < MAX_SESSION_CONTEXTS) this.contexts.add(context);
    if ((packet.tcpFlags & SYN) !== 0) this.#connect((packet.tcpSequence + 1) >>> 0, end, seconds);
    const { stream } = this.#speakers[end];
    stream.feed(packet);
    for (;;) {
      const message = stream.next({ asOctets: this.#asOctets(), addPath: this.#pathIds(end) });
      if (message === undefined) break;
      this.messages += 1;
      if (seconds > this.latestSeconds) this.latestSeconds = seconds;
      if (this.messages === 1) this.#begin(message, seconds);
      this.#take(message, end, seconds, packetNumber);
    }
    if (stream.lost && this.#speakers[end] === this.#microsoftEnd) this.history.lose(seconds);
    if ((packet.tcpFlags & (FIN | RST)) !== 0) this.#finish(seconds);
  }

  /** A session that does not begin with an OPEN was there before the capture, and what it had said is not known. */
  #begin(first: BgpMessage, seconds: number): void {
    this.since = seconds;
    if (first.type !== "open") this.history.begin(Number.NEGATIVE_INFINITY, false);
  }

  /** A connection of the same addresses and ports anew, unless it is the one that is followed (a SYN sent again). */
  #connect(firstByte: number, end: 0 | 1, seconds: number): void {
    if (this.#speakers[end].stream.begins(firstByte)) return;
    this.history.end(seconds);
    this.#speakers = [new Speaker(), new Speaker()];
    this.#speakers[end].stream.begins(firstByte);
    this.#overflowed = false;
    this.#routes = undefined;
    this.isOver = false;
  }

  #finish(seconds: number): void {
    this.isOver = true;
    this.history.end(seconds);
    for (const speaker of this.#speakers) speaker.forgetRoutes();
    this.#routes = undefined;
  }

  /** Four octets only when both ends offered them (RFC 6793, section 4.1); unknown until both did or did not. */
  #asOctets(): 2 | 4 | undefined {
    const [first, second] = this.#speakers;
    if (!first.opened || !second.opened) return undefined;
    return first.fourOctets && second.fourOctets ? 4 : 2;
  }

  #pathIds(end: 0 | 1): ByFamily<boolean> {
    const [sender, receiver] = [this.#speakers[end], this.#speakers[end === 0 ? 1 : 0]];
    return sender.opened && receiver.opened ? sendsPathIds(sender.addPath, receiver.addPath) : NO_PATH_IDS;
  }

  /** True where End-of-RIB is to come (RFC 4724, section 4.1), so that a KEEPALIVE before it may be one among routes. */
  #promisesEndOfRib(end: 0 | 1): boolean {
    const other = this.#speakers[end === 0 ? 1 : 0];
    return this.#speakers[end].gracefulRestart && (other.gracefulRestart || !other.opened);
  }

  #take(message: BgpMessage, end: 0 | 1, seconds: number, packetNumber: number): void {
    const peer = this.peers[end];
    const speaker = this.#speakers[end];
    if (message.type === "open") {
      speaker.opened = true;
      speaker.fourOctets = message.fourOctetAs;
      speaker.addPath = message.addPath;
      speaker.gracefulRestart = message.gracefulRestart;
      speaker.families = message.families;
      speaker.forgetRoutes();
      this.#routes = undefined;
      peer.as = message.as;
      this.isOver = false;
      if (speaker === this.#microsoftEnd)
        this.history.begin(seconds, !speaker.stream.lost && !this.#overflowed);
      for (const family of [4, 6] as const)
        if (this.#speakers.every(({ families }) => families[family])) this.history.families[family] = true;
    } else if (message.type === "update") {
      // An external speaker puts its own AS first, and sends no LOCAL_PREF (RFC 4271, sections 5.1.2 and 5.1.5).
      if (message.firstAs !== undefined && !message.hasLocalPreference) peer.as ??= message.firstAs;
      for (const community of message.communities)
        if (this.communities.size < MAX_SESSION_COMMUNITIES) this.communities.add(community);
      this.#establish(seconds);
      this.#learn(speaker, message, seconds);
    } else if (message.type === "notification") this.#finish(seconds);
    else if (message.type === "keepalive") {
      speaker.agreed = true;
      if (this.#speakers.every(({ agreed }) => agreed)) this.#establish(seconds);
      if (!this.#promisesEndOfRib(end))
        for (const family of [4, 6] as const)
          if (speaker.table[family] === "coming") this.#allThere(speaker, family, seconds);
    }
    if (this.firstPacket === 0 && peer.as === MICROSOFT_AS) this.firstPacket = packetNumber;
  }

  #learn(speaker: Speaker, update: Extract<BgpMessage, { readonly type: "update" }>, seconds: number): void {
    const { learned, table } = speaker;
    const history = speaker === this.#microsoftEnd ? this.history : undefined;
    if (!update.sound) this.#overflowed = true;
    // Its OPEN was missed.
    if (!speaker.opened && !this.isOver && history?.at(seconds) === undefined)
      history?.begin(this.since, false);
    for (const prefix of update.withdrawn) {
      const key = keyOf(prefix);
      learned.delete(key);
      history?.withdraw(key, seconds);
    }
    for (const prefix of update.announced) {
      const key = keyOf(prefix);
      if (table[prefix.version] === "none") table[prefix.version] = "coming";
      if (learned.size >= MAX_SESSION_PREFIXES && !learned.has(key)) {
        this.#overflowed = true;
        continue;
      }
      const { nextHop, asPath, communities } = update;
      const route: LearnedRoute = { prefix, nextHop, asPath, communities, line: 0 };
      learned.set(key, route);
      history?.announce(key, route, seconds);
    }
    if (update.endOfRib !== undefined) this.#allThere(speaker, update.endOfRib, seconds);
    if (this.#overflowed || !this.#isAgreed(speaker)) history?.lose(seconds);
    if (update.withdrawn.length + update.announced.length > 0) this.#routes = undefined;
  }

  #establish(seconds: number): void {
    this.establishedSince = Math.min(this.establishedSince, seconds);
  }

  #allThere(speaker: Speaker, family: 4 | 6, seconds: number): void {
    speaker.table[family] = "whole";
    if (speaker === this.#microsoftEnd) this.history.whole(family, seconds);
  }

  /** What an end offered to send is read as it was agreed on, which takes the other end's OPEN. */
  #isAgreed({ addPath }: Speaker): boolean {
    return this.#speakers.every(({ opened }) => opened) || addPath[4] + addPath[6] === 0;
  }

  get routes(): readonly LearnedRoute[] {
    if (this.#routes !== undefined) return this.#routes;
    const speaker = this.#microsoftEnd;
    const speakers = speaker === undefined ? this.#speakers : [speaker];
    // Of several paths to a prefix (RFC 7911) one.
    const routes = new Map<string, LearnedRoute>();
    for (const { learned } of speakers)
      for (const route of learned.values()) {
        const key = speaker === undefined ? `${routes.size}` : prefixText(route.prefix);
        if (!routes.has(key)) routes.set(key, route);
      }
    return (this.#routes = [...routes.values()]);
  }

  get #microsoftEnd(): Speaker | undefined {
    const [first, second] = this.#speakers;
    if (this.peers[0].as === MICROSOFT_AS) return first;
    return this.peers[1].as === MICROSOFT_AS ? second : undefined;
  }

  get isMicrosoftPeering(): boolean {
    if (!this.peers.some((peer) => peer.as === MICROSOFT_AS)) return false;
    if (this.peers.every((peer) => peer.isPublic)) return true;
    return [...this.communities].some((community) => OFFICE365_COMMUNITIES.has(community));
  }
}

function keyOf(prefix: BgpPrefix): string {
  return prefix.pathId === undefined ? prefixText(prefix) : `${prefixText(prefix)} ${prefix.pathId}`;
}
