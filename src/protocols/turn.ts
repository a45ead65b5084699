import { MULTIPLEXED_TURN } from "./demux.ts";

/** ChannelData's header: channel and length (RFC 8656, section 12.4). */
export const CHANNEL_HEADER_LENGTH = 4;
/** Multiplexed TURN's header: 0xFF10, length of what follows, session id of 8 bytes (MS-TURN 2.2.3). */
export const MULTIPLEXED_HEADER_LENGTH = 12;

/** True when the datagram is TURN ChannelData: channel 0x4000 to 0x4FFF, length exact or padded to four. */
export function isChannelData(view: DataView, start: number, end: number, length: number): boolean {
  if (end - start < CHANNEL_HEADER_LENGTH) return false;
  if (view.getUint16(start) >> 12 !== 4) return false;
  const data = view.getUint16(start + 2);
  const whole = CHANNEL_HEADER_LENGTH + data;
  return data > 0 && (whole === length || ((whole + 3) & ~3) === length);
}

/** True when the datagram is Microsoft's multiplexed TURN with a session id and an exact length. */
export function isMultiplexedTurn(view: DataView, start: number, end: number, length: number): boolean {
  if (end - start < MULTIPLEXED_HEADER_LENGTH) return false;
  if (view.getUint16(start) !== MULTIPLEXED_TURN) return false;
  const rest = view.getUint16(start + 2);
  return rest === length - 4 && rest >= 8;
}
