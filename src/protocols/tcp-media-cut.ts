import { isRtcpType, rtcpForm, RtcpForm } from "./rtcp.ts";
import { rtpHeaderLength } from "./rtp.ts";
import { STUN_COOKIE, STUN_HEADER_LENGTH } from "./stun.ts";
import {
  type Framing,
  MS_CONTROL,
  MS_FRAME_HEADER,
  RFC4571_HEADER,
  unitLength,
} from "./tcp-media-framing.ts";
import { CHANNEL_HEADER_LENGTH } from "./turn.ts";

/** Longest framing, and the fixed part of an RTP header or as much of STUN's. */
const LEAST_BYTES = MS_FRAME_HEADER + RFC4571_HEADER + 12;

/**
 * Framing of a segment that the snap length cut, of which the wire had `length` bytes; undefined when it begins with no
 * unit of media that ends where the segment did. RTP in RFC 4571 has to be in sequence to be believed, and is only where
 * the connection's framing is `known`.
 */
export function cutFraming(
  view: DataView,
  start: number,
  end: number,
  length: number,
  known?: Framing,
): Framing | undefined {
  if (end - start < LEAST_BYTES) return undefined;
  if (RFC4571_HEADER + view.getUint16(start) === length) {
    const inner = start + RFC4571_HEADER;
    const isHead = known === "rfc4571" && isMediaHead(view, inner, end, start + length);
    return isHead || isStunHead(view, inner, start + length) ? "rfc4571" : undefined;
  }
  if (unitLength("microsoft", view, start) === length) {
    const inner = start + MS_FRAME_HEADER;
    if (view.getUint8(start) === MS_CONTROL)
      return isStunHead(view, inner, start + length) ? "microsoft" : undefined;
    const data = inner + RFC4571_HEADER;
    const fits = data + view.getUint16(inner) === start + length;
    return fits && isMediaHead(view, data, end, start + length) ? "microsoft" : undefined;
  }
  if (unitLength("stun", view, start) !== length) return undefined;
  if (view.getUint8(start) <= 3) return isStunHead(view, start, start + length) ? "stun" : undefined;
  const inner = start + CHANNEL_HEADER_LENGTH;
  return isMediaHead(view, inner, end, inner + view.getUint16(start + 2)) ? "stun" : undefined;
}

/** STUN with its cookie, whose length leads to `stop`. */
function isStunHead(view: DataView, at: number, stop: number): boolean {
  if (view.getUint8(at) > 3 || view.getUint32(at + 4) !== STUN_COOKIE) return false;
  return at + STUN_HEADER_LENGTH + view.getUint16(at + 2) === stop;
}

/** The beginning of STUN, RTP or RTCP that ended at `stop` on the wire. */
function isMediaHead(view: DataView, at: number, end: number, stop: number): boolean {
  if (isStunHead(view, at, stop)) return true;
  return isRtcpType(view.getUint8(at + 1))
    ? rtcpForm(view, at, end, stop - at) !== RtcpForm.none
    : rtpHeaderLength(view, at, end, stop - at) > 0;
}
