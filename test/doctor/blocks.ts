import { readFileSync } from "node:fs";
import { expect } from "vitest";

export type Options = readonly (readonly [number, Buffer])[];

/** Writes blocks of pcapng (draft-ietf-opsawg-pcapng) in one byte order. */
export class Order {
  readonly little: boolean;
  constructor(little: boolean) {
    this.little = little;
  }
  u16(value: number): Buffer {
    const bytes = Buffer.alloc(2);
    if (this.little) bytes.writeUInt16LE(value);
    else bytes.writeUInt16BE(value);
    return bytes;
  }
  u32(value: number): Buffer {
    const bytes = Buffer.alloc(4);
    if (this.little) bytes.writeUInt32LE(value);
    else bytes.writeUInt32BE(value);
    return bytes;
  }
  u64(value: bigint): Buffer {
    const bytes = Buffer.alloc(8);
    if (this.little) bytes.writeBigUInt64LE(value);
    else bytes.writeBigUInt64BE(value);
    return bytes;
  }
  options(options: Options): Buffer {
    const parts = options.flatMap(([code, value]) => [this.u16(code), this.u16(value.length), pad(value)]);
    return Buffer.concat([...parts, Buffer.alloc(options.length === 0 ? 0 : 4)]);
  }
  block(type: number, ...body: readonly Buffer[]): Buffer {
    const content = Buffer.concat(body);
    const length = this.u32(content.length + 12);
    return Buffer.concat([this.u32(type), length, content, length]);
  }
  section(...options: Options): Buffer {
    const length = Buffer.alloc(8, 255); // not said
    return this.block(
      0x0a0d0d0a,
      ...[this.u32(0x1a2b3c4d), this.u16(1), this.u16(0), length, this.options(options)],
    );
  }
  card(...options: Options): Buffer {
    return this.block(1, this.u16(1), this.u16(0), this.u32(0), this.options(options));
  }
  names(records: Options, ...options: Options): Buffer {
    const parts = records.flatMap(([type, value]) => [this.u16(type), this.u16(value.length), pad(value)]);
    return this.block(4, ...parts, Buffer.alloc(4), this.options(options));
  }
  secrets(type: number, text: string, length: number = text.length): Buffer {
    return this.block(10, this.u32(type), this.u32(length), pad(Buffer.from(text)));
  }
  packet(
    packet: { readonly time: bigint; readonly bytes: Buffer; readonly card?: number },
    ...options: Options
  ): Buffer {
    const { time, bytes, card = 0 } = packet;
    const high = this.u32(Number(time >> 32n));
    const low = this.u32(Number(time & 0xffffffffn));
    const length = this.u32(bytes.length);
    return this.block(6, this.u32(card), high, low, length, length, pad(bytes), this.options(options));
  }
}

export function pad(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

/** Packets of a little-endian pcap, times in microseconds. */
export function packetsOf(file: string): { time: bigint; bytes: Buffer }[] {
  const capture = readFileSync(file);
  const packets = [];
  for (let at = 24; at < capture.length; at += 16 + capture.readUInt32LE(at + 8)) {
    const time = BigInt(capture.readUInt32LE(at)) * 1_000_000n + BigInt(capture.readUInt32LE(at + 4));
    packets.push({ time, bytes: capture.subarray(at + 16, at + 16 + capture.readUInt32LE(at + 8)) });
  }
  return packets;
}

/** What a little-endian pcapng holds: its blocks' types and contents. */
export function blocksOf(file: string): { type: number; body: Buffer }[] {
  const capture = readFileSync(file);
  const blocks = [];
  for (let at = 0; at < capture.length; at += capture.readUInt32LE(at + 4)) {
    const end = at + capture.readUInt32LE(at + 4);
    expect(capture.readUInt32LE(end - 4)).toBe(end - at);
    blocks.push({ type: capture.readUInt32LE(at), body: capture.subarray(at + 8, end - 4) });
  }
  return blocks;
}

export function optionsOf(list: Buffer): [number, Buffer][] {
  const options: [number, Buffer][] = [];
  for (let at = 0; at + 4 <= list.length;) {
    const [code, length] = [list.readUInt16LE(at), list.readUInt16LE(at + 2)];
    if (code === 0) break;
    options.push([code, list.subarray(at + 4, at + 4 + length)]);
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return options;
}
