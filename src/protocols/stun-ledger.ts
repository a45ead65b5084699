import type { Direction, Modality } from "../words.ts";
import { NO_ITEMS } from "../no-items.ts";
import type { Arrival } from "./arrival.ts";
import { identityKey, type KeySink, stunKeyOf } from "./identity-key.ts";
import type { ReportedAddress } from "./recognition.ts";
import { StunClass, StunFlavour, type StunMessage, StunMethod } from "./stun.ts";
import { StunReported } from "./stun-reported.ts";

/** Requests waiting for their answer. */
const MAX_PENDING = 16;
/** Transactions kept to join legs across source NAT. */
const MAX_IDENTITIES = 8;
/** An answer later than this belongs to nothing; STUN gives up after 39.5 s (RFC 8489, 6.2.1). */
const MAX_ROUND_TRIP_MS = 40_000;

/** A transaction id as its words; that of RFC 3489, which has a fourth word in front, as text. */
interface Identity {
  readonly word0: number;
  readonly word1: number;
  readonly word2: number;
  readonly classic: string | undefined;
  /** `identityKey` of it. */
  readonly key: number;
}

interface Pending {
  word0: number;
  word1: number;
  word2: number;
  direction: Direction;
  timeMs: number;
  again: boolean;
  nominating: boolean;
}

/** What the STUN and TURN messages of one flow say, bounded. */
export class StunLedger {
  messages = 0;
  /** Messages of Microsoft's TURN. */
  msTurn = 0;
  /** Messages with a method of TURN (either kind). */
  turn = 0;
  /** Attributes that only Microsoft's software sends were seen. */
  microsoft = false;
  /** A FINGERPRINT was right: certainty. */
  fingerprint = false;
  /** Only messages of RFC 3489 so far, which have no cookie. */
  classicOnly = true;
  firstPacket = 0;
  firstTurnPacket = 0;
  iceChecks = 0;
  nominated = false;
  /** Who sent the first request (an Allocate counts more than a Binding: both ends check). */
  initiator: Direction | undefined;
  /** Modality of MS-SERVICE-QUALITY: a hint for Skype for Business only; Teams says video for all. */
  serviceModality: Modality | undefined;
  software: string | undefined;
  /** Shortest round trip between the capture point and the receiver of requests of direction 0 and 1, ms. */
  readonly best: [number | undefined, number | undefined] = [undefined, undefined];
  #reported: StunReported | undefined = undefined;
  #pending: Pending[] | undefined = undefined;
  #nextPending = 0;
  /** The smallest transaction ids: two captures of the same flow keep the same ones, whenever they began. */
  #identities: Identity[] | undefined = undefined;
  /** An answer has the transaction id of a request of the other direction. */
  answersFit = false;
  /** Answers whose requests were not seen before them. */
  #early: Pick<Pending, "word0" | "word1" | "word2" | "direction">[] | undefined = undefined;
  #nominationAsked = false;
  #allocateSeen = false;

  /**
   * Takes a message that was accepted. What a message inside TURN maps is the relay's or the peer's address, and says
   * nothing of this flow's own.
   */
  add(message: StunMessage, arrival: Arrival): void {
    if (arrival.depth === 0) this.#outer(message, arrival);
    if (message.microsoft) this.microsoft = true;
    if (message.class === StunClass.request && message.method === StunMethod.binding) {
      if (message.hasPriority || message.usernameAt >= 0) this.iceChecks++;
    }
    // A request tells nothing but where it is to go on to: most flows have no more than such ones.
    if (message.class !== StunClass.request || message.peerAt >= 0 || message.destinationAt >= 0)
      (this.#reported ??= new StunReported()).add(message, arrival);
  }

  #outer(message: StunMessage, { direction, timeMs, packetNumber }: Arrival): void {
    this.messages++;
    if (this.messages === 1) this.firstPacket = packetNumber;
    if (message.flavour !== StunFlavour.classic) this.classicOnly = false;
    if (message.isMsTurn) this.msTurn++;
    if (message.isTurn) {
      this.turn++;
      if (this.firstTurnPacket === 0) this.firstTurnPacket = packetNumber;
    }
    if (!this.fingerprint && this.messages <= 64) this.fingerprint = message.fingerprintFits();
    if (message.softwareAt >= 0 && this.software === undefined)
      this.software = message.text(message.softwareAt, message.softwareLength);
    if (message.serviceStream > 0) this.serviceModality = serviceModality(message.serviceStream);
    if (message.class === StunClass.request) this.#request(message, direction, timeMs);
    else if (message.class !== StunClass.indication) this.#answer(message, direction, timeMs);
  }

  #request(message: StunMessage, direction: Direction, timeMs: number): void {
    const allocate = message.method === StunMethod.allocate;
    if (this.initiator === undefined || (allocate && !this.#allocateSeen)) this.initiator = direction;
    if (allocate) this.#allocateSeen = true;
    if (message.useCandidate) this.#nominationAsked = true;
    this.#identify(message);
    const word0 = message.transactionWord(0);
    const word1 = message.transactionWord(1);
    const word2 = message.transactionWord(2);
    if (!this.answersFit && this.#early !== undefined)
      this.answersFit = this.#early.some(
        (early) =>
          early.word0 === word0 &&
          early.word1 === word1 &&
          early.word2 === word2 &&
          early.direction !== direction,
      );
    const waiting = (this.#pending ??= []);
    for (const pending of waiting) {
      if (pending.word0 === word0 && pending.word1 === word1 && pending.word2 === word2) {
        // Sent again, or seen twice: which of them is answered cannot be told, so it gives no round trip.
        pending.again = true;
        return;
      }
    }
    const nominating = message.useCandidate;
    waiting[this.#nextPending] = { word0, word1, word2, direction, timeMs, again: false, nominating };
    this.#nextPending = (this.#nextPending + 1) % MAX_PENDING;
  }

  #answer(message: StunMessage, direction: Direction, timeMs: number): void {
    const word0 = message.transactionWord(0);
    for (const pending of this.#pending ?? []) {
      if (pending.word0 !== word0 || pending.word1 !== message.transactionWord(1)) continue;
      if (pending.word2 !== message.transactionWord(2) || pending.direction === direction) continue;
      if (pending.nominating && message.class === StunClass.success) this.nominated = true;
      const roundTrip = timeMs - pending.timeMs;
      if (!pending.again && roundTrip >= 0 && roundTrip < MAX_ROUND_TRIP_MS) {
        const best = this.best[pending.direction];
        if (best === undefined || roundTrip < best) this.best[pending.direction] = roundTrip;
      }
      pending.again = true;
      this.answersFit = true;
      return;
    }
    // Its request went by where nobody captures, or comes later by a clock that differs.
    this.#identify(message);
    const early = this.answersFit ? undefined : (this.#early ??= []);
    if (early !== undefined && early.length < MAX_PENDING)
      early.push({
        word0,
        word1: message.transactionWord(1),
        word2: message.transactionWord(2),
        direction,
      });
  }

  #identify(message: StunMessage): void {
    const word0 = message.transactionWord(0);
    const word1 = message.transactionWord(1);
    const word2 = message.transactionWord(2);
    const known = (this.#identities ??= []);
    const full = known.length >= MAX_IDENTITIES;
    if (full && word0 >= (known.at(-1)?.word0 ?? 0)) return;
    const { flavour } = message;
    const isOld = flavour === StunFlavour.classic || flavour === StunFlavour.msTurnLegacy;
    const classic = isOld ? message.transactionId() : undefined;
    if (
      known.some(
        (item) =>
          item.word0 === word0 && item.word1 === word1 && item.word2 === word2 && item.classic === classic,
      )
    )
      return;
    const key = classic === undefined ? stunKeyOf(word0, word1, word2) : identityKey(`stun:${classic}`);
    known.push({ word0, word1, word2, classic, key });
    if (known.length > 1) known.sort((a, b) => a.word0 - b.word0);
    if (known.length > MAX_IDENTITIES) known.pop();
  }

  /** USE-CANDIDATE was asked for, whether or not the answer was captured. */
  get nominationAsked(): boolean {
    return this.#nominationAsked;
  }

  /** Addresses that the messages told, in the order in which they were first told. */
  reported(): ReportedAddress[] {
    return this.#reported?.list() ?? [];
  }

  identityKeys(sink: KeySink): void {
    if (this.#identities === undefined) return;
    for (const { key } of this.#identities) sink.add(key);
  }

  identities(): string[] {
    const identities: string[] = [];
    for (const { word0, word1, word2, classic } of this.#identities ?? NO_ITEMS)
      identities.push(`stun:${classic ?? hex8(word0) + hex8(word1) + hex8(word2)}`);
    return identities;
  }
}

function hex8(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}

function serviceModality(stream: number): Modality | undefined {
  if (stream === 1) return "audio";
  if (stream === 2 || stream === 3) return "video";
  return stream === 4 ? "data" : undefined;
}
