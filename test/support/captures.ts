import { ascii } from "./bytes.ts";

/** Capture file builders: classic pcap and pcapng, either byte order. They share nothing with src/. */

/** A packet to write: time in nanoseconds since 1970 as a bigint, the bytes, and what the wire carried of them. */
export interface CapturedPacket {
  readonly time: bigint;
  readonly bytes: Uint8Array;
  readonly originalLength?: number;
  /** pcapng interface, 0 when left out. */
  readonly interface?: number;
}

class Writer {
  readonly parts: Uint8Array[] = [];
  readonly littleEndian: boolean;
  constructor(littleEndian: boolean) {
    this.littleEndian = littleEndian;
  }
  u16(value: number): this {
    const bytes = new Uint8Array(2);
    new DataView(bytes.buffer).setUint16(0, value, this.littleEndian);
    return this.bytes(bytes);
  }
  u32(value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value, this.littleEndian);
    return this.bytes(bytes);
  }
  bytes(bytes: Uint8Array): this {
    this.parts.push(bytes);
    return this;
  }
  padded(bytes: Uint8Array): this {
    return this.bytes(bytes).bytes(new Uint8Array((4 - (bytes.length % 4)) % 4));
  }
  done(): Uint8Array {
    return joined(this.parts);
  }
}

/** As `concat`, for more parts than a call takes arguments. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export interface PcapOptions {
  readonly littleEndian?: boolean;
  readonly nanoseconds?: boolean;
  readonly linkType?: number;
  readonly snapLength?: number;
}

/** A classic pcap file (draft-ietf-opsawg-pcap). */
export function pcap(packets: readonly CapturedPacket[], options: PcapOptions = {}): Uint8Array {
  const writer = new Writer(options.littleEndian ?? true);
  const unit = options.nanoseconds === true ? 1n : 1000n;
  writer
    .u32(options.nanoseconds === true ? 0xa1b23c4d : 0xa1b2c3d4)
    .u16(2)
    .u16(4)
    .u32(0)
    .u32(0);
  writer.u32(options.snapLength ?? 262144).u32(options.linkType ?? 1);
  for (const packet of packets) {
    writer.u32(Number(packet.time / 1_000_000_000n)).u32(Number((packet.time % 1_000_000_000n) / unit));
    writer
      .u32(packet.bytes.length)
      .u32(packet.originalLength ?? packet.bytes.length)
      .bytes(packet.bytes);
  }
  return writer.done();
}

export interface PcapngInterface {
  readonly linkType?: number;
  readonly name?: string;
  readonly description?: string;
  readonly snapLength?: number;
  /** if_tsresol as in the file: 6 microseconds (the default), 9 nanoseconds, 0x80 | n for 2^-n. */
  readonly timeResolution?: number;
}

function block(littleEndian: boolean, type: number, body: Uint8Array): Uint8Array {
  const length = 12 + body.length;
  return new Writer(littleEndian).u32(type).u32(length).bytes(body).u32(length).done();
}

function option(writer: Writer, code: number, value: Uint8Array): void {
  writer.u16(code).u16(value.length).padded(value);
}

/** A pcapng section with its interfaces and enhanced packet blocks (draft-ietf-opsawg-pcapng). */
export function pcapng(
  packets: readonly CapturedPacket[],
  interfaces: readonly PcapngInterface[] = [{}],
  littleEndian = true,
): Uint8Array {
  const section = new Writer(littleEndian)
    .u32(0x1a2b3c4d)
    .u16(1)
    .u16(0)
    .u32(0xffffffff)
    .u32(0xffffffff)
    .done();
  const parts = [block(littleEndian, 0x0a0d0d0a, section)];
  for (const item of interfaces) {
    const writer = new Writer(littleEndian)
      .u16(item.linkType ?? 1)
      .u16(0)
      .u32(item.snapLength ?? 0);
    if (item.name !== undefined) option(writer, 2, ascii(item.name));
    if (item.description !== undefined) option(writer, 3, ascii(item.description));
    if (item.timeResolution !== undefined) option(writer, 9, Uint8Array.of(item.timeResolution));
    writer.u16(0).u16(0);
    parts.push(block(littleEndian, 1, writer.done()));
  }
  for (const packet of packets) {
    const resolution = interfaces[packet.interface ?? 0]?.timeResolution ?? 6;
    const perSecond = (resolution & 0x80) === 0 ? 10n ** BigInt(resolution) : 1n << BigInt(resolution & 0x7f);
    const ticks = (packet.time * perSecond) / 1_000_000_000n;
    const writer = new Writer(littleEndian).u32(packet.interface ?? 0);
    writer.u32(Number(ticks >> 32n)).u32(Number(ticks & 0xffffffffn));
    writer
      .u32(packet.bytes.length)
      .u32(packet.originalLength ?? packet.bytes.length)
      .padded(packet.bytes);
    parts.push(block(littleEndian, 6, writer.done()));
  }
  return joined(parts);
}

/** Packets of 40 bytes each, 20 ms apart; a pcap record of one takes 56 bytes, a pcapng block 72. */
export function evenPackets(count: number): CapturedPacket[] {
  return Array.from({ length: count }, (_, i) => ({
    time: 1_700_000_000_000_000_000n + BigInt(i) * 20_000_000n,
    bytes: Uint8Array.from({ length: 40 }, (_unused, j) => (i * 7 + j * 3 + 1) & 255),
  }));
}
