import { isStaticPayloadType, payloadMeanings, type PayloadKind } from "./payload-types.ts";
import { isBeside, type RedContent, RedContents } from "./rtp-red.ts";
import type { SignaledCodec } from "./signaled-codec.ts";

/** Different payload types that are counted in one stream. */
const MAX_PAYLOAD_TYPES = 8;
/** Microsoft's number for RED where no signaling says (MS-RTP 2.2.1). */
const USUAL_RED = 97;

/** The payload types of one stream: how many packets of each, and what each means. */
export class StreamPayloads {
  /** The payload type of the latest packet, and its place among those that are counted, or -1. */
  payloadType = -1;
  slot = -1;
  /** The payload type that carries others inside (RED, RFC 2198), or -1. */
  redType = -1;
  readonly #types: number[] = [];
  readonly #counts: number[] = [];
  readonly #kinds: (PayloadKind | undefined)[] = [];
  readonly #signaled: (SignaledCodec | undefined)[] = [];
  readonly #ask: (payloadType: number) => SignaledCodec | undefined;
  readonly #clockKnown: (payloadType: number, clockRate: number) => void;
  #red: RedContents | undefined;
  /** What the RED packet about to be added has inside. */
  #inside: RedContent | undefined;

  /** `ask` says what session signaling says of a payload type, once each; `clockKnown` is told its clock in Hz, if given. */
  constructor(
    ask: (payloadType: number) => SignaledCodec | undefined,
    clockKnown: (payloadType: number, clockRate: number) => void,
  ) {
    this.#ask = ask;
    this.#clockKnown = clockKnown;
  }

  /** Counts a packet. */
  add(payloadType: number): void {
    if (payloadType !== this.payloadType) {
      this.payloadType = payloadType;
      this.slot = this.#slotOf(payloadType);
    }
    this.addRun(1);
  }

  /** Counts packets of the latest payload type. */
  addRun(count: number): void {
    if (this.slot >= 0) this.#counts[this.slot] = (this.#counts[this.slot] ?? 0) + count;
  }

  /** What the packet that was just added is, as far as it is known: what a RED packet has inside, first. */
  get kind(): PayloadKind | undefined {
    const inside = this.payloadType === this.redType ? this.#inside?.kind : undefined;
    return inside ?? (this.slot >= 0 ? this.#kinds[this.slot] : undefined);
  }

  /** Looks into a packet of the RED type, just before it is added; its payload on the wire has `size` bytes. */
  lookInside(view: DataView, payloadStart: number, end: number, size: number): void {
    this.#inside = this.#red?.add(view, payloadStart, end, size);
  }

  /** Payload type of most packets that are no comfort noise, events or repair (of all, if there are only such). */
  get main(): number {
    let best = -1;
    for (let i = 0; i < this.#types.length; i++) {
      if (isBeside(this.#kinds[i])) continue;
      if (best < 0 || (this.#counts[i] ?? 0) > (this.#counts[best] ?? 0)) best = i;
    }
    return this.#types[best < 0 ? 0 : best] ?? 0;
  }

  kindOf(payloadType: number): PayloadKind | undefined {
    return this.#kinds[this.#types.indexOf(payloadType)];
  }

  signaledOf(payloadType: number): SignaledCodec | undefined {
    return this.#signaled[this.#types.indexOf(payloadType)];
  }

  /** What most packets of a payload type have inside; undefined for one that is not RED. */
  insideOf(payloadType: number): RedContent | undefined {
    return payloadType === this.redType ? this.#red?.main : undefined;
  }

  #slotOf(payloadType: number): number {
    const known = this.#types.indexOf(payloadType);
    if (known >= 0 || this.#types.length >= MAX_PAYLOAD_TYPES) return known;
    this.#types.push(payloadType);
    this.#counts.push(0);
    const signaled = this.#ask(payloadType);
    this.#signaled.push(signaled);
    const presumed = this.#presumedKind(payloadType);
    this.#kinds.push(signaled === undefined ? presumed : (signaledKind(signaled) ?? presumed));
    const fixed = isStaticPayloadType(payloadType) ? payloadMeanings(payloadType)[0]?.clockRate : undefined;
    const clock = signaled?.clockRate ?? fixed;
    if (clock !== undefined) this.#clockKnown(payloadType, clock);
    if (signaled === undefined ? payloadType === USUAL_RED : signaled.encodingName.toLowerCase() === "red")
      this.#beginRed(payloadType, signaled !== undefined);
    return this.#types.length - 1;
  }

  #beginRed(payloadType: number, isSignaled: boolean): void {
    this.redType = payloadType;
    this.#red = new RedContents(payloadType, isSignaled, (inner) => {
      const signaled = this.#ask(inner);
      const presumed = payloadMeanings(inner)[0]?.kind;
      const kind = signaled === undefined ? undefined : signaledKind(signaled);
      const known = isStaticPayloadType(inner) || isBeside(presumed) ? presumed : undefined;
      return { payloadType: inner, signaled, kind: kind ?? known };
    });
  }

  /** Before signaling: static types and Microsoft's comfort noise and events, but only beside another type. */
  #presumedKind(payloadType: number): PayloadKind | undefined {
    const kind = payloadMeanings(payloadType)[0]?.kind;
    if (isStaticPayloadType(payloadType)) return kind;
    const beside = this.#types.length > 1;
    return beside && (kind === "comfort-noise" || kind === "event") ? kind : undefined;
  }
}

/** Sent again, or made of other packets: RFC 4588, 5109, 8627 and their kin; Microsoft's x-ulpfecuc. */
const REPAIR = /^(?:rtx|ulpfec|x-ulpfecuc|parityfec|flexfec(?:-03)?)$/;

function signaledKind(codec: SignaledCodec): PayloadKind | undefined {
  const name = codec.encodingName.toLowerCase();
  if (name === "cn") return "comfort-noise";
  if (name === "telephone-event") return "event";
  if (REPAIR.test(name)) return "repair";
  if (codec.modality === "audio" || codec.modality === "video") return codec.modality;
  return undefined;
}
