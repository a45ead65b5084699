import type { RawOption } from "../capture/pcapng-options.ts";
import type { Time } from "./annotate-time.ts";

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE = 1;
const NAME_RESOLUTION = 4;
const INTERFACE_STATISTICS = 5;
const ENHANCED_PACKET = 6;
const DECRYPTION_SECRETS = 10;

const OPTION_END = 0;
const OPTION_COMMENT = 1;
const OPTION_IF_NAME = 2;
const OPTION_IF_DESCRIPTION = 3;
const OPTION_DROP_COUNT = 4;
const OPTION_TIME_RESOLUTION = 9;
const OPTION_FRAME_CHECK_LENGTH = 13;

/** Longest comment, in bytes of UTF-8; what is longer is cut at a character. */
const MAX_COMMENT = 4000;

/** A record of a name resolution block: an address, then its names, each ended by a zero. */
export interface NameRecord {
  readonly type: number;
  readonly value: Uint8Array;
}

const ENCODER = new TextEncoder();

/** The section header that begins a pcapng file (draft-ietf-opsawg-pcapng, section 4.1), little-endian. */
export function sectionHeader(options: readonly RawOption[]): Uint8Array {
  const body = new DataView(new ArrayBuffer(16));
  body.setUint32(0, 0x1a2b3c4d, true);
  body.setUint16(4, 1, true);
  body.setBigUint64(8, 0xffffffffffffffffn, true); // length of the section: not said
  return block(SECTION_HEADER, body, undefined, 0, options);
}

/** An interface (section 4.2) whose packets have times in nanoseconds; `more` are options that it had. */
export function interfaceDescription(
  linkType: number,
  snapLength: number,
  name: string,
  description: string,
  more: readonly RawOption[],
): Uint8Array {
  const body = new DataView(new ArrayBuffer(8));
  body.setUint16(0, linkType, true);
  body.setUint32(4, snapLength, true);
  const options = [
    { code: OPTION_IF_NAME, value: text(name) },
    { code: OPTION_IF_DESCRIPTION, value: text(description) },
    { code: OPTION_TIME_RESOLUTION, value: Uint8Array.of(9) },
    ...more,
  ];
  return block(
    INTERFACE,
    body,
    undefined,
    0,
    options.filter(({ value }) => value.length > 0),
  );
}

/** An option whose value is a time. */
export interface TimedOption {
  readonly code: number;
  readonly time: Time;
}

/** What an interface counted (section 4.6). */
export function interfaceStatistics(
  index: number,
  taken: Time,
  times: readonly TimedOption[],
  options: readonly RawOption[],
): Uint8Array {
  const body = new DataView(new ArrayBuffer(12));
  body.setUint32(0, index, true);
  setTime(body, 4, taken);
  const timed = times.map(({ code, time }) => {
    const value = new DataView(new ArrayBuffer(8));
    setTime(value, 0, time);
    return { code, value: new Uint8Array(value.buffer) };
  });
  return block(INTERFACE_STATISTICS, body, undefined, 0, [...timed, ...options]);
}

/** A time in nanoseconds, its higher half first. */
function setTime(view: DataView, at: number, { seconds, nanoseconds }: Time): void {
  const time = BigInt(seconds) * 1_000_000_000n + BigInt(Math.floor(nanoseconds));
  view.setUint32(at, Number(time >> 32n), true);
  view.setUint32(at + 4, Number(time & 0xffffffffn), true);
}

/** An interface's if_fcslen, where its length in bytes is known. */
export function frameCheckOption(bytes: number | undefined): RawOption[] {
  return bytes === undefined ? [] : [{ code: OPTION_FRAME_CHECK_LENGTH, value: Uint8Array.of(bytes) }];
}

/** A packet's epb_dropcount: packets lost since the one before it. */
export function dropCount(packets: number): RawOption {
  const value = new DataView(new ArrayBuffer(8));
  value.setBigUint64(0, BigInt(packets), true);
  return { code: OPTION_DROP_COUNT, value: new Uint8Array(value.buffer) };
}

/** A packet (section 4.3); `comments` appear in Wireshark's packet list and details, behind those of the options it `had`. */
export function enhancedPacket(
  index: number,
  taken: Time,
  bytes: Uint8Array,
  originalLength: number,
  had: readonly RawOption[],
  comments: readonly string[],
): Uint8Array {
  const body = new DataView(new ArrayBuffer(20));
  body.setUint32(0, index, true);
  setTime(body, 4, taken);
  body.setUint32(12, bytes.length, true);
  body.setUint32(16, originalLength, true);
  return block(ENHANCED_PACKET, body, bytes, padded(bytes.length), [
    ...had,
    ...comments.map((comment) => ({ code: OPTION_COMMENT, value: text(comment) })),
  ]);
}

/** Names of addresses (section 4.5). */
export function nameResolution(records: readonly NameRecord[], options: readonly RawOption[]): Uint8Array {
  const length = records.reduce((sum, { value }) => sum + 4 + padded(value.length), 4);
  const bytes = new Uint8Array(length); // its last four are the record that ends them
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { type, value } of records) {
    view.setUint16(at, type, true);
    view.setUint16(at + 2, value.length, true);
    bytes.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  return block(NAME_RESOLUTION, new DataView(new ArrayBuffer(0)), bytes, length, options);
}

/** Secrets of a type (section 4.7), such as a TLS key log. */
export function secretsBlock(type: number, secrets: Uint8Array, options: readonly RawOption[]): Uint8Array {
  const body = new DataView(new ArrayBuffer(8));
  body.setUint32(0, type, true);
  body.setUint32(4, secrets.length, true);
  return block(DECRYPTION_SECRETS, body, secrets, padded(secrets.length), options);
}

function block(
  type: number,
  body: DataView,
  data: Uint8Array | undefined,
  dataLength: number,
  options: readonly RawOption[],
): Uint8Array {
  const optionsLength =
    options.length === 0 ? 0 : options.reduce((sum, { value }) => sum + 4 + padded(value.length), 4);
  const length = 12 + body.byteLength + dataLength + optionsLength;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  bytes.set(new Uint8Array(body.buffer), 8);
  let at = 8 + body.byteLength;
  if (data !== undefined) bytes.set(data, at);
  at += dataLength;
  for (const { code, value } of options) {
    view.setUint16(at, code, true);
    view.setUint16(at + 2, value.length, true);
    bytes.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  if (options.length > 0) view.setUint32(at, OPTION_END, true);
  view.setUint32(length - 4, length, true);
  return bytes;
}

/** Blocks and options end at multiples of four bytes. */
function padded(length: number): number {
  return (length + 3) & ~3;
}

function text(value: string): Uint8Array {
  const bytes = ENCODER.encode(value);
  if (bytes.length <= MAX_COMMENT) return bytes;
  let end = MAX_COMMENT;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end);
}
