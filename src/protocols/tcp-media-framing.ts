import { rtcpForm, isRtcpType, RtcpForm } from "./rtcp.ts";
import { rtpHeaderLength } from "./rtp.ts";
import { STUN_COOKIE, STUN_HEADER_LENGTH, StunFlavour, StunMessage, startsWithMsCookie } from "./stun.ts";
import { CHANNEL_HEADER_LENGTH } from "./turn.ts";

/** How units are told apart in a byte stream. */
export type Framing = "microsoft" | "rfc4571" | "stun";

/** Microsoft's frame: type, zero, length of what follows (MS-TURN 2.1.4). */
export const MS_FRAME_HEADER = 4;
export const MS_CONTROL = 2;
export const MS_DATA = 3;
/** RFC 4571: length of what follows. */
export const RFC4571_HEADER = 2;

const message = new StunMessage();

/** Bytes of the header that says how long the unit at hand is. */
export function framingHeader(framing: Framing): number {
  return framing === "rfc4571" ? RFC4571_HEADER : MS_FRAME_HEADER;
}

/** Length of the unit at `at`, header included, or -1 when no unit of this framing begins so. */
export function unitLength(framing: Framing, view: DataView, at: number): number {
  if (framing === "rfc4571") {
    return RFC4571_HEADER + view.getUint16(at); // zero is allowed: a null packet (RFC 4571, section 2)
  }
  const first = view.getUint8(at);
  const length = view.getUint16(at + 2);
  if (framing === "microsoft") {
    const known = (first === MS_CONTROL || first === MS_DATA) && view.getUint8(at + 1) === 0;
    return known && length > 0 ? MS_FRAME_HEADER + length : -1;
  }
  // STUN says its own length; ChannelData is padded to four on TCP (RFC 8656, section 12.5).
  if (first <= 3) return STUN_HEADER_LENGTH + length;
  return first >> 4 === 4 ? (4 + length + 3) & ~3 : -1;
}

/** True when the bytes are a whole STUN message. */
function isStun(view: DataView, start: number, end: number): boolean {
  return message.at(view, start, end) !== StunFlavour.none && message.flavour !== StunFlavour.classic;
}

/** True when the bytes look like one RTP or RTCP packet; proves nothing by itself. */
function isMediaLike(view: DataView, start: number, end: number): boolean {
  if (end - start < 12) return false;
  return isRtcpType(view.getUint8(start + 1))
    ? rtcpForm(view, start, end, end - start) !== RtcpForm.none
    : rtpHeaderLength(view, start, end, end - start) > 0;
}

/** How much of a beginning fits a framing. */
export type Fit = "no" | "more" | "yes";

/** RFC 4571 frames that hold STUN, or three RTP packets of one SSRC with advancing numbers. */
export function fitsRfc4571(view: DataView, start: number, end: number): Fit {
  return fitsFrames("rfc4571", view, start, end);
}

/** Frames of RFC 4571, or ChannelData straight on TCP, that hold STUN or three RTP packets. */
function fitsFrames(framing: "rfc4571" | "stun", view: DataView, start: number, end: number): Fit {
  const header = framing === "stun" ? CHANNEL_HEADER_LENGTH : RFC4571_HEADER;
  let at = start;
  let ssrc = -1;
  let sequence = 0;
  for (let frames = 0; frames < 3; frames++) {
    if (at + header + 12 > end) return frames > 0 ? "more" : "no";
    if (framing === "stun" && view.getUint8(at) >> 4 !== 4) return "no";
    const inner = at + header;
    const stop = inner + view.getUint16(inner - 2);
    const next = at + unitLength(framing, view, at);
    if (next > end) return frames > 0 || startsLikeStun(view, inner, end) ? "more" : "no";
    if (isStun(view, inner, stop)) return "yes";
    if (!isMediaLike(view, inner, stop)) return "no";
    if (isRtcpType(view.getUint8(inner + 1))) {
      at = next;
      continue;
    }
    const ahead = (view.getUint16(inner + 2) - sequence) & 0xffff;
    if (ssrc >= 0 && (view.getUint32(inner + 8) !== ssrc || ahead === 0 || ahead >= 100)) return "no";
    ssrc = view.getUint32(inner + 8);
    sequence = view.getUint16(inner + 2);
    at = next;
  }
  return "yes";
}

/** True when the bytes are whole units to their end that hold STUN, RTP or RTCP: of a known framing that is proof enough. */
export function areUnits(framing: Framing, view: DataView, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    if (at + MS_FRAME_HEADER > end) return false;
    const next = at + unitLength(framing, view, at);
    const isChannel = framing === "stun" && view.getUint8(at) >> 4 === 4;
    const inner = at + (framing === "rfc4571" ? RFC4571_HEADER : isChannel ? CHANNEL_HEADER_LENGTH : 0);
    if (next <= inner || next > end) return false;
    const stop = isChannel ? inner + view.getUint16(inner - 2) : next;
    if (!isStun(view, inner, stop) && !isMediaLike(view, inner, stop)) return false;
    at = next;
  }
  return end > start;
}

function startsLikeStun(view: DataView, at: number, end: number): boolean {
  if (at + STUN_HEADER_LENGTH > end || view.getUint8(at) > 3) return false;
  return view.getUint32(at + 4) === STUN_COOKIE;
}

/** A control frame with MS-TURN, or a data frame whose RFC 4571 length fits and that holds STUN or media. */
export function fitsMicrosoft(view: DataView, start: number, end: number): Fit {
  if (end - start < MS_FRAME_HEADER + RFC4571_HEADER) return "no";
  const length = unitLength("microsoft", view, start);
  if (length < 0) return "no";
  const inner = start + MS_FRAME_HEADER;
  if (view.getUint8(start) === MS_CONTROL) {
    if (!startsWithMsCookie(view, inner + STUN_HEADER_LENGTH, end)) return "no";
    if (start + length > end) return "more";
    return isStun(view, inner, start + length) ? "yes" : "no";
  }
  if (RFC4571_HEADER + view.getUint16(inner) !== length - MS_FRAME_HEADER) return "no";
  if (start + length > end) return "more";
  const data = inner + RFC4571_HEADER;
  return isStun(view, data, start + length) || isMediaLike(view, data, start + length) ? "yes" : "no";
}

/** A STUN message with the cookie straight on TCP, or ChannelData that holds one, or three RTP packets in sequence. */
export function fitsStun(view: DataView, start: number, end: number): Fit {
  if (!startsLikeStun(view, start, end)) return fitsFrames("stun", view, start, end);
  const length = unitLength("stun", view, start);
  if (start + length > end) return "more";
  return isStun(view, start, start + length) ? "yes" : "no";
}

/**
 * TURN's ChannelData from the middle of a call: frames that hold STUN or media, and end where the bytes do; "more" where
 * the last one is cut in two.
 */
export function fitsChannels(view: DataView, start: number, end: number): Fit {
  let at = start;
  while (at + CHANNEL_HEADER_LENGTH <= end) {
    if (view.getUint8(at) >> 4 !== 4) return "no";
    const inner = at + CHANNEL_HEADER_LENGTH;
    const stop = inner + view.getUint16(at + 2);
    if (stop > end) break;
    if (!isStun(view, inner, stop) && !isMediaLike(view, inner, stop)) return "no";
    at += unitLength("stun", view, at);
  }
  if (at === start) return "no";
  return at === end ? "yes" : "more";
}
