import { createHash } from "node:crypto";
import type { BlockWatcher, WatchedBlock } from "../capture/block-watcher.ts";
import { type RawOption, readOptions } from "../capture/pcapng-options.ts";
import type { TimeScale } from "../capture/time-scale.ts";
import { carriedOptions } from "./annotate-options.ts";
import { type Origin, originNotes, originOf } from "./annotate-origin.ts";
import { nameResolution, type NameRecord, secretsBlock } from "./annotate-pcapng.ts";
import { type Statistics, statisticsOf } from "./annotate-statistics.ts";

/** Most bytes of blocks and options that wait for a packet of theirs, or the end. */
const MAX_WAITING_BYTES = 33_554_432;
/** Most blocks of names and secrets that are written. */
const MAX_BLOCKS = 100_000;

/** Bytes of an address by the type of its record, section 4.5. */
const ADDRESS_LENGTHS = new Map([
  [1, 4], // IPv4
  [2, 16], // IPv6
  [3, 6], // EUI-48
  [4, 8], // EUI-64
]);

/** What several captures' blocks have in common: their bounds, and what was written already. */
export class KeptBlocks {
  readonly keepSecrets: boolean;
  readonly #written = new Set<string>();
  #waiting = 0;
  #blocks = 0;
  /** Blocks beyond the bounds, too long, or broken. */
  left = 0;
  /** Blocks of secrets that were written. */
  secrets = 0;

  constructor(keepSecrets: boolean) {
    this.keepSecrets = keepSecrets;
  }

  /** Whether one more block of so many bytes may wait. */
  wait(bytes: number): boolean {
    if (this.#blocks >= MAX_BLOCKS || !this.hold(bytes)) {
      this.left += 1;
      return false;
    }
    this.#blocks += 1;
    return true;
  }

  /** The same of an interface's options and statistics, which are held until the end. */
  hold(bytes: number): boolean {
    if (this.#waiting + bytes > MAX_WAITING_BYTES) return false;
    this.#waiting += bytes;
    return true;
  }

  /** What was held is not any more. */
  free(bytes: number): void {
    this.#waiting -= bytes;
  }

  /** Whether a block that waited is to be written: rotated captures often begin with the same one. */
  release(block: Uint8Array): boolean {
    this.#waiting -= block.length;
    const digest = createHash("sha256").update(block).digest("base64");
    if (this.#written.has(digest)) return false;
    this.#written.add(digest);
    return true;
  }
}

/** One capture's blocks of names and secrets, and its interfaces' options and statistics, until they are written. */
export class CaptureBlocks implements BlockWatcher {
  /** True where it has secrets that are not to be copied. */
  hasSecrets = false;
  /** What its first section says of itself; undefined before that was read, and for pcap. */
  origin: Origin | undefined;
  /** Blocks of kinds that are not copied. */
  others = 0;
  #section: Origin | undefined;
  readonly #kept: KeptBlocks;
  readonly #interfaces = new Map<number, readonly RawOption[]>();
  readonly #statistics = new Map<number, Statistics>();
  #waiting: { readonly kind: WatchedBlock; readonly bytes: Uint8Array }[] = [];

  constructor(kept: KeptBlocks) {
    this.#kept = kept;
  }

  block(kind: WatchedBlock, body: DataView, littleEndian: boolean, interfaces: number): void {
    if (kind === "section") {
      // A capture that is opened a second time shows its blocks again.
      if (interfaces === 0) this.others = 0;
      this.#sectionOf(body, littleEndian);
      return;
    }
    if (kind === "interface") {
      this.#interface(body, littleEndian, interfaces - 1);
      return;
    }
    if (kind === "secrets" && !this.#kept.keepSecrets) {
      this.hasSecrets = true;
      return;
    }
    const bytes = kind === "names" ? namesOf(body, littleEndian) : secretsOf(body, littleEndian);
    if (bytes === undefined) this.#kept.left += kind === "secrets" ? 1 : 0;
    else if (this.#kept.wait(bytes.length)) this.#waiting.push({ kind, bytes });
  }

  /** The last ones of an interface stand for all: each counts from the start, and Wireshark shows none of several. */
  statistics(interfaceIndex: number, scale: TimeScale, body: DataView, littleEndian: boolean): void {
    this.#kept.free(this.#statistics.get(interfaceIndex)?.size ?? 0);
    const statistics = statisticsOf(scale, body, littleEndian);
    if (this.#kept.hold(statistics.size)) this.#statistics.set(interfaceIndex, statistics);
    else {
      this.#statistics.delete(interfaceIndex);
      this.#kept.left += 1;
    }
  }

  other(): void {
    this.others += 1;
  }

  tooLong(kind: WatchedBlock): void {
    if (kind === "secrets" && !this.#kept.keepSecrets) this.hasSecrets = true;
    else this.#kept.left += 1;
  }

  optionsOf(interfaceIndex: number): readonly RawOption[] {
    return this.#interfaces.get(interfaceIndex) ?? [];
  }

  statisticsOf(interfaceIndex: number): Statistics | undefined {
    return this.#statistics.get(interfaceIndex);
  }

  /** Writes what came before the packet that is written next, or before the capture's end. */
  write(put: (block: Uint8Array) => void): void {
    if (this.#waiting.length === 0) return;
    for (const { kind, bytes } of this.#waiting) {
      if (!this.#kept.release(bytes)) continue;
      put(bytes);
      if (kind === "secrets") this.#kept.secrets += 1;
    }
    this.#waiting = [];
  }

  #sectionOf(body: DataView, littleEndian: boolean): void {
    this.#section = originOf(body, littleEndian);
    if (this.origin !== undefined) return;
    if (this.#kept.hold(this.#section.size)) this.origin = this.#section;
    else this.#kept.left += 1;
  }

  #interface(body: DataView, littleEndian: boolean, index: number): void {
    // A capture that is opened a second time shows them again.
    if (this.#interfaces.has(index)) return;
    const read = readOptions(body, 8, body.byteLength, littleEndian);
    const options = carriedOptions("interface", read, littleEndian);
    // The header that is written stands before later sections are read.
    const section = this.#section;
    if (section !== undefined && section.key !== this.origin?.key) options.push(...originNotes(section));
    if (options.length === 0) return;
    const length = options.reduce((sum, { value }) => sum + value.length, 0);
    if (this.#kept.hold(length)) this.#interfaces.set(index, options);
    else this.#kept.left += 1;
  }
}

/**
 * A block of names for a little-endian section; undefined where it has none. Records are left out that readers do not
 * take: a single one of them makes Wireshark refuse the file.
 */
function namesOf(body: DataView, littleEndian: boolean): Uint8Array | undefined {
  const records: NameRecord[] = [];
  let at = 0;
  while (body.byteLength - at >= 4) {
    const type = body.getUint16(at, littleEndian);
    const length = body.getUint16(at + 2, littleEndian);
    at += 4;
    if (type === 0) break;
    if (length > body.byteLength - at) {
      at = body.byteLength;
      break;
    }
    const value = new Uint8Array(body.buffer, body.byteOffset + at, length);
    const addressLength = ADDRESS_LENGTHS.get(type);
    // An address, a name of one letter, and the zero that ends it.
    if (addressLength !== undefined && length >= addressLength + 2 && value[length - 1] === 0)
      records.push({ type, value });
    at = Math.min(at + length + ((4 - (length & 3)) & 3), body.byteLength);
  }
  if (records.length === 0) return undefined;
  const options = carriedOptions("names", readOptions(body, at, body.byteLength, littleEndian), littleEndian);
  return nameResolution(records, options);
}

/** A block of secrets for a little-endian section; undefined where it says that they reach past its end. */
function secretsOf(body: DataView, littleEndian: boolean): Uint8Array | undefined {
  const type = body.getUint32(0, littleEndian);
  const length = body.getUint32(4, littleEndian);
  if (length > body.byteLength - 8) return undefined;
  const secrets = new Uint8Array(body.buffer, body.byteOffset + 8, length);
  const at = Math.min(8 + length + ((4 - (length & 3)) & 3), body.byteLength);
  const options = carriedOptions(
    "secrets",
    readOptions(body, at, body.byteLength, littleEndian),
    littleEndian,
  );
  return secretsBlock(type, secrets, options);
}
