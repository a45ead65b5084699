import { type Direction, opposite } from "../words.ts";
import type { Packet } from "../wire/packet.ts";
import { detached, latin1 } from "./host-name.ts";
import type { Recognition, SdpMedia, SipDialog } from "./recognition.ts";
import { readSdp } from "./sdp.ts";
import {
  hasBlankLine,
  LONGEST_SIP_HEAD,
  lookForSip,
  readSip,
  type SipMessage,
  uriOf,
} from "./sip-message.ts";

/** Dialogs of one flow, and media sections of one dialog, that are kept: each re-INVITE may have four for either side. */
const MOST_DIALOGS = 4096;
const MOST_MEDIA = 64;
/** Addresses that the sessions of one flow may offer; a section without one counts as one. */
const MOST_ADDRESSES = 8192;

/** True when the bytes begin with a SIP request or status line (RFC 3261, section 7), Microsoft's methods included. */
export function isSip(view: DataView, start: number, end: number): boolean {
  return lookForSip(view, start, end) === "sip";
}

interface OpenDialog {
  callId: string;
  from: string;
  to: string;
  method: string;
  status: number | undefined;
  isUnderway: boolean;
  userAgent: string | undefined;
  conversationId: string | undefined;
  startSeconds: number;
  endSeconds: number;
  byeSeconds: number | undefined;
  byePacket: number | undefined;
  firstPacket: number;
  media: SdpMedia[];
}

/** An unfinished message at the beginning of a direction's bytes. */
interface Unfinished {
  /** Bytes that the message has to have; 0 when its headers have not ended. */
  wanted: number;
  /** Bytes in which no end of the headers was found. */
  searched: number;
}

/** SIP in one flow: its dialogs, message by message, over UDP or framed by Content-Length over TCP. */
export class SipFlow {
  readonly #dialogs = new Map<string, OpenDialog>();
  /** Call-IDs of those that offered no media, the oldest first: a trunk is asked by OPTIONS all day whether it is alive. */
  readonly #withoutMedia = new Set<string>();
  #left = 0;
  #initiator: Direction | undefined;
  #firstPacket = 0;
  #messages = 0;
  #addresses = 0;
  readonly #unfinished: readonly [Unfinished, Unfinished] = [
    { wanted: 0, searched: 0 },
    { wanted: 0, searched: 0 },
  ];
  readonly #learn: ((media: SdpMedia) => void) | undefined;

  /** `learn` is told every media section as it comes, for the flows that it announces. */
  constructor(learn?: (media: SdpMedia) => void) {
    this.#learn = learn;
  }

  /** Every dialog so far, in the order of appearance. */
  get dialogs(): readonly SipDialog[] {
    return [...this.#dialogs.values()];
  }

  /** Takes one datagram; true when it is SIP. */
  accept(
    packet: Packet,
    direction: Direction,
    seconds: number,
    _nanoseconds: number,
    packetNumber: number,
  ): boolean {
    const { view, payloadStart, payloadEnd } = packet;
    const message = readSip(view, payloadStart, payloadEnd, "datagram");
    if (message === undefined || "wanted" in message) return false;
    this.#take(view, message, direction, seconds, packetNumber);
    return true;
  }

  /**
   * Takes the whole messages at the beginning of a stream's bytes and returns how many bytes they took; what remains
   * is the beginning of a message. Blank lines between messages are keep-alives. What is no SIP is skipped up to the
   * next line that is.
   */
  consume(
    view: DataView,
    start: number,
    end: number,
    direction: Direction,
    seconds: number,
    packetNumber: number,
  ): number {
    const unfinished = this.#unfinished[direction];
    if (!isWorthReading(unfinished, view, start, end)) return 0;
    unfinished.wanted = unfinished.searched = 0;
    let at = start;
    while (at < end) {
      const byte = view.getUint8(at);
      if (byte === 13 || byte === 10) {
        at++;
        continue;
      }
      if (end - at < 16) break;
      const message = readSip(view, at, end, "stream");
      if (message === undefined) {
        at = nextLine(view, at, end);
        continue;
      }
      if ("wanted" in message) {
        unfinished.wanted = message.wanted;
        unfinished.searched = message.wanted > 0 ? 0 : end - at;
        break;
      }
      this.#take(view, message, direction, seconds, packetNumber);
      at = message.bodyEnd;
    }
    return at - start;
  }

  /** Bytes were lost in this direction: what comes next is not what was waited for. */
  gap(direction: Direction): void {
    const unfinished = this.#unfinished[direction];
    unfinished.wanted = unfinished.searched = 0;
  }

  #take(
    view: DataView,
    message: SipMessage,
    direction: Direction,
    seconds: number,
    packetNumber: number,
  ): void {
    if (this.#messages++ === 0) this.#firstPacket = packetNumber;
    this.#initiator ??= message.method === undefined ? opposite(direction) : direction;
    const { headers } = message;
    const callId = headers.get("call-id");
    if (callId === undefined || callId === "") return;
    const dialog = this.#dialogs.get(callId) ?? this.#begin(callId, message, seconds, packetNumber);
    if (dialog !== undefined) {
      dialog.endSeconds = Math.max(dialog.endSeconds, seconds);
      // Of a forked call one branch can go on after the other's BYE: whatever else it says undoes that.
      const method = message.method ?? methodOf(headers.get("cseq") ?? "");
      if (message.method === "BYE") [dialog.byeSeconds, dialog.byePacket] = [seconds, packetNumber];
      else if (method !== "BYE") dialog.byeSeconds = dialog.byePacket = undefined;
      // Once accepted it stays so: what is asked within it (BYE, INFO, another INVITE) may be refused.
      if (
        message.status !== undefined &&
        message.status >= 200 &&
        method === dialog.method &&
        !isAccepted(dialog)
      )
        dialog.status = message.status;
      dialog.userAgent ??= kept(headers.get("user-agent"));
      dialog.conversationId ??= kept(headers.get("ms-conversation-id"));
    }
    if (message.bodyEnd > message.bodyStart)
      this.#addMedia(dialog, readBody(view, message, direction, packetNumber));
  }

  /** A new dialog, in the place of the oldest without media when there are too many; undefined where all have media. */
  #begin(callId: string, message: SipMessage, seconds: number, packetNumber: number): OpenDialog | undefined {
    if (this.#dialogs.size >= MOST_DIALOGS) {
      this.#left += 1;
      const [oldest] = this.#withoutMedia;
      if (oldest === undefined) return undefined;
      this.#withoutMedia.delete(oldest);
      this.#dialogs.delete(oldest);
    }
    const { headers } = message;
    const dialog: OpenDialog = {
      callId: detached(callId),
      from: detached(uriOf(headers.get("from"))),
      to: detached(uriOf(headers.get("to"))),
      method: detached(message.method ?? methodOf(headers.get("cseq") ?? "")),
      status: undefined,
      isUnderway: message.method !== undefined && hasTag(headers.get("to") ?? ""),
      userAgent: undefined,
      conversationId: undefined,
      startSeconds: seconds,
      endSeconds: seconds,
      byeSeconds: undefined,
      byePacket: undefined,
      firstPacket: packetNumber,
      media: [],
    };
    this.#dialogs.set(dialog.callId, dialog);
    this.#withoutMedia.add(dialog.callId);
    return dialog;
  }

  /** Codecs are learned of every offer, also of those that are not kept: a re-INVITE may change them at the same ports. */
  #addMedia(dialog: OpenDialog | undefined, found: readonly SdpMedia[]): void {
    for (const media of found) {
      this.#learn?.(media);
      if (dialog === undefined || dialog.media.length >= MOST_MEDIA) continue;
      if (dialog.media.some((item) => sameOffer(item, media))) continue;
      const addresses = Math.max(1, media.addresses.length);
      if (this.#addresses + addresses > MOST_ADDRESSES) continue;
      if (dialog.media.length === 0) this.#withoutMedia.delete(dialog.callId);
      dialog.media.push(media);
      this.#addresses += addresses;
    }
  }

  result(): Recognition {
    const first = this.#dialogs.values().next().value;
    return {
      application: "sip",
      confidence: "high",
      rule: "sip-start-line",
      firstPacket: this.#firstPacket,
      initiator: this.#initiator,
      sip:
        first === undefined
          ? undefined
          : { callId: first.callId, from: first.from, to: first.to, method: first.method },
      dialogs: this.dialogs,
      ...(this.#left === 0 ? {} : { notes: [`${this.#left} SIP dialogs more than are kept of one flow`] }),
    };
  }
}

function kept(text: string | undefined): string | undefined {
  return text === undefined ? undefined : detached(text);
}

/** True unless it is certain that a message that was not whole is not whole yet: so that many small pieces stay cheap. */
function isWorthReading(unfinished: Unfinished, view: DataView, start: number, end: number): boolean {
  const length = end - start;
  if (length < unfinished.wanted) return false;
  const { searched } = unfinished;
  if (searched === 0 || length < searched || length >= LONGEST_SIP_HEAD) return true;
  unfinished.searched = length;
  // An end that began in the bytes searched before has at most three of its four bytes there.
  return hasBlankLine(view, start + Math.max(0, searched - 3), end);
}

/** The method in a CSeq value, "1 INVITE". */
function methodOf(sequence: string): string {
  const word = sequence.slice(sequence.lastIndexOf(" ") + 1);
  return /^[A-Za-z]+$/.test(word) ? word.toUpperCase() : "";
}

/** True for a From or To value with a tag, which stands behind the URI (RFC 3261, section 20.39). */
function hasTag(value: string): boolean {
  return /;\s*tag\s*=/i.test(value.slice(value.lastIndexOf(">") + 1));
}

/** Offset after the next line feed. */
function nextLine(view: DataView, at: number, end: number): number {
  while (at < end) if (view.getUint8(at++) === 10) return at;
  return end;
}

/** Media sections of a body that is a session description, alone or as a part of several. */
function readBody(
  view: DataView,
  message: SipMessage,
  direction: Direction,
  packetNumber: number,
): SdpMedia[] {
  const type = message.headers.get("content-type") ?? "";
  if (/^application\/sdp\b/i.test(type))
    return readSdp(latin1(view, message.bodyStart, message.bodyEnd), direction, packetNumber);
  if (!/^multipart\//i.test(type)) return [];
  const boundary = /boundary="?([^";]{1,70})"?/i.exec(type)?.[1];
  if (boundary === undefined) return [];
  const media: SdpMedia[] = [];
  for (const part of latin1(view, message.bodyStart, message.bodyEnd).split(`--${boundary}`).slice(1, 9)) {
    const blank = /\r?\n\r?\n/.exec(part);
    if (blank === null || !/\nContent-Type[ \t]*:[ \t]*application\/sdp\b/i.test(part.slice(0, blank.index)))
      continue;
    media.push(...readSdp(part.slice(blank.index + blank[0].length), direction, packetNumber));
  }
  return media;
}

/** Two offers of the same media at the same first address and port. */
function sameOffer(a: SdpMedia, b: SdpMedia): boolean {
  return (
    a.direction === b.direction &&
    a.media === b.media &&
    a.addresses.length === b.addresses.length &&
    a.addresses[0]?.address === b.addresses[0]?.address &&
    a.addresses[0]?.port === b.addresses[0]?.port &&
    a.iceUfrag === b.iceUfrag
  );
}

function isAccepted({ status = 0 }: OpenDialog): boolean {
  return status >= 200 && status < 300;
}
