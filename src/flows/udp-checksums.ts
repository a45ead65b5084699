import { IpProtocol } from "../wire/ip-protocol.ts";
import { UDP_HEADER_LENGTH } from "../wire/udp.ts";

/** Tuples kept at a time; one that takes another's place is told of anew by its next packet. */
const SLOTS = 1 << 10;

/** The sum of an address's eight 16-bit words, not folded. The 0xffff of an IPv4-mapped one is the zero of this arithmetic. */
export function sumOfAddress(word0: number, word1: number, word2: number, word3: number): number {
  return sumOfWord(word0) + sumOfWord(word1) + sumOfWord(word2) + sumOfWord(word3);
}

function sumOfWord(word: number): number {
  return (word >>> 16) + (word & 0xffff);
}

/** Ones' complement sum of 16-bit words, RFC 1071. */
function folded(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return (once & 0xffff) + (once >>> 16);
}

/**
 * Which UDP checksums tell datagrams apart whose content was not captured. A capture at a host has what its network card is yet
 * to complete: the sum of the pseudo-header alone, the same for all datagrams of one length, or zero. Elsewhere those datagrams
 * have another checksum, so that of a tuple which one point sees so none is looked at.
 */
export class UdpChecksums {
  /** Tuples whose checksums a point has not filled in, and that point. */
  readonly #tuples: Int32Array = new Int32Array(SLOTS);
  readonly #points: Int32Array = new Int32Array(SLOTS);

  /**
   * The checksum of a datagram whose payload starts at `start`, or 0 where it says nothing. `length` is that of the payload,
   * `tuple` the hash of addresses and ports, `addresses` the sum of both.
   */
  tell(
    view: DataView,
    start: number,
    length: number,
    tuple: number,
    addresses: number,
    point: number,
  ): number {
    const declared = length + UDP_HEADER_LENGTH;
    // Of a header that was cut, too, the payload starts where the capture ends.
    if (view.getUint16(start - 4) !== declared) return 0;
    const checksum = view.getUint16(start - 2);
    const slot = tuple & (SLOTS - 1);
    const isOpen = checksum === 0 || checksum === folded(addresses + IpProtocol.udp + declared);
    if (isOpen) {
      this.#tuples[slot] = tuple;
      this.#points[slot] = point;
      return 0;
    }
    if (this.#tuples[slot] !== tuple) return checksum;
    if (this.#points[slot] !== point) return 0;
    // One of 65,536 right checksums looks so by chance: the point does fill them in.
    this.#tuples[slot] = 0;
    return checksum;
  }
}
