import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import { isQuicDraft, QUIC_V2, type QuicLongHeader } from "./quic-packet.ts";

/** Initial salts: RFC 9001, section 5.2; RFC 9369, section 3.3.1; draft-ietf-quic-tls-29 (a capture's tag proves it). */
const SALT_V1 = Buffer.from("38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "hex");
const SALT_V2 = Buffer.from("0dede3def700a6db819381be6e269dcbf9bd2ed9", "hex");
const SALT_DRAFT = Buffer.from("afbfec289993d24c9e9786f19c6111e04390a899", "hex");

const TAG_LENGTH = 16;

/** HKDF-Expand-Label with an empty context, for at most 32 bytes (RFC 8446, section 7.1). */
function expandLabel(secret: Buffer, label: string, length: number): Buffer {
  const name = `tls13 ${label}`;
  const info = Buffer.concat([
    Buffer.from([length >>> 8, length & 255, name.length]),
    Buffer.from(name, "ascii"),
    Buffer.from([0, 1]), // empty context; the first block of the expansion
  ]);
  return createHmac("sha256", secret).update(info).digest().subarray(0, length);
}

/** Keys with which the client protects its Initial packets (RFC 9001, section 5.2). */
export class ClientInitialKeys {
  readonly key: Buffer;
  readonly iv: Buffer;
  readonly headerProtection: Buffer;
  readonly version: number;

  /** From the destination connection id of the client's first Initial (or of the first after a Retry). */
  constructor(version: number, connectionId: Uint8Array) {
    const prefix = version === QUIC_V2 ? "quicv2" : "quic";
    const salt = version === QUIC_V2 ? SALT_V2 : isQuicDraft(version) ? SALT_DRAFT : SALT_V1;
    const initial = createHmac("sha256", salt).update(connectionId).digest();
    const secret = expandLabel(initial, "client in", 32);
    this.version = version;
    this.key = expandLabel(secret, `${prefix} key`, 16);
    this.iv = expandLabel(secret, `${prefix} iv`, 12);
    this.headerProtection = expandLabel(secret, `${prefix} hp`, 16);
  }

  /** The frames of an Initial packet; undefined when its tag is wrong: then these are not its keys, or it is no QUIC. */
  open(view: DataView, header: QuicLongHeader): Buffer | undefined {
    const packet = Buffer.from(
      view.buffer.slice(view.byteOffset + header.start, view.byteOffset + header.end),
    );
    const at = header.packetNumberStart - header.start;
    const mask = createCipheriv("aes-128-ecb", this.headerProtection, null).update(
      packet.subarray(at + 4, at + 20),
    );
    const first = packet.readUInt8(0) ^ (mask.readUInt8(0) & 0x0f);
    packet.writeUInt8(first, 0);
    const numberLength = (first & 3) + 1;
    const nonce = Buffer.from(this.iv);
    for (let i = 0; i < numberLength; i++) {
      const byte = packet.readUInt8(at + i) ^ mask.readUInt8(1 + i);
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
