import { ascii, concat } from "../support/bytes.ts";

/** Builds pcapng blocks that test/support/captures.ts does not make, in either byte order. */
export class Blocks {
  readonly littleEndian: boolean;
  constructor(littleEndian = true) {
    this.littleEndian = littleEndian;
  }

  u16(value: number): Uint8Array {
    const bytes = new Uint8Array(2);
    new DataView(bytes.buffer).setUint16(0, value, this.littleEndian);
    return bytes;
  }

  u32(value: number): Uint8Array {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value, this.littleEndian);
    return bytes;
  }

  u64(value: bigint): Uint8Array {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), this.littleEndian);
    return bytes;
  }

  pad(bytes: Uint8Array): Uint8Array {
    return concat(bytes, new Uint8Array((4 - (bytes.length % 4)) % 4));
  }

  option(code: number, value: Uint8Array | string): Uint8Array {
    const bytes = typeof value === "string" ? ascii(value) : value;
    return concat(this.u16(code), this.u16(bytes.length), this.pad(bytes));
  }

  block(type: number, ...body: readonly Uint8Array[]): Uint8Array {
    const content = this.pad(concat(...body));
    const length = this.u32(content.length + 12);
    return concat(this.u32(type), length, content, length);
  }

  section(major = 1, minor = 0, ...options: readonly Uint8Array[]): Uint8Array {
    return this.block(
      0x0a0d0d0a,
      this.u32(0x1a2b3c4d),
      this.u16(major),
      this.u16(minor),
      this.u64(-1n),
      ...options,
    );
  }

  interface(linkType = 1, snapLength = 0, ...options: readonly Uint8Array[]): Uint8Array {
    return this.block(1, this.u16(linkType), this.u16(0), this.u32(snapLength), ...options);
  }

  /** An enhanced packet block; `ticks` in the interface's own resolution. */
  packet(id: number, ticks: bigint, bytes: Uint8Array, ...options: readonly Uint8Array[]): Uint8Array {
    return this.block(
      6,
      this.u32(id),
      this.u32(Number(ticks >> 32n)),
      this.u32(Number(ticks & 0xffffffffn)),
      this.u32(bytes.length),
      this.u32(bytes.length),
      this.pad(bytes),
      ...options,
    );
  }

  /** The obsolete packet block. */
  oldPacket(id: number, drops: number, ticks: bigint, bytes: Uint8Array): Uint8Array {
    return this.block(
      2,
      this.u16(id),
      this.u16(drops),
      this.u32(Number(ticks >> 32n)),
      this.u32(Number(ticks & 0xffffffffn)),
      this.u32(bytes.length),
      this.u32(bytes.length),
      bytes,
    );
  }

  simplePacket(originalLength: number, bytes: Uint8Array): Uint8Array {
    return this.block(3, this.u32(originalLength), bytes);
  }
}
