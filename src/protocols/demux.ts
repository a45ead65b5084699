/** What the first byte of a datagram allows it to be. */
export const FirstByte = {
  /** 0 to 3: STUN, TURN, MS-TURN; or Teams' UDP signaling on its own port. */
  stun: 0,
  /** Microsoft's multiplexed TURN, 0xFF10. */
  multiplexedTurn: 1,
  /** 20 to 63. */
  dtls: 2,
  /** 64 to 79: TURN ChannelData, where the flow uses TURN; the short headers of QUIC lie here too. */
  channel: 3,
  /** 64 to 127 otherwise: QUIC's short headers; SIP's capital letters. */
  text: 4,
  /** 128 to 191. */
  rtp: 5,
  /** 192 to 255. */
  quicLong: 6,
  unknown: 7,
} as const;
export type FirstByte = (typeof FirstByte)[keyof typeof FirstByte];

/** First 16 bits of Microsoft's multiplexed TURN (MS-TURN 2.2.3); QUIC's long headers would cover it. */
export const MULTIPLEXED_TURN = 0xff10;

/**
 * Demultiplexes one datagram by its first bytes: RFC 7983, section 7, with QUIC's ranges of RFC 9443 and Microsoft's
 * multiplexed TURN before them. 4 to 19 hold nothing that is looked for (16 to 19 is ZRTP).
 */
export function firstByteClass(first: number, second: number): FirstByte {
  if (first <= 3) return FirstByte.stun;
  if (first < 20) return FirstByte.unknown;
  if (first < 64) return FirstByte.dtls;
  if (first < 80) return FirstByte.channel;
  if (first < 128) return FirstByte.text;
  if (first < 192) return FirstByte.rtp;
  return first === MULTIPLEXED_TURN >> 8 && second === (MULTIPLEXED_TURN & 0xff)
    ? FirstByte.multiplexedTurn
    : FirstByte.quicLong;
}
