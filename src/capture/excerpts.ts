import { type FileHandle, open } from "node:fs/promises";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { PCAP_HEADER_LENGTH, isPcapMagic } from "./pcap-header.ts";
import { BlockType } from "./pcapng-blocks.ts";
import { type CaptureReader, openCapture } from "./reader.ts";

/** No record and no block begins like this: the reader looks for the next one instead of believing what it meets. */
const DAMAGE = new Uint8Array(32).fill(0xff);
/** Headers of a pcapng file are looked for in this many bytes. */
const HEAD_BYTES = 65_536;
/** Bytes read to tell the time at a place, packets that are asked, and looks until a time is found. */
const PROBE_BYTES = 131_072;
const PROBE_PACKETS = 15;
const MOST_PROBES = 24;

/**
 * Reads an uncompressed capture from the middle. The formats have no index, so the reader finds its place there as it
 * does behind damage; what it says is good for a look, not for an account of the file.
 */
export class CaptureExcerpts {
  readonly #path: string;
  readonly #head: Uint8Array;
  readonly size: number;

  private constructor(path: string, head: Uint8Array, size: number) {
    this.#path = path;
    this.#head = head;
    this.size = size;
  }

  /** Undefined where the file cannot be read, is compressed or no capture, or has its interfaces elsewhere. */
  static async of(path: string): Promise<CaptureExcerpts | undefined> {
    let file: FileHandle | undefined;
    try {
      file = await open(path, "r");
      const { size } = await file.stat();
      const bytes = new Uint8Array(Math.min(HEAD_BYTES, size));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
      const length = headLength(new DataView(bytes.buffer, 0, bytesRead));
      return length === undefined ? undefined : new CaptureExcerpts(path, bytes.subarray(0, length), size);
    } catch {
      return undefined; // the run itself says what is wrong with the file
    } finally {
      await file?.close();
    }
  }

  /** The packets from about one offset to another; numbers count from there. */
  open(from: number, to: number): Promise<CaptureReader> {
    const start = Math.max(Math.floor(from), this.#head.length);
    const end = Math.min(Math.floor(to), this.size) - 1;
    const head = this.#head;
    const parts = async function* (path: string): AsyncGenerator<Uint8Array> {
      yield head;
      yield DAMAGE;
      if (end >= start)
        for await (const chunk of createReadStream(path, { start, end })) yield chunk as Uint8Array;
    };
    return openCapture(Readable.from(parts(this.#path)), { chunkLength: PROBE_BYTES });
  }

  /** The time of the packets behind an offset, seconds since 1970; undefined where none is found. */
  async timeAt(offset: number): Promise<number | undefined> {
    const reader = await this.open(offset, offset + PROBE_BYTES);
    const times: number[] = [];
    try {
      for (;;) {
        while (times.length < PROBE_PACKETS && reader.next())
          if (reader.frame.timed) times.push(reader.frame.seconds);
        const more = times.length >= PROBE_PACKETS ? false : reader.refill();
        if (!(typeof more === "boolean" ? more : await more)) break;
      }
    } finally {
      reader.close();
    }
    // Bytes in mid-packet may look like a header: the middle one is a real packet's.
    return times.toSorted((x, y) => x - y)[times.length >>> 1];
  }

  /** About the offset at which packets reach a time, between two offsets. */
  async offsetOf(seconds: number, from = 0, to: number = this.size): Promise<number> {
    let low = Math.max(from, this.#head.length);
    let high = to;
    for (let probes = 0; probes < MOST_PROBES && high - low > PROBE_BYTES; probes++) {
      const middle = (low + high) / 2;
      const time = await this.timeAt(middle);
      if (time !== undefined && time < seconds) low = middle;
      else high = middle;
    }
    return Math.floor(low);
  }
}

/** Length of what a reader needs before the first packet: the file's header and its interfaces. */
function headLength(view: DataView): number | undefined {
  if (view.byteLength < 12) return undefined;
  if (isPcapMagic(view.getUint32(0), view.getUint32(0, true))) return PCAP_HEADER_LENGTH;
  if (view.getUint32(0) !== BlockType.sectionHeader) return undefined;
  const littleEndian = view.getUint32(8, true) === 0x1a2b3c4d;
  let at = 0;
  let interfaces = 0;
  while (at + 8 <= view.byteLength) {
    const type = at === 0 ? BlockType.sectionHeader : view.getUint32(at, littleEndian);
    if (HEADERS.has(type)) {
      if (type === BlockType.interfaceDescription) interfaces += 1;
    } else return interfaces > 0 ? at : undefined;
    const length = view.getUint32(at + 4, littleEndian);
    if (length < 12) return undefined;
    at += length;
  }
  return undefined;
}

/** Blocks that come before packets. */
const HEADERS: ReadonlySet<number> = new Set([
  BlockType.sectionHeader,
  BlockType.interfaceDescription,
  BlockType.nameResolution,
  BlockType.decryptionSecrets,
]);
