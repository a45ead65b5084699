import type { PayloadKind } from "./payload-types.ts";
import type { SignaledCodec } from "./signaled-codec.ts";

/** Redundant blocks before the primary one; senders have one or two. */
const MOST_BLOCKS = 8;
/** Different primary types: what has more is ciphertext, whose bits are anything. */
const MOST_TYPES = 4;
/** Packets, and the share of them whose block headers fit, before the inside is believed. */
const FEWEST = 6;
const READABLE_SHARE = 0.9;

/**
 * Payload type of the primary block of a RED payload (RFC 2198, section 3), plus 128 for each redundant block before it;
 * -1 where the headers at `start` do not fit into the payload. `size` is the payload's length on the wire, `end` where
 * the capture ends.
 */
export function redPrimary(view: DataView, start: number, end: number, size: number): number {
  let redundant = 0;
  let at = start;
  for (let block = 0; block <= MOST_BLOCKS; block++) {
    if (at >= end) return -1;
    const first = view.getUint8(at);
    if (first < 0x80) return at + 1 + redundant <= start + size ? first + 128 * block : -1;
    if (at + 4 > end) return -1;
    redundant += view.getUint16(at + 2) & 0x3ff;
    at += 4;
  }
  return -1;
}

/** What one payload type inside RED means. */
export interface RedContent {
  readonly payloadType: number;
  readonly signaled: SignaledCodec | undefined;
  readonly kind: PayloadKind | undefined;
}

/** The payload types inside the RED packets of one stream: readable in clear RTP, noise under SRTP. */
export class RedContents {
  /** The payload type that is RED here. */
  readonly payloadType: number;
  readonly #signaled: boolean;
  readonly #ask: (payloadType: number) => RedContent;
  readonly #contents: RedContent[] = [];
  readonly #counts: number[] = [];
  #packets = 0;
  #readable = 0;
  #redundant = 0;
  #noise = false;

  /**
   * `signaled`: SDP says that it is RED. Else redundant blocks have to prove it: the first bytes of another codec may
   * look like a header. `ask` is called once for each type found, while a packet of it is at hand.
   */
  constructor(payloadType: number, signaled: boolean, ask: (payloadType: number) => RedContent) {
    this.payloadType = payloadType;
    this.#signaled = signaled;
    this.#ask = ask;
  }

  /** Looks into one packet; answers what its primary block is, as far as that is known. */
  add(view: DataView, start: number, end: number, size: number): RedContent | undefined {
    if (this.#noise) return undefined;
    this.#packets++;
    const found = redPrimary(view, start, end, size);
    const primary = found & 127;
    if (found < 0 || primary === this.payloadType) return undefined;
    this.#readable++;
    if (found > 127) this.#redundant++;
    for (let i = 0; i < this.#contents.length; i++) {
      const content = this.#contents[i];
      if (content?.payloadType !== primary) continue;
      this.#counts[i] = (this.#counts[i] ?? 0) + 1;
      return content;
    }
    if (this.#contents.length >= MOST_TYPES) {
      this.#noise = true;
      return undefined;
    }
    const content = this.#ask(primary);
    this.#contents.push(content);
    this.#counts.push(1);
    return content;
  }

  /** The type of most packets, media before comfort noise, events and repair; undefined when it is not readable. */
  get main(): RedContent | undefined {
    if (this.#noise || this.#packets < FEWEST || this.#readable < READABLE_SHARE * this.#packets)
      return undefined;
    if (!this.#signaled && this.#redundant < this.#readable / 2) return undefined;
    const media = this.#contents.filter(({ kind }) => !isBeside(kind));
    const from = media.length > 0 ? media : this.#contents;
    return from.reduce<RedContent | undefined>(
      (most, content) =>
        most === undefined || this.#countOf(content) > this.#countOf(most) ? content : most,
      undefined,
    );
  }

  #countOf(content: RedContent): number {
    return this.#counts[this.#contents.indexOf(content)] ?? 0;
  }
}

/** True for packets that go along with a stream's media: comfort noise, telephone events, repair. */
export function isBeside(kind: PayloadKind | undefined): boolean {
  return kind === "comfort-noise" || kind === "event" || kind === "repair";
}
