import { type AddressWords, formatAddress } from "../address/address.ts";
import type { Direction } from "../words.ts";
import type { Arrival } from "./arrival.ts";
import type { ReportedAddress } from "./recognition.ts";
import { StunAddress } from "./stun-address.ts";
import { StunClass, type StunMessage } from "./stun.ts";
import { ToldMappings } from "./told-mappings.ts";

/** Different addresses that one flow may report. */
const MAX_REPORTED = 24;

interface Reported {
  readonly kind: ReportedAddress["kind"];
  readonly direction: Direction;
  readonly version: 4 | 6;
  readonly words: AddressWords;
  readonly port: number;
  readonly firstPacket: number;
  packets: number;
}

/** One address laid over every attribute in turn. */
const address = new StunAddress();

/** Addresses that the STUN and TURN messages of one flow tell: mapped, relayed, of peers; bounded. */
export class StunReported {
  readonly #reported: Reported[] = [];
  #mappings: ToldMappings<Reported> | undefined = undefined;

  /** What a message inside TURN maps is not this flow's own address. */
  add(message: StunMessage, arrival: Arrival): void {
    if (message.class === StunClass.success || message.class === StunClass.error)
      this.#answer(message, arrival);
    this.#note(message, message.peerAt, !message.isMsTurn, "peer", arrival);
    this.#note(message, message.destinationAt, false, "peer", arrival);
  }

  #answer(message: StunMessage, arrival: Arrival): void {
    // In answers to MS-TURN's Allocate, MAPPED-ADDRESS is the address at the relay (MS-TURN 2.2.2.1).
    if (message.isMsTurn) this.#note(message, message.mappedAt, false, "relayed", arrival);
    // One a message: where two attributes differ, somebody on the way rewrote the plain one (RFC 8489, 14.2).
    const plainAt = message.isMsTurn ? -1 : message.mappedAt;
    const xoredAt = message.msXorMappedAt < 0 ? message.xorMappedAt : message.msXorMappedAt;
    const mappedAt = xoredAt < 0 ? plainAt : xoredAt;
    const mapped = this.#note(message, mappedAt, mappedAt === xoredAt, "mapped", arrival);
    if (mapped?.kind === "mapped") (this.#mappings ??= new ToldMappings()).add(mapped, arrival.timeMs);
    if (xoredAt !== message.xorMappedAt) this.#noteOther(message, message.xorMappedAt, true, mapped, arrival);
    if (plainAt !== mappedAt) this.#noteOther(message, plainAt, false, mapped, arrival);
    this.#note(message, message.relayedAt, true, "relayed", arrival);
    this.#note(message, message.alternateAt, false, "alternate", arrival);
    this.#note(message, message.originAt, false, "other", arrival);
    this.#note(message, message.alternateMappedAt, false, "other", arrival);
  }

  /** A second mapped address of one message, where it is another one. */
  #noteOther(
    message: StunMessage,
    at: number,
    xored: boolean,
    mapped: Reported | undefined,
    arrival: Arrival,
  ): void {
    if (at < 0) return;
    message.readAddress(at, xored, address);
    if (mapped === undefined || !isAt(mapped, address)) this.#note(message, at, xored, "other", arrival);
  }

  /** Notes the address of an attribute; `at` is negative for one that the message has not. */
  #note(
    message: StunMessage,
    at: number,
    xored: boolean,
    outerKind: ReportedAddress["kind"],
    { depth, direction, packetNumber }: Arrival,
  ): Reported | undefined {
    if (at < 0) return undefined;
    const kind = depth > 0 ? "other" : outerKind;
    message.readAddress(at, xored, address);
    const reported = this.#reported;
    for (const item of reported) {
      if (item.kind !== kind || item.direction !== direction || !isAt(item, address)) continue;
      item.packets++;
      return item;
    }
    if (reported.length >= MAX_REPORTED && !this.#makeRoom(kind)) return undefined;
    const item: Reported = {
      kind,
      direction,
      version: address.version,
      words: [address.word0, address.word1, address.word2, address.word3],
      port: address.port,
      firstPacket: packetNumber,
      packets: 1,
    };
    reported.push(item);
    return item;
  }

  /** What says where the flow itself goes may come late, behind dozens of candidates: the last of others has to go. */
  #makeRoom(kind: ReportedAddress["kind"]): boolean {
    if (!isOwn(kind)) return false;
    const last = this.#reported.findLastIndex((item) => !isOwn(item.kind));
    if (last >= 0) this.#reported.splice(last, 1);
    return last >= 0;
  }

  /** In the order in which they were first told. */
  list(): ReportedAddress[] {
    const reported: ReportedAddress[] = [];
    for (const item of this.#reported)
      reported.push({
        kind: item.kind,
        direction: item.direction,
        address: formatAddress(item.version, ...item.words),
        port: item.port,
        packets: item.packets,
        firstPacket: item.firstPacket,
        since: this.#mappings?.since(item),
      });
    return reported;
  }
}

/** True for an address that the flow itself has, or was granted. */
function isOwn(kind: ReportedAddress["kind"]): boolean {
  return kind === "mapped" || kind === "relayed";
}

function isAt(
  { version, words, port }: Reported,
  { version: otherVersion, port: otherPort, word0, word1, word2, word3 }: StunAddress,
): boolean {
  if (port !== otherPort || version !== otherVersion) return false;
  return words[0] === word0 && words[1] === word1 && words[2] === word2 && words[3] === word3;
}
