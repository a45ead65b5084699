import { ascii, concat, Noise, u16, u32, u8 } from "./bytes.ts";
import { ipBytes } from "./packets.ts";

/** Builders of STUN, TURN, MS-TURN, RTP and RTCP payloads, written from the documents. They share nothing with src/. */

export const STUN_COOKIE = 0x2112a442;

export const BINDING_REQUEST = 0x0001;
export const BINDING_SUCCESS = 0x0101;
export const ALLOCATE_REQUEST = 0x0003;
export const ALLOCATE_SUCCESS = 0x0103;
export const ALLOCATE_ERROR = 0x0113;

/** An attribute: its type and value. */
export type StunAttribute = readonly [type: number, value: Uint8Array];

const CRC_TABLE: readonly number[] = Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

/** CRC-32 of ISO 3309 (ITU-T V.42), as FINGERPRINT wants it. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ byte) & 255] ?? 0);
  return ~crc >>> 0;
}

export interface StunOptions {
  /** 12 bytes. */
  readonly transaction: Uint8Array;
  /** MS-TURN does not pad attributes; RFC 8489 does. */
  readonly unpadded?: boolean;
  /** Adds FINGERPRINT (RFC 8489, section 14.7) with the right CRC. */
  readonly fingerprint?: boolean;
}

export function stun(type: number, attributes: readonly StunAttribute[], options: StunOptions): Uint8Array {
  const body = concat(
    ...attributes.map(([code, value]) => {
      const padding = options.unpadded === true ? 0 : (4 - (value.length % 4)) % 4;
      return concat(u16(code), u16(value.length), value, new Uint8Array(padding));
    }),
  );
  const length = body.length + (options.fingerprint === true ? 8 : 0);
  const message = concat(u16(type), u16(length), u32(STUN_COOKIE), options.transaction, body);
  if (options.fingerprint !== true) return message;
  return concat(message, u16(0x8028), u16(4), u32((crc32(message) ^ 0x5354554e) >>> 0));
}

/** MAPPED-ADDRESS and its kin in clear. */
export function stunAddress(address: string, port: number): Uint8Array {
  const bytes = ipBytes(address);
  return concat(u8(0, bytes.length === 4 ? 1 : 2), u16(port), bytes);
}

/** XOR-MAPPED-ADDRESS, RFC 8489 section 14.2. */
export function stunXorAddress(address: string, port: number, transaction: Uint8Array): Uint8Array {
  const key = concat(u32(STUN_COOKIE), transaction);
  const bytes = ipBytes(address).map((byte, i) => byte ^ (key[i] ?? 0));
  return concat(u8(0, bytes.length === 4 ? 1 : 2), u16(port ^ (STUN_COOKIE >>> 16)), bytes);
}

export interface IceCheckOptions {
  readonly transaction: Uint8Array;
  /** "remote:local" fragments. */
  readonly username: string;
  readonly controlling?: boolean;
  readonly nominate?: boolean;
  /** Microsoft's clients add IMPLEMENTATION-VERSION (MS-ICE2) and 0x8037. */
  readonly microsoft?: boolean;
  readonly noise: Noise;
}

/** An ICE connectivity check (RFC 8445 section 7.1), as Microsoft's clients and browsers send it. */
export function iceCheck(options: IceCheckOptions): Uint8Array {
  const attributes: StunAttribute[] = [
    [0x0006, ascii(options.username)],
    [options.controlling === false ? 0x8029 : 0x802a, options.noise.bytes(8)],
  ];
  if (options.microsoft !== false) attributes.push([0x8070, u32(3)]);
  if (options.nominate === true) attributes.push([0x0025, new Uint8Array(0)]);
  attributes.push([0x0024, u32(0x6e0001ff)]);
  if (options.microsoft !== false) attributes.push([0x8037, u32(2)]);
  attributes.push([0x0008, options.noise.bytes(20)]);
  return stun(BINDING_REQUEST, attributes, { transaction: options.transaction, fingerprint: true });
}

/** The answer to a check: where the request came from. */
export function iceAnswer(options: {
  readonly transaction: Uint8Array;
  readonly mapped: readonly [address: string, port: number];
  readonly microsoft?: boolean;
  readonly noise: Noise;
}): Uint8Array {
  const attributes: StunAttribute[] = [];
  if (options.microsoft !== false) attributes.push([0x8070, u32(3)]);
  attributes.push([0x0020, stunXorAddress(...options.mapped, options.transaction)]);
  if (options.microsoft !== false) attributes.push([0x8037, u32(2)]);
  attributes.push([0x0008, options.noise.bytes(20)]);
  return stun(BINDING_SUCCESS, attributes, { transaction: options.transaction, fingerprint: true });
}

const MS_COOKIE: StunAttribute = [0x000f, u32(0x72c64bc6)];
const MS_VERSION: StunAttribute = [0x8008, u32(6)];

/** MS-TURN Allocate request without and then with credentials (MS-TURN 3.2.4), attributes in Teams' order. */
export function msAllocate(options: {
  readonly transaction: Uint8Array;
  /** Credentials from the relay's 401: nonce and session. */
  readonly nonce?: Uint8Array;
  readonly session?: Uint8Array;
  readonly noise: Noise;
  /** MS-SERVICE-QUALITY stream type: 1 audio, 2 video, 4 data. */
  readonly stream?: number;
}): Uint8Array {
  const attributes: StunAttribute[] = [
    MS_COOKIE,
    [0x8037, u32(2)],
    MS_VERSION,
    [0x8006, u32(1)],
    [0x0010, u32(12000)],
    [0x8055, concat(u16(options.stream ?? 2), u16(2))],
  ];
  if (options.nonce !== undefined && options.session !== undefined) {
    attributes.push([0x8095, options.session], [0x0014, options.nonce]);
    attributes.push([0x0015, ascii('"rtcmedia"')], [0x0006, options.noise.bytes(52)]);
    attributes.push([0x0008, options.noise.bytes(32)]);
  }
  return stun(ALLOCATE_REQUEST, attributes, { transaction: options.transaction, unpadded: true });
}

/** The 401 that sends the client to another relay. */
export function msAllocateError(options: {
  readonly transaction: Uint8Array;
  readonly nonce: Uint8Array;
  readonly session: Uint8Array;
  readonly alternate: readonly [address: string, port: number];
  readonly relayed: readonly [address: string, port: number];
  readonly mapped: readonly [address: string, port: number];
}): Uint8Array {
  return stun(
    ALLOCATE_ERROR,
    [
      MS_COOKIE,
      MS_VERSION,
      [0x0009, concat(u8(0, 0, 4, 1), ascii("Unauthorized"))],
      [0x000e, stunAddress(...options.alternate)],
      [0x0014, options.nonce],
      [0x0015, ascii('"rtcmedia"')],
      [0x0001, stunAddress(...options.relayed)],
      [0x8095, options.session],
      [0x8020, stunXorAddress(...options.mapped, options.transaction)],
    ],
    { transaction: options.transaction, unpadded: true },
  );
}

/** The relay's 0103: MAPPED-ADDRESS is the relayed address here, 0x8020 the reflexive one. */
export function msAllocateSuccess(options: {
  readonly transaction: Uint8Array;
  readonly relayed: readonly [address: string, port: number];
  readonly mapped: readonly [address: string, port: number];
  readonly noise: Noise;
}): Uint8Array {
  return stun(
    ALLOCATE_SUCCESS,
    [
      MS_COOKIE,
      [0x000d, u32(600)],
      [0x0001, stunAddress(...options.relayed)],
      MS_VERSION,
      [0x8020, stunXorAddress(...options.mapped, options.transaction)],
      [0x8050, concat(options.noise.bytes(20), u32(1))],
      [0x8022, ascii("2.0.1.211")],
      [0x0010, u32(12000)],
      [0x0008, options.noise.bytes(32)],
    ],
    { transaction: options.transaction, unpadded: true },
  );
}

/** MS-TURN multiplexed TURN, section 2.2.3: FF10, length, session, data. */
export function msMultiplexed(session: Uint8Array, data: Uint8Array): Uint8Array {
  return concat(u16(0xff10), u16(session.length + data.length), session, data);
}

/** MS-TURN framing over TCP, section 2.1.4: 2 for control, 3 for end-to-end data. */
export function msFrame(kind: 2 | 3, data: Uint8Array): Uint8Array {
  return concat(u8(kind, 0), u16(data.length), data);
}

/** RFC 8656 ChannelData on UDP. */
export function channelData(channel: number, data: Uint8Array): Uint8Array {
  return concat(u16(channel), u16(data.length), data);
}

/** A Teams call signaling datagram to flightproxy on UDP 3478: undocumented, not STUN, first byte 3, 6 or 7. */
export function teamsUdpSignaling(first: 3 | 6 | 7, length: number, noise: Noise): Uint8Array {
  return concat(u8(first), noise.bytes(length - 1));
}

export interface RtpOptions {
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly marker?: boolean;
  readonly payload: Uint8Array;
}

/** RFC 3550 section 5.1. With SRTP the payload is noise that ends in a tag. */
export function rtp(options: RtpOptions): Uint8Array {
  return concat(
    u8(0x80, (options.marker === true ? 0x80 : 0) | options.payloadType),
    u16(options.sequence & 0xffff),
    u32(options.timestamp >>> 0),
    u32(options.ssrc),
    options.payload,
  );
}

/** An SRTCP sender report (RFC 3711 section 3.4): encrypted body, index, tag of 80 bits; no MKI. */
export function srtcp(ssrc: number, index: number, noise: Noise): Uint8Array {
  return concat(
    u8(0x80, 200),
    u16(6),
    u32(ssrc),
    noise.bytes(20 + 24),
    u32((0x80000000 | index) >>> 0),
    noise.bytes(10),
  );
}

/** A plain sender report without report blocks, RFC 3550 section 6.4.1. */
export function senderReport(
  ssrc: number,
  seconds: number,
  timestamp: number,
  packets: number,
  bytes: number,
): Uint8Array {
  const NTP_OFFSET = 2_208_988_800;
  const head = concat(u8(0x80, 200), u16(6), u32(ssrc), u32(seconds + NTP_OFFSET), u32(0));
  return concat(head, u32(timestamp >>> 0), u32(packets), u32(bytes));
}
