import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/**
 * A plain reader of whole captures for tests of the decoder: pcap and pcapng, either byte order. It shares nothing
 * with src/, stops at the first thing it does not understand, and keeps what came before.
 */
export interface PlainPacket {
  readonly number: number;
  readonly linkType: number;
  readonly start: number;
  readonly end: number;
  readonly originalLength: number;
  readonly seconds: number;
  readonly nanoseconds: number;
}

export interface PlainCapture {
  readonly view: DataView;
  readonly packets: readonly PlainPacket[];
}

const LZ4_MAGIC = [0x04, 0x22, 0x4d, 0x18];

/** Reads a file, gzip undone, LZ4 too by its program. A file that is no capture has no packets. */
export function readPlain(path: string): PlainCapture {
  let bytes: Uint8Array = readFileSync(path);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes);
  if (LZ4_MAGIC.every((byte, i) => bytes[i] === byte)) bytes = execFileSync("lz4", ["-dc", path]);
  return readPlainBytes(bytes);
}

export function readPlainBytes(bytes: Uint8Array): PlainCapture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packets: PlainPacket[] = [];
  if (view.byteLength >= 24) {
    if (view.getUint32(0) === 0x0a0d0d0a) readBlocks(view, packets);
    else readRecords(view, packets);
  }
  return { view, packets };
}

function readRecords(view: DataView, packets: PlainPacket[]): void {
  const magics = [0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34];
  const little = magics.includes(view.getUint32(0, true));
  if (!little && !magics.includes(view.getUint32(0))) return;
  const magic = view.getUint32(0, little);
  const extra = magic === 0xa1b2cd34 ? 8 : 0;
  const linkType = view.getUint32(20, little) & 0xffff;
  let at = 24;
  while (at + 16 + extra <= view.byteLength) {
    const start = at + 16 + extra;
    const end = start + view.getUint32(at + 8, little);
    if (end > view.byteLength) return;
    const fraction = view.getUint32(at + 4, little);
    packets.push({
      number: packets.length + 1,
      linkType,
      start,
      end,
      originalLength: view.getUint32(at + 12, little),
      seconds: view.getUint32(at, little),
      nanoseconds: magic === 0xa1b23c4d ? fraction : fraction * 1000,
    });
    at = end;
  }
}

function readBlocks(view: DataView, packets: PlainPacket[]): void {
  let little = true;
  let interfaces: { linkType: number; snapLength: number; perSecond: number }[] = [];
  let at = 0;
  while (at + 12 <= view.byteLength) {
    if (view.getUint32(at) === 0x0a0d0d0a) {
      little = view.getUint32(at + 8, true) === 0x1a2b3c4d;
      interfaces = [];
    }
    const type = view.getUint32(at, little);
    const length = view.getUint32(at + 4, little);
    if (length < 12 || length % 4 !== 0 || at + length > view.byteLength) return;
    const body = at + 8;
    if (type === 1) {
      interfaces.push({
        linkType: view.getUint16(body, little),
        snapLength: view.getUint32(body + 4, little),
        perSecond: ticksPerSecond(view, body + 8, at + length - 4, little),
      });
    } else if (type === 6 || type === 2) {
      const item = interfaces[type === 6 ? view.getUint32(body, little) : view.getUint16(body, little)];
      const ticks = view.getUint32(body + 4, little) * 2 ** 32 + view.getUint32(body + 8, little);
      const perSecond = item?.perSecond ?? 1e6;
      const start = body + 20;
      packets.push({
        number: packets.length + 1,
        linkType: item?.linkType ?? -1,
        start,
        end: Math.min(start + view.getUint32(body + 12, little), at + length - 4),
        originalLength: view.getUint32(body + 16, little),
        seconds: Math.floor(ticks / perSecond),
        nanoseconds: Math.floor(((ticks % perSecond) * 1e9) / perSecond),
      });
    } else if (type === 3) {
      const item = interfaces[0];
      const originalLength = view.getUint32(body, little);
      const limit = item === undefined || item.snapLength === 0 ? originalLength : item.snapLength;
      packets.push({
        number: packets.length + 1,
        linkType: item?.linkType ?? -1,
        start: body + 4,
        end: Math.min(body + 4 + Math.min(originalLength, limit), at + length - 4),
        originalLength,
        seconds: 0,
        nanoseconds: 0,
      });
    }
    at += length;
  }
}

function ticksPerSecond(view: DataView, start: number, end: number, little: boolean): number {
  let at = start;
  while (at + 4 <= end) {
    const code = view.getUint16(at, little);
    const length = view.getUint16(at + 2, little);
    if (code === 9) {
      const value = view.getUint8(at + 4);
      return value < 128 ? 10 ** value : 2 ** (value & 127);
    }
    if (code === 0) break;
    at += 4 + ((length + 3) & ~3);
  }
  return 1e6;
}
