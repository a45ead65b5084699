import { type Address, MAPPED_PREFIX } from "../address/address.ts";
import type { Packet } from "../wire/packet.ts";
import { DNS_HEADER_LENGTH, sameName, skipName } from "./dns.ts";
import { HintKey, hintsOf, isAlias, MOST_HINTS, targetOf } from "./dns-https.ts";
import { ANY_TIME, DnsMappings } from "./dns-mappings.ts";
import { DnsNameRing } from "./dns-name-ring.ts";

type Words = Address["words"];

/** A mapping holds at least so long after its answer, and at most so long, in seconds. */
const SHORTEST_LIFE = 60;
const LONGEST_LIFE = 7 * 86400;

/** Most records of one answer that are read, and how often where aliases come behind what they lead to. */
const MOST_RECORDS = 64;
const MOST_ROUNDS = 6;

const TYPE_A = 1;
const TYPE_CNAME = 5;
const TYPE_AAAA = 28;
const TYPE_HTTPS = 65;
const CLASS_IN = 1;
const UNDERSCORE = 0x5f;

/**
 * Names that clients looked up, by the addresses they were told: for a server that shows no name of its own.
 * A mapping holds from its answer to its TTL, at least a minute. Bounded: memory grows with use to about 14 MB.
 */
export class DnsNames {
  readonly #mappings: DnsMappings = new DnsMappings();
  readonly #names: DnsNameRing = new DnsNameRing();
  readonly #slack: number;
  // The answer at hand: when it came, where its question's name lies, and where that is kept (-1: not yet).
  #seconds = 0;
  #nanoseconds = 0;
  #nameStart = 0;
  #nameEnd = 0;
  #namePosition = -1;

  /**
   * With `several` captures, whose clocks may be a little apart, a name counts that was told up to a second later than it
   * is asked for, where none was told before.
   */
  constructor(several = false) {
    this.#slack = several ? 1 : 0;
  }

  /** Learns from a DNS answer over UDP (source port 53; the destination is the client). Ignores everything else. */
  observe(packet: Packet, seconds: number, nanoseconds = 0): void {
    if (packet.sourcePort === 53)
      this.learn(packet.view, packet.payloadStart, packet.payloadEnd, packet, seconds, nanoseconds);
  }

  /** Learns from the DNS answer at [start, end), sent to the destination of `packet`. Ignores what is no answer. */
  learn(view: DataView, start: number, end: number, packet: Packet, seconds: number, nanoseconds = 0): void {
    if (end - start < DNS_HEADER_LENGTH + 5) return;
    // QR set, opcode QUERY, RCODE NOERROR; one question; answers.
    const flags = view.getUint16(start + 2);
    if ((flags & 0xf80f) !== 0x8000 || view.getUint16(start + 4) !== 1) return;
    const answers = Math.min(view.getUint16(start + 6), MOST_RECORDS);
    if (answers === 0) return;
    const question = start + DNS_HEADER_LENGTH;
    const questionEnd = skipName(view, question, end);
    // A compressed first name could only point into the header.
    if (questionEnd < 0 || questionEnd + 4 > end || view.getUint8(questionEnd - 1) !== 0) return;
    this.#seconds = seconds;
    this.#nanoseconds = nanoseconds;
    this.#nameStart = question;
    this.#nameEnd = questionEnd - 1;
    this.#namePosition = -1;
    let owner = question;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      let at = questionEnd + 4;
      // Most answers have aliases in front of what they lead to, but no rule says so.
      let isPassedOver = false;
      let goesBack = false;
      for (let i = 0; i < answers && at < end; i++) {
        const tail = skipName(view, at, end);
        if (tail < 0 || tail + 10 > end) break;
        const body = tail + 10;
        const next = body + view.getUint16(tail + 8);
        if (next > end) break;
        if (view.getUint16(tail + 2) === CLASS_IN && isOfUse(view.getUint16(tail))) {
          if (!sameName(view, start, at, owner, end)) isPassedOver = true;
          else {
            const alias = this.#take(view, tail, body, next, packet);
            if (alias >= 0) {
              owner = alias;
              goesBack = isPassedOver;
            }
          }
        }
        at = next;
      }
      if (!goesBack) return;
    }
  }

  /**
   * The name for a server at a moment, both addresses as four words: of the names that this client was told the address
   * for, whose mapping held then, the one it queried last; else the name that other clients were told, if there is
   * only one such name. Undefined when there is none, or it holds what no host name can.
   */
  lookup(client: Words, server: Words, seconds: number, nanoseconds = 0): string | undefined {
    const mappings = this.#mappings;
    mappings.setClient(client[0], client[1], client[2], client[3]);
    mappings.setServer(server[0], server[1], server[2], server[3]);
    const latest = seconds + this.#slack;
    const exact = mappings.ofPair(seconds, nanoseconds);
    const own = exact < 0 && this.#slack > 0 ? mappings.ofPair(latest, nanoseconds) : exact;
    if (own >= 0) return this.#nameOf(own);
    let only: string | undefined;
    mappings.eachOfServer(latest, nanoseconds, (mapping) => {
      const name = this.#nameOf(mapping);
      const isOther = only !== undefined && name !== only;
      only = isOther ? undefined : name;
      return !isOther;
    });
    return only;
  }

  #nameOf(mapping: number): string | undefined {
    return this.#names.hostName(this.#mappings.namePosition(mapping), this.#mappings.nameLength(mapping));
  }

  /** Takes the record [tail, next) of the name asked for; where the name lies that it is an alias of, else -1. */
  #take(view: DataView, tail: number, body: number, next: number, packet: Packet): number {
    const type = view.getUint16(tail);
    const length = next - body;
    const life = view.getUint32(tail + 4);
    if (type === TYPE_CNAME) return body;
    if (type === TYPE_HTTPS) {
      // "_8443._https.example.com" asks for another port, and is the name of no host.
      if (view.getUint8(this.#nameStart + 1) === UNDERSCORE) return -1;
      if (isAlias(view, body, next)) return targetOf(body);
      this.#takeHints(view, body, next, HintKey.ipv4, 4, life, packet);
      this.#takeHints(view, body, next, HintKey.ipv6, 16, life, packet);
    } else if (length === (type === TYPE_A ? 4 : 16)) this.#learnAddress(view, body, length, life, packet);
    return -1;
  }

  /** Takes the addresses of one kind that an HTTPS record gives as a hint. */
  #takeHints(
    view: DataView,
    body: number,
    next: number,
    key: HintKey,
    length: number,
    life: number,
    packet: Packet,
  ): void {
    const hints = hintsOf(view, body, next, key);
    if (hints < 0) return;
    const size = Math.min(view.getUint16(hints - 2), MOST_HINTS * length);
    for (let at = hints; at + length <= hints + size; at += length)
      this.#learnAddress(view, at, length, life, packet);
  }

  #learnAddress(view: DataView, body: number, length: number, timeToLive: number, packet: Packet): void {
    const mapping = this.#mappingFor(view, body, length, timeToLive, packet);
    if (mapping < 0) return;
    // All addresses of one answer share one copy of the name.
    if (this.#namePosition < 0) this.#namePosition = this.#names.keep(view, this.#nameStart, this.#nameEnd);
    this.#mappings.setNamePosition(mapping, this.#namePosition);
  }

  /** Prolongs a mapping (-1), or makes one that still wants its name's position. */
  #mappingFor(view: DataView, body: number, length: number, timeToLive: number, packet: Packet): number {
    const mappings = this.#mappings;
    mappings.setClient(packet.destination0, packet.destination1, packet.destination2, packet.destination3);
    if (length === 4) mappings.setServer(0, 0, MAPPED_PREFIX, view.getUint32(body));
    else
      mappings.setServer(
        view.getUint32(body),
        view.getUint32(body + 4),
        view.getUint32(body + 8),
        view.getUint32(body + 12),
      );
    const seconds = this.#seconds;
    // A TTL with the top bit set is zero (RFC 2181, section 8).
    const life = timeToLive >= 0x80000000 ? 0 : timeToLive;
    const expiry = Math.min(seconds + Math.min(Math.max(life, SHORTEST_LIFE), LONGEST_LIFE), 0xffffffff);
    const newest = mappings.ofPair(ANY_TIME, 0);
    if (newest >= 0 && this.#isProlonged(newest, view)) {
      mappings.prolong(newest, expiry);
      return -1;
    }
    return mappings.add(seconds, this.#nanoseconds, expiry, this.#nameEnd - this.#nameStart);
  }

  /** True when an answer only prolongs this mapping: the same name, and no time between in which it did not hold. */
  #isProlonged(mapping: number, view: DataView): boolean {
    const mappings = this.#mappings;
    return (
      mappings.nameLength(mapping) === this.#nameEnd - this.#nameStart &&
      mappings.heldAt(mapping, this.#seconds, this.#nanoseconds) &&
      this.#names.equals(mappings.namePosition(mapping), view, this.#nameStart, this.#nameEnd)
    );
  }
}

/** True for records that tell an address, or another name for what was asked. */
function isOfUse(type: number): boolean {
  return type === TYPE_A || type === TYPE_AAAA || type === TYPE_CNAME || type === TYPE_HTTPS;
}
