import { createDecipheriv } from "node:crypto";
import { aes128Block } from "../hash/aes-block.ts";
import { HmacKey } from "../hash/sha256.ts";
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

/** Keys with which the client protects its Initial packets (RFC 9001, section 5.2). */
export class ClientInitialKeys {
  readonly key: Uint8Array = new Uint8Array(KEY_LENGTH);
  readonly iv: Uint8Array = new Uint8Array(IV_LENGTH);
  readonly headerProtection: Uint8Array = new Uint8Array(KEY_LENGTH);
  readonly version: number;

  /** From the destination connection id of the client's first Initial (or of the first after a Retry). */
  constructor(version: number, connectionId: Uint8Array) {
    const labels = version === QUIC_V2 ? LABELS_V2 : LABELS_V1;
    const salt = version === QUIC_V2 ? HMAC_V2 : isQuicDraft(version) ? HMAC_DRAFT : HMAC_V1;
    this.version = version;
    salt.digest(connectionId, connectionId.length, secretBytes);
    new HmacKey(secretBytes).digest(CLIENT_SECRET, CLIENT_SECRET.length, secretBytes);
    const secret = new HmacKey(secretBytes);
    secret.digest(labels.key, labels.key.length, this.key);
    secret.digest(labels.iv, labels.iv.length, this.iv);
    secret.digest(labels.headerProtection, labels.headerProtection.length, this.headerProtection);
  }

  /** The frames of an Initial packet; undefined when its tag is wrong: then these are not its keys, or it is no QUIC. */
  open(view: DataView, header: QuicLongHeader): Buffer | undefined {
    const packet = Buffer.from(
      view.buffer.slice(view.byteOffset + header.start, view.byteOffset + header.end),
    );
    const at = header.packetNumberStart - header.start;
    // The sample lies 4 bytes behind the packet number's start; a header that fits leaves room for it.
    const mask = aes128Block(this.headerProtection, view, header.packetNumberStart + 4);
    const first = packet.readUInt8(0) ^ ((mask[0] ?? 0) & 0x0f);
    packet.writeUInt8(first, 0);
    const numberLength = (first & 3) + 1;
    const nonce = Buffer.from(this.iv);
    for (let i = 0; i < numberLength; i++) {
      const byte = packet.readUInt8(at + i) ^ (mask[1 + i] ?? 0);
      packet.writeUInt8(byte, at + i);
      const place = nonce.length - numberLength + i;
      nonce.writeUInt8(nonce.readUInt8(place) ^ byte, place);
    }
    const bodyStart = at + numberLength;
    const bodyEnd = packet.length - TAG_LENGTH;
    if (bodyEnd < bodyStart) return undefined;
    const cipher = createDecipheriv("aes-128-gcm", this.key, nonce);
    cipher.setAAD(packet.subarray(0, bodyStart));
    cipher.setAuthTag(packet.subarray(bodyEnd));
    const frames = cipher.update(packet.subarray(bodyStart, bodyEnd));
    try {
      cipher.final();
      return frames;
    } catch {
      return undefined; // wrong tag
    }
  }
}
