import { IpProtocol } from "../wire/ip-protocol.ts";

/**
 * Layout of a flow record: unsigned 32-bit words in a page of a `Uint32Array`. Side A is the end with the smaller
 * address and port, direction 0 goes from A to B, direction 1 from B to A. Pairs of words are [direction 0, direction 1].
 */

/** Words of A's address and B's (IPv4 in its mapped form). */
export const ADDRESS_A: number = 0;
export const ADDRESS_B: number = 4;
/** A's port in the upper half, B's in the lower. */
export const PORTS: number = 8;
/** Bits of META below. */
export const META: number = 9;
export const HASH: number = 10;
/** Last packet of each direction: seconds of 0, seconds of 1, nanoseconds of 0, nanoseconds of 1. */
export const LAST_SECONDS: number = 11;
export const LAST_NANOSECONDS: number = 13;
/** Earliest packet of each direction. */
export const FIRST_SECONDS: number = 15;
export const FIRST_NANOSECONDS: number = 17;
export const PACKETS: number = 19;
/** IP bytes, 48 bits: the low word of each direction, then the upper halves of both, that of direction 1 above. */
export const BYTES: number = 21;
export const BYTES_UPPER: number = 23;
/** Number of the first packet in its capture; 0 where there is none. */
export const FIRST_PACKET: number = 24;
/** Link context of the direction's first packet, plus one. */
export const CONTEXT: number = 26;
/** DSCP of the direction's first packet, its last time to live, of direction 0 in the upper half. */
export const MARKS: number = 28;
/** Quick recognition code in the low byte, flags above. */
export const RECOGNITION: number = 29;
/** UDP: runs of RTP (protocols/rtp-runs.ts) that may take the next packet of a direction; 0 for none. */
export const RUN: number = 30;

/** Words of a UDP flow's record: two cache lines. */
export const WORDS: number = 32;

// What only TCP flows have.
/** The newest hole in what the direction sent: from, to (pairs of words a direction). Older ones: open-holes.ts. */
export const HOLE: number = 30;
/** Sequence number after the highest byte sent. */
export const NEXT_SEQUENCE: number = 34;
/** First and highest acknowledgement number of the direction. */
export const FIRST_ACK: number = 36;
export const LAST_ACK: number = 38;
/** TCP_* bits below. */
export const TCP_STATE: number = 40;
export const RETRANSMISSIONS: number = 41;
/** Retransmissions since the other direction was last heard, one counter a half word. */
export const UNANSWERED: number = 42;
/** Time from SYN to SYN-ACK plus SYN-ACK to ACK where both were seen, microseconds; 0 unknown. */
export const HANDSHAKE_US: number = 43;
/** When the newest hole opened, in tenths of a millisecond modulo 2^32. */
export const HOLE_SINCE: number = 44;

/** First sequence number of the direction: that of its latest SYN, where it sent one. */
export const FIRST_SEQUENCE: number = 46;

/** Words of a TCP flow's record: three cache lines. */
export const TCP_WORDS: number = 48;

/** Words of the record of a flow of an IP protocol. */
export function recordWords(protocol: number): number {
  return protocol === IpProtocol.tcp ? TCP_WORDS : WORDS;
}

/** Of a record that no flow has: number of the next such one, plus one. */
export const LINK: number = 0;

export const META_PROTOCOL: number = 0xff;
export const META_IPV6: number = 1 << 8;
/** Direction of the flow's first packet. */
export const META_FIRST_DIRECTION: number = 1 << 9;
/** The flow has a FlowDetail. */
export const META_DETAIL: number = 1 << 10;
/** Nothing more is to be learned from payloads. */
export const META_SETTLED: number = 1 << 11;
/** At least one packet had no time. */
export const META_UNTIMED: number = 1 << 12;
/** A packet of direction 0 (1) had another DSCP value than the first. */
export const META_DSCP_MIXED: number = 1 << 13; // and << 14
/** A packet of direction 0 (1) came in another link context than the first. */
export const META_CONTEXT_MIXED: number = 1 << 15; // and << 16
/** The 5-tuple was used before or after by another flow. */
export const META_REUSED: number = 1 << 17;
/** The flow ended by FIN or RST in both senses, so a new SYN starts another one. */
export const META_CLOSED: number = 1 << 18;
/** The flow has not ended. */
export const META_LIVE: number = 1 << 19;
/** An ICMP "prohibited" quoted this flow. */
export const META_PROHIBITED: number = 1 << 20;
/** A packet of the flow came in fragments. */
export const META_FRAGMENTED: number = 1 << 21;
/** An empty segment told that direction 0 (1) had sent more than was seen: its newest hole ends there, not before what was seen. */
export const META_TAIL_UNSEEN: number = 1 << 22; // and << 23
/** Tunnel kind of the first packet, 8 bits. */
export const META_TUNNEL_SHIFT: number = 24;

// TCP_STATE, bits of direction 0; direction 1 is 8 bits above.
export const TCP_SYN_SENT: number = 1;
export const TCP_SYN_ACK_SENT: number = 2;
export const TCP_FIN_SENT: number = 4;
export const TCP_RST_SENT: number = 8;
export const TCP_DATA_SENT: number = 16;
/** Sent an ACK without SYN: it takes the handshake for complete. */
export const TCP_ACK_SENT: number = 32;
/** A direction that sent one of these was heard: its sequence numbers are known. */
export const TCP_HEARD: number = TCP_SYN_SENT | TCP_SYN_ACK_SENT | TCP_ACK_SENT;
/** A direction that sent one of these acknowledged something. */
export const TCP_ACKED: number = TCP_SYN_ACK_SENT | TCP_ACK_SENT;
/** FIN of this direction was acknowledged by the other. */
export const TCP_FIN_ACKED: number = 64;
/** A RST in its name came with another time to live than its packets, before any data of it or from much nearer. */
export const TCP_RST_FOREIGN: number = 128;
// Facts of the flow, from bit 16.
/** A RST that answered a SYN, and one that answered a SYN-ACK whose SYN it cannot have come from. */
export const TCP_SYN_REFUSED: number = 1 << 16;
export const TCP_SYN_ACK_RESET: number = 1 << 17;
/** A gap in the sequence was acknowledged by the other side: the capture lost packets, or they went elsewhere. */
export const ACKED_UNSEEN_0: number = 1 << 18;
export const ACKED_UNSEEN_1: number = 1 << 19;
/** Direction 0 (1) sent a SYN of another connection, and nothing after it. */
export const TCP_OPENS_AGAIN: number = 1 << 20; // and << 21
