import { crc32 } from "../hash/crc32.ts";
import { readStunAddress, type StunAddress } from "./stun-address.ts";
import * as attribute from "./stun-attributes.ts";
import { StunSaid } from "./stun-said.ts";

/** Bytes of a STUN header (RFC 8489, section 5). */
export const STUN_HEADER_LENGTH = 20;
/** Magic cookie of RFC 5389 and later, at offset 4. */
export const STUN_COOKIE = 0x2112a442;
const FINGERPRINT_XOR = 0x5354554e;
const ATTRIBUTE_HEADER = 4;
/** More attributes than any real message has; what has more is refused. */
const MAX_ATTRIBUTES = 64;

/** Which family of STUN a message belongs to. */
export const StunFlavour = {
  none: 0,
  /** RFC 3489, and the early formats of MS-ICE2: no cookie. */
  classic: 1,
  /** RFC 5389 and later. */
  rfc5389: 2,
  /** MS-TURN with the RFC's cookie in the header. */
  msTurn: 3,
  /** MS-TURN without it: the first attribute alone tells. */
  msTurnLegacy: 4,
} as const;
export type StunFlavour = (typeof StunFlavour)[keyof typeof StunFlavour];

export const StunClass = { request: 0, indication: 1, success: 2, error: 3 } as const;
export type StunClass = (typeof StunClass)[keyof typeof StunClass];

/** Method numbers. Refresh shares its number with MS-TURN's Send, so the flavour has to be asked too. */
export const StunMethod = {
  binding: 1,
  allocate: 3,
  refreshOrMsSend: 4,
  send: 6,
  data: 7,
  createPermission: 8,
  channelBind: 9,
} as const;

/**
 * A STUN or TURN message laid over bytes, of RFC 8489/8656, RFC 3489 or Microsoft's TURN (MS-TURN, MS-ICE2).
 * After `at` has answered a flavour, the fields hold what the attributes said; offsets are into the view, -1: absent.
 */
export class StunMessage extends StunSaid {
  #view: DataView = new DataView(new ArrayBuffer(0));
  #start = 0;
  #end = 0;
  flavour: StunFlavour = StunFlavour.none;
  /** Message type as on the wire. */
  type = 0;
  /** False when the capture has less than the message. */
  complete = false;

  get class(): StunClass {
    // Bits 4 and 8 of the type: only these four values can come out.
    const bits = ((this.type >> 4) & 1) | ((this.type >> 7) & 2);
    return bits === 0 ? 0 : bits === 1 ? 1 : bits === 2 ? 2 : 3;
  }

  get method(): number {
    return (this.type & 0xf) | ((this.type & 0xe0) >> 1) | ((this.type & 0x3e00) >> 2);
  }

  get isMsTurn(): boolean {
    return this.flavour >= StunFlavour.msTurn;
  }

  /** True for a method of TURN (Allocate, Send, ChannelBind ...), not for Binding. */
  get isTurn(): boolean {
    return this.isMsTurn || this.method >= StunMethod.allocate;
  }

  /**
   * Reads the message that fills `view[start, end)`; `length` is what the wire carried, more than `end - start` when
   * the capture was cut. Accepts only what is exactly one message: lengths fit, and the walk over the attributes ends
   * at the end. MS-TURN does not pad attributes, so its lengths may be any number.
   */
  at(view: DataView, start: number, end: number, length: number = end - start): StunFlavour {
    this.flavour = StunFlavour.none;
    if (end - start < STUN_HEADER_LENGTH) return StunFlavour.none;
    const type = view.getUint16(start);
    if ((type & 0xc000) !== 0) return StunFlavour.none;
    const bodyLength = view.getUint16(start + 2);
    if (STUN_HEADER_LENGTH + bodyLength !== length) return StunFlavour.none;
    this.#view = view;
    this.#start = start;
    this.#end = end;
    this.type = type;
    this.complete = end - start === length;
    this.flavour = this.#flavour(bodyLength);
    return this.flavour;
  }

  #flavour(bodyLength: number): StunFlavour {
    const cookie = this.#view.getUint32(this.#start + 4) === STUN_COOKIE;
    if (bodyLength >= 8 && startsWithMsCookie(this.#view, this.#start + STUN_HEADER_LENGTH, this.#end)) {
      if (!this.#walk(bodyLength, 1) && !this.#walk(bodyLength, 4)) return StunFlavour.none;
      this.microsoft = true;
      return cookie ? StunFlavour.msTurn : StunFlavour.msTurnLegacy;
    }
    if (cookie) {
      if (this.method > 0xff) return StunFlavour.none;
      if (bodyLength % 4 === 0 && this.#walk(bodyLength, 4)) return StunFlavour.rfc5389;
      // WhatsApp does not pad either; so unpadded alone is no sign of Microsoft.
      return this.#walk(bodyLength, 1) ? StunFlavour.rfc5389 : StunFlavour.none;
    }
    if (!isClassicType(this.type) || !this.#walk(bodyLength, 4)) return StunFlavour.none;
    return this.attributes > 0 && this.isClassic && this.complete ? StunFlavour.classic : StunFlavour.none;
  }

  /** Walks attributes padded to `align` bytes; false when they do not end where the message does. */
  #walk(bodyLength: number, align: 1 | 4): boolean {
    this.reset();
    const view = this.#view;
    const messageEnd = this.#start + STUN_HEADER_LENGTH + bodyLength;
    let at = this.#start + STUN_HEADER_LENGTH;
    while (at < messageEnd) {
      if (at + ATTRIBUTE_HEADER > messageEnd || this.attributes >= MAX_ATTRIBUTES) return false;
      if (at + ATTRIBUTE_HEADER > this.#end) return !this.complete;
      const length = view.getUint16(at + 2);
      const valueAt = at + ATTRIBUTE_HEADER;
      const next = valueAt + (align === 4 ? (length + 3) & ~3 : length);
      if (next > messageEnd) return false;
      const type = view.getUint16(at);
      if (valueAt + length > this.#end) {
        // Cut by the capture. The start of DATA is still worth looking into.
        if (type === attribute.DATA) this.take(view, type, valueAt, length);
        return !this.complete;
      }
      this.attributes++;
      this.take(view, type, valueAt, length);
      at = next;
    }
    return at === messageEnd;
  }

  /**
   * Reads the address attribute whose value starts at `at` (one of the `...At` fields, not -1) into `into`.
   * `xored`: the address is XORed with the header's bytes from offset 4 on, cookie or not (RFC 8489, 14.2; MS-TURN).
   */
  readAddress(at: number, xored: boolean, into: StunAddress): void {
    readStunAddress(this.#view, at, xored ? this.#start + 4 : -1, into);
  }

  /** Four bytes of the transaction id, from offset `4 * index` after the cookie's place; index 0 to 2. */
  transactionWord(index: number): number {
    return this.#view.getUint32(this.#start + 8 + 4 * index);
  }

  /** Shows the words of the transaction id: three, or four where there is no cookie (RFC 3489, MS-TURN's old form). */
  transactionWords(each: (word: number) => void): void {
    if (this.flavour === StunFlavour.classic || this.flavour === StunFlavour.msTurnLegacy)
      each(this.#view.getUint32(this.#start + 4));
    for (let i = 0; i < 3; i++) each(this.transactionWord(i));
  }

  /** Transaction id in hex. */
  transactionId(): string {
    let text = "";
    this.transactionWords((word) => {
      text += word.toString(16).padStart(8, "0");
    });
    return text;
  }

  /** USERNAME or SOFTWARE as text of printable ASCII, at most 128 characters; anything else becomes a dot. */
  text(at: number, length: number): string {
    let text = "";
    for (let i = 0; i < Math.min(length, 128); i++) {
      const byte = this.#view.getUint8(at + i);
      text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".";
    }
    return text;
  }

  /** True when FINGERPRINT is the last attribute and right (RFC 8489, 14.7); false when absent or wrong. */
  fingerprintFits(): boolean {
    const at = this.fingerprintAt;
    if (at < 0 || !this.complete || at + 4 !== this.#end) return false;
    const sum = crc32(this.#view, this.#start, at - ATTRIBUTE_HEADER);
    return (sum ^ FINGERPRINT_XOR) >>> 0 === this.#view.getUint32(at);
  }
}

/** True when the attribute at `at` is MS-TURN's magic cookie, which its messages must begin with (MS-TURN 3.1.10). */
export function startsWithMsCookie(view: DataView, at: number, end: number): boolean {
  return (
    at + 8 <= end &&
    view.getUint32(at) === ((attribute.MS_MAGIC_COOKIE << 16) | 4) >>> 0 &&
    view.getUint32(at + 4) === attribute.MS_MAGIC_COOKIE_VALUE
  );
}

/** Binding and shared secret messages of RFC 3489, section 11.1. */
function isClassicType(type: number): boolean {
  const kind = type & 0xfeef;
  return (type & 0xfe00) === 0 && (kind === 0x0001 || kind === 0x0002) && type !== 0x0011 && type !== 0x0012;
}
