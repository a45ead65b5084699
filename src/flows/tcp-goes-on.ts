import type { Direction } from "../words.ts";
import * as layout from "./layout.ts";

const CLOSING_ONE = layout.TCP_FIN_SENT | layout.TCP_RST_SENT;
const CLOSING = CLOSING_ONE | (CLOSING_ONE << 8);
const OPENING_AGAIN = layout.TCP_OPENS_AGAIN | (layout.TCP_OPENS_AGAIN << 1);

// Offsets in bytes from the start of the TCP header (RFC 9293, section 3.1).
const SEQUENCE = 4;
const ACKNOWLEDGEMENT = 8;

/**
 * True when `trackTcp` would note nothing of a segment with the ACK flag, and at most PSH beside it, but where it ends and
 * what it acknowledges: the next bytes or none, of a connection that both ends know and none has closed. The header is at
 * `transport`; `length` is its payload's.
 */
export function goesOn(
  page: Uint32Array,
  at: number,
  d: Direction,
  view: DataView,
  transport: number,
  length: number,
): boolean {
  const state = page[at + layout.TCP_STATE] ?? 0;
  const mine = state >>> (8 * d);
  const theirs = state >>> (8 - 8 * d);
  // Who acknowledged something was heard.
  if ((state & (CLOSING | OPENING_AGAIN)) !== 0 || (mine & layout.TCP_ACKED) === 0) return false;
  if (page[at + layout.UNANSWERED] !== 0) return false;
  const ahead = (view.getInt32(transport + SEQUENCE) - (page[at + layout.NEXT_SEQUENCE + d] ?? 0)) | 0;
  if (length > 0 ? ahead !== 0 : ahead > 0) return false;
  // Perhaps the last one of the handshake, which data overtook.
  if (ahead < 0 && page[at + layout.HANDSHAKE_US] === 0 && (mine & layout.TCP_SYN_SENT) !== 0) return false;
  const ack = view.getInt32(transport + ACKNOWLEDGEMENT);
  return (
    (theirs & layout.TCP_HEARD) === 0 || ((ack - (page[at + layout.NEXT_SEQUENCE + 1 - d] ?? 0)) | 0) <= 0
  );
}

/** Notes such a segment, after it was counted. */
export function goOn(
  page: Uint32Array,
  at: number,
  d: Direction,
  view: DataView,
  transport: number,
  length: number,
): void {
  const ack = view.getInt32(transport + ACKNOWLEDGEMENT);
  if (((ack - (page[at + layout.LAST_ACK + d] ?? 0)) | 0) > 0) page[at + layout.LAST_ACK + d] = ack;
  let bits = layout.TCP_ACK_SENT;
  if (length > 0) {
    bits |= layout.TCP_DATA_SENT;
    page[at + layout.NEXT_SEQUENCE + d] = view.getInt32(transport + SEQUENCE) + length;
  }
  page[at + layout.TCP_STATE] = (page[at + layout.TCP_STATE] ?? 0) | (bits << (8 * d));
}
