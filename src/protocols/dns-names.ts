import { MAPPED_PREFIX } from "../address/address.ts";
import type { Packet } from "../wire/packet.ts";
import { DNS_HEADER_LENGTH, sameName, skipName } from "./dns.ts";
import { ANY_TIME, DnsMappings } from "./dns-mappings.ts";
import { DnsNameRing } from "./dns-name-ring.ts";

/** A mapping holds at least so long after its answer, and at most so long, in seconds. */
const SHORTEST_LIFE = 60;
const LONGEST_LIFE = 7 * 86400;

/** Most records of one answer that are read. */
const MOST_RECORDS = 64;

const TYPE_A = 1;
const TYPE_CNAME = 5;
const TYPE_AAAA = 28;
const CLASS_IN = 1;

/**
 * Names that clients looked up, by the addresses they were told: for a server that shows no name of its own.
 * A mapping holds from its answer to its TTL, at least a minute. Bounded: memory grows with use to about 14 MB.
 */
export class DnsNames {
  readonly #mappings: DnsMappings = new DnsMappings();
  readonly #names: DnsNameRing = new DnsNameRing();

  /** Learns from a DNS answer over UDP (source port 53; the destination is the client). Ignores everything else. */
  observe(packet: Packet, seconds: number): void {
    if (packet.sourcePort === 53)
      this.learn(packet.view, packet.payloadStart, packet.payloadEnd, packet, seconds);
  }

  /** Learns from the DNS answer at [start, end), sent to the destination of `packet`. Ignores what is no answer. */
  learn(view: DataView, start: number, end: number, packet: Packet, seconds: number): void {
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
    let at = questionEnd + 4;
    let owner = question;
    let namePosition = -1;
    for (let i = 0; i < answers && at < end; i++) {
      const tail = skipName(view, at, end);
      if (tail < 0 || tail + 10 > end) return;
      const length = view.getUint16(tail + 8);
      const body = tail + 10;
      const next = body + length;
      if (next > end) return;
      const type = view.getUint16(tail);
      if (view.getUint16(tail + 2) === CLASS_IN && sameName(view, start, at, owner, end)) {
        if (type === TYPE_CNAME) owner = body;
        else if ((type === TYPE_A && length === 4) || (type === TYPE_AAAA && length === 16)) {
          const mapping = this.#mappingFor(
            view,
            body,
            length,
            view.getUint32(tail + 4),
            packet,
            seconds,
            question,
            questionEnd - 1,
          );
          if (mapping >= 0) {
            // All addresses of one answer share one copy of the name.
            if (namePosition < 0) namePosition = this.#names.keep(view, question, questionEnd - 1);
            this.#mappings.setNamePosition(mapping, namePosition);
          }
        }
      }
      at = next;
    }
  }

  /**
   * The name for a server at a time, both addresses as four words: of the names that this client was told the address
   * for, whose mapping held then, the one it queried last; else the name that other clients were told, if there is
   * only one such name. Undefined when there is none, or it holds what no host name can.
   */
  lookup(
    client0: number,
    client1: number,
    client2: number,
    client3: number,
    server0: number,
    server1: number,
    server2: number,
    server3: number,
    seconds: number,
  ): string | undefined {
    const own = this.#mappings.ofPair(
      client0,
      client1,
      client2,
      client3,
      server0,
      server1,
      server2,
      server3,
      seconds,
    );
    if (own >= 0) return this.#nameOf(own);
    let only: string | undefined;
    this.#mappings.eachOfServer(server0, server1, server2, server3, seconds, (mapping) => {
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

  /** Prolongs a mapping (-1), or makes one that still wants its name's position. */
  #mappingFor(
    view: DataView,
    body: number,
    length: number,
    timeToLive: number,
    packet: Packet,
    seconds: number,
    nameStart: number,
    nameEnd: number,
  ): number {
    const v4 = length === 4;
    const server0 = v4 ? 0 : view.getUint32(body);
    const server1 = v4 ? 0 : view.getUint32(body + 4);
    const server2 = v4 ? MAPPED_PREFIX : view.getUint32(body + 8);
    const server3 = view.getUint32(v4 ? body : body + 12);
    const { destination0, destination1, destination2, destination3 } = packet;
    // A TTL with the top bit set is zero (RFC 2181, section 8).
    const life = timeToLive >= 0x80000000 ? 0 : timeToLive;
    const expiry = Math.min(seconds + Math.min(Math.max(life, SHORTEST_LIFE), LONGEST_LIFE), 0xffffffff);
    const newest = this.#mappings.ofPair(
      destination0,
      destination1,
      destination2,
      destination3,
      server0,
      server1,
      server2,
      server3,
      ANY_TIME,
    );
    if (newest >= 0 && this.#isProlonged(newest, seconds, view, nameStart, nameEnd)) {
      this.#mappings.prolong(newest, expiry);
      return -1;
    }
    return this.#mappings.add(
      destination0,
      destination1,
      destination2,
      destination3,
      server0,
      server1,
      server2,
      server3,
      seconds,
      expiry,
      nameEnd - nameStart,
    );
  }

  /** True when an answer only prolongs this mapping: the same name, and no time between in which it did not hold. */
  #isProlonged(
    mapping: number,
    seconds: number,
    view: DataView,
    nameStart: number,
    nameEnd: number,
  ): boolean {
    const mappings = this.#mappings;
    return (
      mappings.nameLength(mapping) === nameEnd - nameStart &&
      mappings.heldAt(mapping, seconds) &&
      this.#names.equals(mappings.namePosition(mapping), view, nameStart, nameEnd)
    );
  }
}
