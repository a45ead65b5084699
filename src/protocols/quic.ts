import { type Direction, opposite } from "../words.ts";
import type { Packet } from "../wire/packet.ts";
import { identityKey, type KeySink } from "./identity-key.ts";
import { ja4 } from "./ja4.ts";
import { QuicHello } from "./quic-hello.ts";
import { ClientInitialKeys } from "./quic-keys.ts";
import { QuicIds } from "./quic-ids.ts";
import { LONGEST_CONNECTION_ID, QUIC_PORT, QuicLongHeader, QuicType } from "./quic-packet.ts";
import type { Recognition } from "./recognition.ts";

/** Initial packets of one flow that are opened, and how many may fail before the rest is left closed. */
const MOST_INITIALS = 32;
const MOST_FAILURES = 6;

/** Datagrams of one flow that are looked at while the hello is not whole, and packets of one datagram. */
const MOST_DATAGRAMS = 64;
const MOST_COALESCED = 8;

/** The first connection id that a client chooses has at least so many bytes (RFC 9000, section 7.2). */
const SHORTEST_FIRST_ID = 8;

/** Datagrams with a client's Initial are padded to so many bytes (RFC 9000, section 14.1). */
const SHORTEST_INITIAL_DATAGRAM = 1200;

const MOST_IDENTITIES = 4;

/** Long headers that make a flow QUIC where none can be opened. */
const LEAST_LONG_HEADERS = 2;

const header = new QuicLongHeader();
/** The connection id that keys are derived from. */
const firstId = Buffer.alloc(LONGEST_CONNECTION_ID);
/** Keys that opened nothing, to be used again: what only looks like QUIC is frequent. */
let tried: ClientInitialKeys | undefined;

/**
 * True for a datagram that begins with a long header of a version read here or a negotiation, with lengths that fit it
 * (RFC 9000, section 17.2). Cheap; proves nothing by itself. `length`: on the wire, where the capture may have less.
 */
export function isQuicLongHeader(view: DataView, start: number, end: number, length?: number): boolean {
  return header.at(view, start, end, length === undefined ? end : start + length);
}

/**
 * One UDP flow as QUIC version 1, 2 or a late draft: opens the client's Initial packets for the server name (RFC 9001, section 5.2).
 * Only a right tag makes it certain.
 */
export class QuicFlow {
  #keys: ClientInitialKeys | undefined;
  #hello: QuicHello | undefined;
  #initiator: Direction | undefined;
  /** The direction that packets of a server's port came in. */
  #serverSide: Direction | undefined;
  #authenticated = false;
  #retried = false;
  #datagrams = 0;
  #longHeaders = 0;
  #initials = 0;
  #failures = 0;
  #firstPacket = 0;
  readonly #identities: string[] = [];
  readonly #ids: QuicIds = new QuicIds();

  /** False when further datagrams would teach nothing. */
  get wantsMore(): boolean {
    return this.#hello?.hello?.complete !== true && this.#datagrams < MOST_DATAGRAMS;
  }

  /** False when further datagrams would not tell whether both directions are of one connection. */
  get wantsIds(): boolean {
    return this.#ids.wantsMore;
  }

  /** True when a client's Initial was opened: it is QUIC beyond doubt. */
  get authenticated(): boolean {
    return this.#authenticated;
  }

  /**
   * Takes one datagram; true when it is a long header that fits, or, in a flow that had enough of them or is QUIC beyond
   * doubt, looks like a short header.
   */
  accept(
    packet: Packet,
    direction: Direction,
    _seconds: number,
    _nanoseconds: number,
    packetNumber: number,
  ): boolean {
    const { view, payloadStart: start, payloadEnd: end, payloadLength, sourcePort, destinationPort } = packet;
    const fromServer = sourcePort === QUIC_PORT && destinationPort !== QUIC_PORT;
    return this.read(view, start, end, direction, packetNumber, payloadLength, fromServer);
  }

  /**
   * As `accept`, for a payload that lies elsewhere; `length` is that on the wire. `fromServer`: no client's keys fit its
   * Initial packets.
   */
  read(
    view: DataView,
    start: number,
    end: number,
    direction: Direction,
    packetNumber: number,
    length: number = end - start,
    fromServer = false,
  ): boolean {
    if (end <= start) return false;
    const wireEnd = Math.max(end, start + length);
    this.#ids.countDatagram();
    if (!header.at(view, start, end, wireEnd)) {
      const isQuic = this.#authenticated || this.#longHeaders >= LEAST_LONG_HEADERS;
      if (!isQuic || (view.getUint8(start) & 0xc0) !== 0x40) return false;
      this.#ids.short(view, start, end, direction);
      return true;
    }
    this.#datagrams++;
    if (this.#longHeaders === 0) this.#firstPacket = packetNumber;
    if (fromServer) this.#serverSide = direction;
    let at = start;
    for (let i = 0; i < MOST_COALESCED; i++) {
      this.#longHeaders++;
      this.#ids.long(view, header, direction);
      if (header.type === QuicType.retry) this.#retried = true;
      else if (header.type === QuicType.initial && !fromServer)
        this.#readInitial(view, end, direction, wireEnd - start, packetNumber);
      at = header.end;
      if (at >= end || !header.at(view, at, end, wireEnd)) break;
    }
    return true;
  }

  #readInitial(
    view: DataView,
    end: number,
    direction: Direction,
    datagramLength: number,
    packetNumber: number,
  ): void {
    if (!this.wantsMore || this.#initials >= MOST_INITIALS || this.#failures >= MOST_FAILURES) return;
    if (this.#authenticated && direction !== this.#initiator) return; // the server's
    if (header.end > end) {
      if (header.destinationLength < SHORTEST_FIRST_ID || datagramLength < SHORTEST_INITIAL_DATAGRAM) return;
      keepFirstId(view);
      this.#identify();
      return;
    }
    this.#initials++;
    let frames = this.#keys?.version === header.version ? this.#keys.open(view, header) : undefined;
    if (frames === undefined && header.destinationLength >= SHORTEST_FIRST_ID) {
      if (datagramLength < SHORTEST_INITIAL_DATAGRAM) return;
      const { version, destinationLength } = header;
      keepFirstId(view);
      const keys = tried ?? new ClientInitialKeys(version, firstId, destinationLength);
      if (tried === undefined) tried = keys;
      else keys.derive(version, firstId, destinationLength);
      frames = keys.open(view, header);
      if (frames !== undefined) {
        tried = undefined;
        this.#authenticate(keys, direction, packetNumber);
      }
    }
    if (frames === undefined) this.#failures++;
    else (this.#hello ??= new QuicHello()).read(frames);
  }

  #authenticate(keys: ClientInitialKeys, direction: Direction, packetNumber: number): void {
    this.#keys = keys;
    if (!this.#authenticated) this.#firstPacket = packetNumber;
    this.#authenticated = true;
    this.#initiator = direction;
    this.#identify();
  }

  /** Remembers the connection id that `firstId` holds. */
  #identify(): void {
    const identity = `quic:${firstId.toString("hex", 0, header.destinationLength)}`;
    if (this.#identities.length < MOST_IDENTITIES && !this.#identities.includes(identity))
      this.#identities.push(identity);
  }

  /** The ids that the client called first, and the one that the server chose: who sees answers alone knows no other. */
  #allIdentities(): readonly string[] {
    const server = this.#initiator === undefined ? this.#serverSide : opposite(this.#initiator);
    const chosen = server === undefined ? undefined : this.#ids.chosenBy(server);
    const identity = `quic:${chosen ?? ""}`;
    const isNew = chosen !== undefined && !this.#identities.includes(identity);
    return isNew ? [...this.#identities, identity] : this.#identities;
  }

  identityKeys(sink: KeySink): void {
    for (const identity of this.#allIdentities()) sink.add(identityKey(identity));
  }

  /** Gives back the memory that the hello took. */
  discard(): void {
    this.#hello?.discard();
  }

  /** What is known; gives back the memory. `unknown` when one long header alone was seen. */
  result(): Recognition {
    this.discard();
    const hello = this.#hello?.hello;
    if (!this.#authenticated)
      return {
        application: this.#longHeaders >= LEAST_LONG_HEADERS ? "quic" : "unknown",
        confidence: this.#longHeaders >= LEAST_LONG_HEADERS ? "medium" : "low",
        rule: this.#longHeaders >= LEAST_LONG_HEADERS ? "quic-long-headers" : "quic-suspect",
        firstPacket: this.#firstPacket,
        identities: this.#allIdentities(),
        directionsFit: this.#ids.fit,
      };
    return {
      application: "quic",
      confidence: "certain",
      rule: "quic-initial-opened",
      firstPacket: this.#firstPacket,
      host: hello?.serverName,
      hostSource: hello?.serverName === undefined ? undefined : "quic",
      hostNote:
        hello?.encryptedClientHello === true
          ? "encrypted ClientHello offered: the server name may be only the public one of its provider"
          : hello?.nameNote,
      ja4: hello?.complete === true ? ja4(hello, "q") : undefined,
      initiator: this.#initiator,
      identities: this.#allIdentities(),
      directionsFit: this.#ids.fit,
      notes: this.#retried ? ["the server asked for a Retry"] : undefined,
    };
  }
}

/** Copies the connection id of the packet at hand. */
function keepFirstId(view: DataView): void {
  const { destinationStart, destinationLength } = header;
  for (let i = 0; i < destinationLength; i++) firstId[i] = view.getUint8(destinationStart + i);
}
