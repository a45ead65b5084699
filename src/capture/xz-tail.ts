import { crc32 } from "node:zlib";

/** A stream of xz ends with these: checksum, size of the index, flags, and a mark ("The .xz File Format", section 2.1.2). */
const FOOTER_LENGTH = 12;
/** How a stream begins. */
const HEADER_MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
/** A header is as long: what is shorter looks to xz like one that was cut. */
const HEADER_LENGTH = 12;

/** The last bytes of xz data, which tell whether they were cut or something else follows them. */
export class XzTail {
  #tail: Buffer = Buffer.alloc(0);
  #length = 0;

  saw(chunk: Uint8Array): void {
    const kept = FOOTER_LENGTH + HEADER_LENGTH;
    this.#tail = Buffer.concat([this.#tail, chunk.subarray(-kept)]).subarray(-kept);
    this.#length += chunk.length;
  }

  /** Where something begins, less than a header, that is neither another stream cut short nor padding; else undefined. */
  get strayAt(): number | undefined {
    const tail = this.#tail;
    for (let end = tail.length - 1; end >= FOOTER_LENGTH; end--) {
      if (!isFooter(tail.subarray(end - FOOTER_LENGTH, end))) continue;
      const other = tail.subarray(end).findIndex((byte) => byte !== 0);
      if (other < 0) return undefined;
      const rest = tail.subarray(end + other);
      const isCut = HEADER_MAGIC.subarray(0, rest.length).equals(rest.subarray(0, HEADER_MAGIC.length));
      return isCut ? undefined : this.#length - rest.length;
    }
    return undefined;
  }
}

function isFooter(bytes: Buffer): boolean {
  return bytes.toString("latin1", 10) === "YZ" && bytes.readUInt32LE(0) === crc32(bytes.subarray(4, 10));
}
