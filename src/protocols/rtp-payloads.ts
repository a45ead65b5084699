import {
  isRepair,
  isStaticPayloadType,
  MOST_OF_NOISE,
  payloadMeanings,
  type PayloadKind,
} from "./payload-types.ts";
import { isBeside, type RedContent, RedContents } from "./rtp-red.ts";
import type { SignaledCodec } from "./signaled-codec.ts";

/** Different payload types that are counted in one stream. */
const MAX_PAYLOAD_TYPES = 8;
/** Microsoft's number for RED where no signaling says (MS-RTP 2.2.1). */
const USUAL_RED = 97;

/** A payload type that is counted; those of a stream are a list in order of appearance, mostly of one. */
interface CountedType {
  readonly payloadType: number;
  packets: number;
  kind: PayloadKind | undefined;
  signaled: SignaledCodec | undefined;
  /** As signaling or RFC 3551 gives it, Hz; 0 when neither does. */
  readonly clock: number;
  next: CountedType | undefined;
}

/** The payload types of one stream: how many packets of each, and what each means. */
export class StreamPayloads {
  /** The payload type of the latest packet. */
  payloadType = -1;
  /** The payload type that carries others inside (RED, RFC 2198), or -1. */
  redType = -1;
  #first: CountedType | undefined;
  #latest: CountedType | undefined;
  readonly #ask: (payloadType: number) => SignaledCodec | undefined;
  #red: RedContents | undefined;
  /** What the RED packet about to be added has inside. */
  #inside: RedContent | undefined;

  /** `ask` says what session signaling says of a payload type, while a packet of it is at hand. */
  constructor(ask: (payloadType: number) => SignaledCodec | undefined) {
    this.#ask = ask;
  }

  /** Counts a packet of `size` bytes; where its payload type changed, answers with the clock that is given for it, Hz, else 0. */
  add(payloadType: number, size: number): number {
    let clock = 0;
    if (payloadType !== this.payloadType) {
      this.payloadType = payloadType;
      this.#latest = this.#find(payloadType) ?? this.#begin(payloadType, size);
      clock = this.#latest?.clock ?? 0;
    }
    this.addRun(1);
    return clock;
  }

  /**
   * Asks again about the latest payload type, where signaling had said nothing and RFC 3551 says nothing: a capture that began in
   * mid-call may show a later INVITE or UPDATE. Answers with the clock that was told now, Hz, else 0.
   */
  askAgain(): number {
    const type = this.#latest;
    if (type === undefined || type.signaled !== undefined || isStaticPayloadType(type.payloadType)) return 0;
    const signaled = this.#ask(type.payloadType);
    if (signaled === undefined) return 0;
    type.signaled = signaled;
    type.kind = signaledKind(signaled);
    if (isRed(signaled)) this.#beginRed(type.payloadType, signaled);
    else if (type.payloadType === this.redType) this.redType = -1;
    return signaled.clockRate ?? 0;
  }

  /** Counts packets of the latest payload type. */
  addRun(count: number): void {
    if (this.#latest !== undefined) this.#latest.packets += count;
  }

  /** True when the latest packet was counted: there was room for its payload type. */
  get isCounted(): boolean {
    return this.#latest !== undefined;
  }

  /** What the packet that was just added is, as far as it is known: what a RED packet has inside, first. */
  get kind(): PayloadKind | undefined {
    const inside = this.payloadType === this.redType ? this.#inside?.kind : undefined;
    return inside ?? this.#latest?.kind;
  }

  /** Looks into a packet of the RED type, just before it is added; its payload on the wire has `size` bytes. */
  lookInside(view: DataView, payloadStart: number, end: number, size: number): void {
    this.#inside = this.#red?.add(view, payloadStart, end, size);
  }

  /** Payload type of most packets that are no comfort noise, events or repair (of all, if there are only such). */
  get main(): number {
    let best: CountedType | undefined;
    for (let type = this.#first; type !== undefined; type = type.next)
      if (!isBeside(type.kind) && (best === undefined || type.packets > best.packets)) best = type;
    return (best ?? this.#first)?.payloadType ?? 0;
  }

  kindOf(payloadType: number): PayloadKind | undefined {
    return this.#find(payloadType)?.kind;
  }

  signaledOf(payloadType: number): SignaledCodec | undefined {
    return this.#find(payloadType)?.signaled;
  }

  /** What most packets of a payload type have inside; undefined for one that is not RED. */
  insideOf(payloadType: number): RedContent | undefined {
    return payloadType === this.redType ? this.#red?.main : undefined;
  }

  #find(payloadType: number): CountedType | undefined {
    let type = this.#first;
    while (type !== undefined && type.payloadType !== payloadType) type = type.next;
    return type;
  }

  /** A new payload type; undefined when there are too many. */
  #begin(payloadType: number, size: number): CountedType | undefined {
    let last = this.#first;
    let before = 0;
    if (last !== undefined) for (before = 1; last.next !== undefined; before++) last = last.next;
    if (before >= MAX_PAYLOAD_TYPES) return undefined;
    const signaled = this.#ask(payloadType);
    const presumed = presumedKind(payloadType, size, this.#first);
    const kind = signaled === undefined ? presumed : (signaledKind(signaled) ?? presumed);
    const fixed = isStaticPayloadType(payloadType) ? payloadMeanings(payloadType)[0]?.clockRate : undefined;
    const clock = signaled?.clockRate ?? fixed ?? 0;
    const type: CountedType = { payloadType, packets: 0, kind, signaled, clock, next: undefined };
    if (last === undefined) this.#first = type;
    else last.next = type;
    if (signaled === undefined ? payloadType === USUAL_RED : isRed(signaled))
      this.#beginRed(payloadType, signaled);
    return type;
  }

  #beginRed(payloadType: number, told: SignaledCodec | undefined): void {
    this.redType = payloadType;
    this.#red = new RedContents(payloadType, told !== undefined, (inner) => {
      const signaled = this.#ask(inner);
      const presumed = payloadMeanings(inner)[0]?.kind;
      const kind = signaled === undefined ? undefined : signaledKind(signaled);
      const known = isStaticPayloadType(inner) || isBeside(presumed) ? presumed : undefined;
      return { payloadType: inner, signaled, kind: kind ?? known };
    });
  }
}

/**
 * Before signaling: static types and Microsoft's comfort noise and events, but only small ones beside another type; its repair of
 * video only beside its video.
 */
function presumedKind(
  payloadType: number,
  size: number,
  first: CountedType | undefined,
): PayloadKind | undefined {
  const meaning = payloadMeanings(payloadType)[0];
  if (isStaticPayloadType(payloadType)) return meaning?.kind;
  if (first === undefined || meaning === undefined) return undefined;
  if (meaning.kind === "comfort-noise" || meaning.kind === "event")
    return size > MOST_OF_NOISE ? undefined : meaning.kind;
  if (meaning.kind !== "repair" || first.signaled !== undefined) return undefined;
  const media = payloadMeanings(first.payloadType)[0];
  return media?.kind === "video" && media.profile === meaning.profile ? "repair" : undefined;
}

function isRed({ encodingName }: SignaledCodec): boolean {
  return encodingName.toLowerCase() === "red";
}

function signaledKind(codec: SignaledCodec): PayloadKind | undefined {
  const name = codec.encodingName.toLowerCase();
  if (name === "cn") return "comfort-noise";
  if (name === "telephone-event") return "event";
  if (isRepair(name)) return "repair";
  if (codec.modality === "audio" || codec.modality === "video") return codec.modality;
  return undefined;
}
