import { formatAddress } from "../address/address.ts";
import { type Prefix, prefixText } from "../address/prefix.ts";
import { type Packet, PacketKind } from "../wire/packet.ts";
import {
  BGP_HEADER_LENGTH,
  BGP_LONGEST_MESSAGE,
  type BgpMessage,
  bgpMessageLength,
  parseBgpMessage,
} from "./bgp.ts";

/** Port of BGP (RFC 4271, section 8.2.1). */
export const BGP_PORT = 179;
/** Microsoft's AS number on every ExpressRoute peering. */
export const MICROSOFT_AS = 12_076;
/** More sessions than this in one run are not followed. */
export const MAX_BGP_SESSIONS = 256;
/** Prefixes and communities kept of one session, and link contexts that its packets were seen in. */
export const MAX_SESSION_PREFIXES = 50_000;
export const MAX_SESSION_COMMUNITIES = 256;
export const MAX_SESSION_CONTEXTS = 64;

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

/** A prefix that one end announced and did not withdraw again. */
export interface LearnedRoute {
  readonly prefix: Prefix;
  readonly nextHop: string;
  readonly asPath: string;
  readonly communities: readonly string[];
}

/** What a capture showed of one BGP session. */
export interface BgpSession {
  readonly peers: readonly [BgpPeer, BgpPeer];
  /** Numbers of the link contexts that packets of the session were seen in, at most `MAX_SESSION_CONTEXTS`. */
  readonly contexts: ReadonlySet<number>;
  /** Packet that first showed the AS number 12076; 0 when none did. */
  readonly firstPacket: number;
  /** Time of the latest message, seconds since 1970. */
  readonly latestSeconds: number;
  readonly messages: number;
  readonly communities: ReadonlySet<string>;
  /** What the end with AS 12076 announced; where none is known, what either did. */
  readonly routes: readonly LearnedRoute[];
  /** True when the session was seen from its OPEN on with no gap: then each of `routes` holds. */
  readonly routesHold: boolean;
  /**
   * True when, besides, the first routes were followed by End-of-RIB (RFC 4724, section 2) or a KEEPALIVE, which says that
   * nothing more waits: then `routes` is the whole table.
   */
  readonly routesComplete: boolean;
  /** True for Microsoft peering: AS 12076, and public peer addresses or a community of Office 365. */
  readonly isMicrosoftPeering: boolean;
}

/**
 * Follows BGP sessions (TCP port 179). Bounded: `MAX_BGP_SESSIONS` sessions with two buffers each.
 * Show it every TCP packet from or to `BGP_PORT`.
 */
export class BgpSessions {
  readonly #sessions = new Map<string, FollowedSession>();

  /** `context` is the number of the packet's link context, whatever the caller counts by. */
  observe(packet: Packet, context: number, seconds: number, packetNumber: number): void {
    if (packet.kind !== PacketKind.tcp) return;
    if (packet.sourcePort !== BGP_PORT && packet.destinationPort !== BGP_PORT) return;
    const source = `${addressOf(packet, "source")} ${packet.sourcePort}`;
    const destination = `${addressOf(packet, "destination")} ${packet.destinationPort}`;
    const isForward = source < destination;
    const key = isForward ? `${source} ${destination}` : `${destination} ${source}`;
    let session = this.#sessions.get(key);
    if (session === undefined) {
      // A session begins with a message, so that a flood of SYNs to the port fills no table.
      if (bgpMessageLength(packet.view, packet.payloadStart, packet.payloadEnd) === 0) return;
      if (this.#sessions.size >= MAX_BGP_SESSIONS) return;
      session = new FollowedSession(peerOf(packet, !isForward), peerOf(packet, isForward));
      this.#sessions.set(key, session);
    }
    session.observe(packet, isForward ? 0 : 1, context, seconds, packetNumber);
  }

  /** Sessions in which a BGP message was read, in the order in which they were first seen. */
  sessions(): readonly BgpSession[] {
    return [...this.#sessions.values()].filter((session) => session.messages > 0);
  }
}

function addressOf(packet: Packet, end: "source" | "destination"): string {
  return end === "source"
    ? formatAddress(packet.ipVersion, packet.source0, packet.source1, packet.source2, packet.source3)
    : formatAddress(
        packet.ipVersion,
        packet.destination0,
        packet.destination1,
        packet.destination2,
        packet.destination3,
      );
}

function peerOf(packet: Packet, isDestination: boolean): BgpPeer {
  return {
    address: addressOf(packet, isDestination ? "destination" : "source"),
    isPublic: isDestination
      ? isPublicAddress(packet.ipVersion, packet.destination0, packet.destination3)
      : isPublicAddress(packet.ipVersion, packet.source0, packet.source3),
    as: undefined,
  };
}

/** False for the special blocks of RFC 6890 that no router of the Internet forwards; documentation's count as public. */
function isPublicAddress(version: number, w0: number, w3: number): boolean {
  if (version === 6) return w0 >>> 29 === 1; // 2000::/3, global unicast
  const first = w3 >>> 24;
  if (first === 0 || first === 10 || first === 127 || first >= 224) return false;
  if (w3 >>> 16 === 0xa9fe || w3 >>> 16 === 0xc0a8) return false; // 169.254/16, 192.168/16
  return w3 >>> 20 !== 0xac1 && w3 >>> 22 !== 0x191; // 172.16/12, 100.64/10
}

class FollowedSession implements BgpSession {
  readonly peers: readonly [BgpPeer, BgpPeer];
  readonly contexts = new Set<number>();
  readonly communities = new Set<string>();
  firstPacket = 0;
  latestSeconds = 0;
  messages = 0;
  readonly #streams = [new MessageStream(), new MessageStream()] as const;
  readonly #opened = [false, false];
  readonly #fourOctets = [false, false];
  readonly #addPath = [false, false];
  /** By end: no routes yet, the first ones are coming, they were all there. */
  readonly #table: ["none" | "coming" | "whole", "none" | "coming" | "whole"] = ["none", "none"];
  readonly #learned = [new Map<string, LearnedRoute>(), new Map<string, LearnedRoute>()] as const;
  #overflowed = false;

  constructor(first: BgpPeer, second: BgpPeer) {
    this.peers = [first, second];
  }

  observe(packet: Packet, end: 0 | 1, context: number, seconds: number, packetNumber: number): void {
    if (this.contexts.size < MAX_SESSION_CONTEXTS) this.contexts.add(context);
    const stream = this.#streams[end];
    stream.feed(packet);
    for (;;) {
      const message = stream.next(this.#asOctets(), this.#addPath[0] === true && this.#addPath[1] === true);
      if (message === undefined) return;
      this.messages += 1;
      if (seconds > this.latestSeconds) this.latestSeconds = seconds;
      this.#take(message, end, packetNumber);
    }
  }

  /** Four octets only when both ends offered them (RFC 6793, section 4.1); unknown until both did or did not. */
  #asOctets(): 2 | 4 | undefined {
    if (this.#opened[0] !== true || this.#opened[1] !== true) return undefined;
    return this.#fourOctets[0] === true && this.#fourOctets[1] === true ? 4 : 2;
  }

  #take(message: BgpMessage, end: 0 | 1, packetNumber: number): void {
    const peer = this.peers[end];
    if (message.type === "open") {
      this.#opened[end] = true;
      this.#fourOctets[end] = message.fourOctetAs;
      this.#addPath[end] = message.addPath;
      this.#learned[end].clear();
      this.#table[end] = "none";
      peer.as = message.as;
    } else if (message.type === "update") {
      // An external speaker puts its own AS first, and sends no LOCAL_PREF (RFC 4271, sections 5.1.2 and 5.1.5).
      if (message.firstAs !== undefined && !message.hasLocalPreference) peer.as ??= message.firstAs;
      for (const community of message.communities)
        if (this.communities.size < MAX_SESSION_COMMUNITIES) this.communities.add(community);
      this.#learn(this.#learned[end], message);
      const isEndOfRib = message.announced.length + message.withdrawn.length === 0;
      if (this.#table[end] !== "whole") this.#table[end] = isEndOfRib ? "whole" : "coming";
    } else if (message.type === "keepalive" && this.#table[end] === "coming") this.#table[end] = "whole";
    if (this.firstPacket === 0 && peer.as === MICROSOFT_AS) this.firstPacket = packetNumber;
  }

  #learn(learned: Map<string, LearnedRoute>, update: Extract<BgpMessage, { readonly type: "update" }>): void {
    if (!update.sound) this.#overflowed = true;
    for (const prefix of update.withdrawn) learned.delete(prefixText(prefix));
    for (const prefix of update.announced) {
      const key = prefixText(prefix);
      if (learned.size >= MAX_SESSION_PREFIXES && !learned.has(key)) this.#overflowed = true;
      else
        learned.set(key, {
          prefix,
          nextHop: update.nextHop,
          asPath: update.asPath,
          communities: update.communities,
        });
    }
  }

  get routes(): readonly LearnedRoute[] {
    const microsoft = this.peers.findIndex((peer) => peer.as === MICROSOFT_AS);
    if (microsoft >= 0) return [...this.#learned[microsoft === 0 ? 0 : 1].values()];
    return [...this.#learned[0].values(), ...this.#learned[1].values()];
  }

  get routesHold(): boolean {
    const end = this.#microsoftEnd;
    return end >= 0 && !this.#overflowed && this.#opened[end] === true && this.#streams[end]?.lost === false;
  }

  get routesComplete(): boolean {
    return this.routesHold && this.#table[this.#microsoftEnd] === "whole";
  }

  get #microsoftEnd(): number {
    return this.peers.findIndex((peer) => peer.as === MICROSOFT_AS);
  }

  get isMicrosoftPeering(): boolean {
    if (!this.peers.some((peer) => peer.as === MICROSOFT_AS)) return false;
    if (this.peers.every((peer) => peer.isPublic)) return true;
    return [...this.communities].some((community) => OFFICE365_COMMUNITIES.has(community));
  }
}

/** First size of a stream's buffer in bytes: two messages without the extended length. */
const SMALL_BUFFER = 8192;

/** Puts the messages of one direction together again; holds at most two longest messages (131,070 bytes). */
class MessageStream {
  /** True when bytes are missing, so that messages may have been missed. */
  lost = false;
  #bytes: Uint8Array = new Uint8Array(SMALL_BUFFER);
  #view: DataView = new DataView(this.#bytes.buffer);
  #start = 0;
  #end = 0;
  #next = -1;
  /** False until a message began where one was looked for. */
  #aligned = false;

  /** Takes a segment's captured payload; what was there before is skipped, after a gap reading starts afresh. */
  feed(packet: Packet): void {
    const captured = packet.payloadEnd - packet.payloadStart;
    if (captured <= 0) return;
    let skip = 0;
    if (this.#next >= 0) {
      const ahead = (packet.tcpSequence - this.#next) | 0;
      if (ahead > 0) this.#forget();
      else if (-ahead >= packet.payloadLength) return;
      else skip = -ahead;
    } else if (this.lost) this.#forget();
    this.#next = (packet.tcpSequence + packet.payloadLength) >>> 0;
    this.#compact();
    // More than fits is only ever a stream without messages.
    const room = this.#roomFor(captured - skip);
    const size = Math.min(captured - skip, room);
    for (let i = 0; i < size; i++)
      this.#bytes[this.#end + i] = packet.view.getUint8(packet.payloadStart + skip + i);
    if (size > 0) this.#end += size;
    if (captured < packet.payloadLength || size < captured - skip) {
      this.lost = true;
      this.#next = -1;
    }
  }

  /** The next whole message, or `undefined` until more bytes come. */
  next(asOctets: 2 | 4 | undefined, addPath: boolean): BgpMessage | undefined {
    while (this.#end - this.#start >= BGP_HEADER_LENGTH) {
      const length = bgpMessageLength(this.#view, this.#start, this.#end);
      if (length === 0) {
        if (this.#aligned) this.lost = true;
        this.#aligned = false;
        this.#start += 1;
        continue;
      }
      if (this.#start + length > this.#end) return undefined;
      const message = parseBgpMessage(this.#view, this.#start, this.#end, { asOctets, addPath });
      this.#start += length;
      this.#aligned = true;
      if (message !== undefined) return message;
      this.lost = true;
    }
    return undefined;
  }

  #roomFor(wanted: number): number {
    if (this.#end + wanted > this.#bytes.length && this.#bytes.length < 2 * BGP_LONGEST_MESSAGE) {
      const larger = new Uint8Array(2 * BGP_LONGEST_MESSAGE);
      larger.set(this.#bytes.subarray(0, this.#end));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return this.#bytes.length - this.#end;
  }

  #forget(): void {
    this.lost = true;
    this.#aligned = false;
    this.#start = 0;
    this.#end = 0;
  }

  #compact(): void {
    if (this.#start === 0) return;
    this.#bytes.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }
}
