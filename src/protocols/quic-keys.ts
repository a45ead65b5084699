import { aes128Block } from "../hash/aes-block.ts";
import { gcmTagFits } from "../hash/ghash.ts";
import { HmacKey } from "../hash/sha256.ts";
import { nodeCrypto } from "./node-crypto.ts";
import { isQuicDraft, QUIC_V2, type QuicLongHeader } from "./quic-packet.ts";

/** Initial salts: RFC 9001, section 5.2; RFC 9369, section 3.3.1; draft-ietf-quic-tls-29 (a capture's tag proves it). */
const SALT_V1 = Buffer.from("38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "hex");
const SALT_V2 = Buffer.from("0dede3def700a6db819381be6e269dcbf9bd2ed9", "hex");
const SALT_DRAFT = Buffer.from("afbfec289993d24c9e9786f19c6111e04390a899", "hex");

const HMAC_V1 = new HmacKey(SALT_V1);
const HMAC_V2 = new HmacKey(SALT_V2);
const HMAC_DRAFT = new HmacKey(SALT_DRAFT);

const TAG_LENGTH = 16;
const KEY_LENGTH = 16;
const IV_LENGTH = 12;

/** HKDF-Expand-Label with an empty context, for at most 32 bytes (RFC 8446, section 7.1). */
function labelled(label: string, length: number): Uint8Array {
  const name = `tls13 ${label}`;
  // The context is empty; one is the number of the expansion's first block.
  return Uint8Array.of(length >>> 8, length & 255, name.length, ...Buffer.from(name, "ascii"), 0, 1);
}

const CLIENT_SECRET = labelled("client in", 32);

/** Key, initialisation vector and header protection have other labels in version 2 (RFC 9369, section 3.3.2). */
interface Labels {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly headerProtection: Uint8Array;
}
const labelsOf = (prefix: string): Labels => ({
  key: labelled(`${prefix} key`, 16),
  iv: labelled(`${prefix} iv`, 12),
  headerProtection: labelled(`${prefix} hp`, 16),
});
const LABELS_V1 = labelsOf("quic");
const LABELS_V2 = labelsOf("quicv2");

const secretBytes = new Uint8Array(32);
const secretKey = new HmacKey(secretBytes);

/** Keys with which the client protects its Initial packets (RFC 9001, section 5.2). */
export class ClientInitialKeys {
  readonly headerProtection: Uint8Array = new Uint8Array(KEY_LENGTH);
  /** The client's initial secret. */
  readonly #secret: HmacKey = new HmacKey(secretBytes);
  // Worked out when a header came out right: most of what only looks like QUIC is told before.
  #key: Uint8Array | undefined = undefined;
  #iv: Uint8Array | undefined = undefined;
  #version: number;

  /** As `derive`. */
  constructor(version: number, connectionId: Uint8Array, length: number = connectionId.length) {
    this.#version = version;
    this.derive(version, connectionId, length);
  }

  get version(): number {
    return this.#version;
  }

  /**
   * Makes these the keys of a connection id, the first `length` bytes of the array: the destination of the client's
   * first Initial (or of the first after a Retry).
   */
  derive(version: number, connectionId: Uint8Array, length: number = connectionId.length): void {
    const salt = version === QUIC_V2 ? HMAC_V2 : isQuicDraft(version) ? HMAC_DRAFT : HMAC_V1;
    this.#version = version;
    this.#key = undefined;
    this.#iv = undefined;
    salt.digest(connectionId, length, secretBytes);
    secretKey.set(secretBytes);
    secretKey.digest(CLIENT_SECRET, CLIENT_SECRET.length, secretBytes);
    this.#secret.set(secretBytes);
    this.#expand(this.#labels().headerProtection, this.headerProtection);
  }

  get key(): Uint8Array {
    return (this.#key ??= this.#expand(this.#labels().key, new Uint8Array(KEY_LENGTH)));
  }

  get iv(): Uint8Array {
    return (this.#iv ??= this.#expand(this.#labels().iv, new Uint8Array(IV_LENGTH)));
  }

  #labels(): Labels {
    return this.#version === QUIC_V2 ? LABELS_V2 : LABELS_V1;
  }

  #expand(label: Uint8Array, out: Uint8Array): Uint8Array {
    this.#secret.digest(label, label.length, out);
    return out;
  }

  /** The frames of an Initial packet; undefined when its tag is wrong: then these are not its keys, or it is no QUIC. */
  open(view: DataView, header: QuicLongHeader): Buffer | undefined {
    const length = header.end - header.start;
    const at = header.packetNumberStart - header.start;
    // The sample lies 4 bytes behind the packet number's start; a header that fits leaves room for it.
    const mask = aes128Block(this.headerProtection, view, header.packetNumberStart + 4);
    const first = view.getUint8(header.start) ^ ((mask[0] ?? 0) & 0x0f);
    // They are zero below the protection, else the receiver gives up the connection (RFC 9000, section 17.2).
    if ((first & RESERVED_BITS) !== 0) return undefined;
    const numberLength = (first & 3) + 1;
    const bodyStart = at + numberLength;
    const bodyEnd = length - TAG_LENGTH;
    if (bodyEnd <= bodyStart) return undefined;
    const { iv } = this;
    for (let i = 0; i < IV_LENGTH; i++) nonce[i] = iv[i] ?? 0;
    for (let i = 0; i < numberLength; i++) {
      const place = IV_LENGTH - numberLength + i;
      const byte = view.getUint8(header.packetNumberStart + i) ^ (mask[1 + i] ?? 0);
      nonce[place] = (nonce[place] ?? 0) ^ byte;
      number[i] = byte;
    }
    if (!this.#beginsWithFrame(view.getUint8(header.start + bodyStart))) return undefined;
    packet.set(new Uint8Array(view.buffer, view.byteOffset + header.start, length));
    packet[0] = first;
    for (let i = 0; i < numberLength; i++) packet[at + i] = number[i] ?? 0;
    if (!gcmTagFits(this.key, nonce, packetView, 0, bodyStart, bodyEnd)) return undefined;
    return nodeCrypto()
      .createDecipheriv("aes-128-gcm", this.key, nonce)
      .update(packet.subarray(bodyStart, bodyEnd));
  }

  /** Decrypts the first byte: most of what is no QUIC shows it there, before the whole tag is worked out. */
  #beginsWithFrame(byte: number): boolean {
    for (let i = 0; i < IV_LENGTH; i++) firstCounter.setUint8(i, nonce[i] ?? 0);
    firstCounter.setUint32(IV_LENGTH, 2); // the tag has counter 1
    const stream = aes128Block(this.key, firstCounter, 0);
    return INITIAL_FRAMES.has(byte ^ (stream[0] ?? 0));
  }
}

/** Frames that may be in an Initial: PADDING, PING, ACK, CRYPTO, CONNECTION_CLOSE (RFC 9000, section 12.4). */
const INITIAL_FRAMES: ReadonlySet<number> = new Set([0, 1, 2, 3, 6, 0x1c]);

const RESERVED_BITS = 0x0c;

/** One packet without its header protection; a datagram is no longer. */
const packet = new Uint8Array(65_536);
const packetView = new DataView(packet.buffer);
/** Its packet number, not protected any more. */
const number = new Uint8Array(4);
const nonce = new Uint8Array(IV_LENGTH);
const firstCounter = new DataView(new ArrayBuffer(16));
