import { type Packet, PacketKind } from "../wire/packet.ts";
import { ACK, FIN, RST, SYN } from "../wire/tcp-flags.ts";

/** Most packets, requests and answers remembered of one capture. */
const MAX_MARKS = 150_000;

/** When a capture saw a packet, by its own clock. */
export interface Mark {
  /** Nanoseconds after the base that all captures share. */
  readonly timeNs: number;
  /** Tells which capture point a packet passed first. */
  readonly timeToLive: number;
  /** IPv4 identification, which a packet keeps on its way and one that is sent again does not have. Undefined: not known. */
  readonly ipId?: number | undefined;
}

/** The same packet twice, not as a copy that a mirror made: it tells no time. */
const AMBIGUOUS: Mark = { timeNs: Number.NaN, timeToLive: 0 };
const COPY_NS = 1_000_000;
const PAYLOAD_BYTES = 64;
/** Shorter payloads of UDP repeat too easily to name a packet. */
const SHORTEST_PAYLOAD = 16;
const STUN_COOKIE = 0x2112a442;

/**
 * What one capture saw and when, under names that are the same at every capture point: names of packets that neither
 * link layer, hop counts, DSCP, checksums nor source NAT change, and names of questions and of their answers (TCP data
 * and its acknowledgement, STUN requests and responses with one transaction id), which are in order of time.
 */
export class ClockMarks {
  readonly packets: Map<number, Mark> = new Map();
  /**
   * TCP data in connections whose sequence numbers nobody chose at random: by addresses, ports, numbers, payload and IPv4
   * identification. Whoever plays a conversation again makes the same ones, so they say less than `packets`.
   */
  readonly repeatable: Map<number, Mark> = new Map();
  /** By what name of `repeatable` an identification is known: one used for several packets tells none of them. */
  readonly #identifications: Map<number, number> = new Map();
  /** Questions by the name of their answer: the first time each was asked. */
  readonly questions: Map<number, number> = new Map();
  /** Answers by name: the first time each was given. */
  readonly answers: Map<number, number> = new Map();
  readonly baseSeconds: number;

  /** `baseSeconds`: time that `timeNs` counts from. */
  constructor(baseSeconds: number) {
    this.baseSeconds = baseSeconds;
  }

  /** Takes in a decoded packet. */
  observe(packet: Packet, seconds: number, nanoseconds: number): void {
    if (packet.fragment) return;
    const timeNs = (seconds - this.baseSeconds) * 1e9 + nanoseconds;
    if (packet.kind === PacketKind.tcp) this.#tcp(packet, timeNs);
    else if (packet.kind === PacketKind.udp) this.#udp(packet, timeNs);
  }

  #tcp(packet: Packet, timeNs: number): void {
    const { tcpFlags: flags, tcpSequence: sequence, tcpAcknowledgement: acknowledgement } = packet;
    const length = packet.payloadLength;
    // Sequence and acknowledgement are 64 bits of which the ends chose most at random (RFC 9293, section 3.4.1);
    // numbers near zero are those of made-up packets, which are alike everywhere.
    const isChosen = sequence >>> 16 !== 0 && (acknowledgement >>> 16 !== 0 || (flags & ACK) === 0);
    if (!isChosen) this.#repeatable(packet, timeNs);
    else if ((flags & (RST | ACK)) !== RST)
      this.#packet(name(1, sequence, acknowledgement, (flags << 16) | length), packet, timeNs);
    const occupied = length + ((flags & (SYN | FIN)) === 0 ? 0 : 1);
    if (occupied > 0 && isChosen && (flags & RST) === 0)
      first(this.questions, segmentName(packet, "to", (sequence + occupied) >>> 0), timeNs);
    if (isChosen && (flags & (ACK | RST)) === ACK)
      first(this.answers, segmentName(packet, "from", acknowledgement), timeNs);
    // Some firewalls choose sequence numbers anew; the random bytes of TLS pass them.
    if (length >= SHORTEST_PAYLOAD && isTls(packet)) this.#payload(2, packet, timeNs);
  }

  #udp(packet: Packet, timeNs: number): void {
    const { view, payloadStart: at, payloadLength: length } = packet;
    if (length < SHORTEST_PAYLOAD || packet.payloadEnd - at < SHORTEST_PAYLOAD) return;
    if (view.getUint32(at + 4) === STUN_COOKIE && view.getUint8(at) < 0x40) {
      // RFC 8489, section 5: the class is in two bits of the type; 0 asks, 2 and 3 answer.
      const type = view.getUint16(at);
      const kind = ((type >>> 7) & 2) | ((type >>> 4) & 1);
      if (length >= 20 && packet.payloadEnd - at >= 20 && kind !== 1) {
        const id = name(3, view.getUint32(at + 8), view.getUint32(at + 12), view.getUint32(at + 16));
        first(kind === 0 ? this.questions : this.answers, id, timeNs);
      }
    } else if (!isRtp(packet) && !isDtlsOrQuic(packet)) return;
    this.#payload(4, packet, timeNs);
  }

  #repeatable(packet: Packet, timeNs: number): void {
    const { ipId, payloadLength: length } = packet;
    if (ipId <= 0 || length < SHORTEST_PAYLOAD) return;
    const payload = payloadName(5, packet);
    if (payload === undefined || this.repeatable.size >= MAX_MARKS) return;
    const place = segmentName(packet, "to", packet.tcpSequence);
    const key = name(payload >>> 0, place >>> 0, packet.tcpAcknowledgement, (ipId << 16) | length);
    const identification = segmentName(packet, "to", ipId);
    const known = this.#identifications.get(identification);
    if (known === undefined) this.#identifications.set(identification, key);
    else if (known !== key) {
      this.repeatable.set(known, AMBIGUOUS).set(key, AMBIGUOUS);
      return;
    }
    sight(this.repeatable, key, packet, timeNs);
  }

  #payload(kind: number, packet: Packet, timeNs: number): void {
    const key = payloadName(kind, packet);
    if (key !== undefined) this.#packet(key, packet, timeNs);
  }

  #packet(key: number, packet: Packet, timeNs: number): void {
    sight(this.packets, key, packet, timeNs);
  }
}

/** Name of a payload by its length and first bytes; undefined where they were not captured. */
function payloadName(kind: number, packet: Packet): number | undefined {
  const wanted = Math.min(PAYLOAD_BYTES, packet.payloadLength);
  if (packet.payloadEnd - packet.payloadStart < wanted) return undefined;
  const { view, payloadStart: at } = packet;
  let one = packet.payloadLength;
  let two = 0x6b43a9b5;
  for (let i = 0; i + 4 <= wanted; i += 4) {
    const word = view.getUint32(at + i);
    one = Math.imul(one ^ word, 0x9e3779b1);
    one ^= one >>> 15;
    two = Math.imul(two + word, 0x85ebca6b);
    two ^= two >>> 13;
  }
  return name(kind, one, two, packet.payloadLength);
}

/** Notes when a packet was seen first; one that is seen again later, and is no copy, tells no time. */
function sight(seen: Map<number, Mark>, key: number, packet: Packet, timeNs: number): void {
  const known = seen.get(key);
  if (known === undefined) {
    if (seen.size >= MAX_MARKS) return;
    const { timeToLive, ipId } = packet;
    seen.set(key, { timeNs, timeToLive, ipId: ipId > 0 ? ipId : undefined });
  } else if (!(Math.abs(timeNs - known.timeNs) <= COPY_NS)) seen.set(key, AMBIGUOUS);
}

/** Random bytes follow: a handshake message with its random, or what is encrypted (RFC 8446, section 5.1). */
function isTls(packet: Packet): boolean {
  const { view, payloadStart: at } = packet;
  if (packet.payloadEnd - at < SHORTEST_PAYLOAD) return false;
  const type = view.getUint8(at);
  return (type === 22 || type === 23) && view.getUint8(at + 1) === 3;
}

/** RFC 3550, section 5.1; sequence, timestamp and SSRC make a packet of a stream like no other. */
function isRtp({ view, payloadStart }: Packet): boolean {
  return view.getUint8(payloadStart) >>> 6 === 2;
}

/** DTLS records have a sequence number; long headers of QUIC have connection ids that were chosen at random. */
function isDtlsOrQuic({ view, payloadStart: at }: Packet): boolean {
  const first = view.getUint8(at);
  return (first >= 20 && first <= 25 && view.getUint8(at + 1) >= 0xfe) || first >= 0xc0;
}

/** Name of what a sequence number stands for in one direction of a connection: "to" the packet's destination. */
function segmentName(p: Packet, way: "to" | "from", number: number): number {
  const source = p.source3 ^ Math.imul(p.source2 ^ p.source1 ^ p.source0, 0x27d4eb2f);
  const destination =
    p.destination3 ^ Math.imul(p.destination2 ^ p.destination1 ^ p.destination0, 0x27d4eb2f);
  return way === "to"
    ? name(number, source, destination, (p.sourcePort << 16) | p.destinationPort)
    : name(number, destination, source, (p.destinationPort << 16) | p.sourcePort);
}

/** 53 bits out of four words: keys of a Map, of which some 100,000 hardly ever meet by chance. */
function name(a: number, b: number, c: number, d: number): number {
  let high = Math.imul(a ^ 0x6f333635, 0x9e3779b1);
  let low = Math.imul(a + 0x51ed270b, 0xc2b2ae35);
  for (const word of [b, c, d]) {
    high = Math.imul((high ^ (high >>> 15)) + word, 0x85ebca6b);
    low = Math.imul(low ^ (low >>> 13) ^ word, 0x27d4eb2f);
  }
  high ^= high >>> 16;
  low ^= low >>> 15;
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0);
}

function first(times: Map<number, number>, key: number, timeNs: number): void {
  const known = times.get(key);
  if (known === undefined ? times.size < MAX_MARKS : timeNs < known) times.set(key, timeNs);
}
