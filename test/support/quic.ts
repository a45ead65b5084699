import { createCipheriv, createHmac } from "node:crypto";
import { concat, u16, u32, u8 } from "./bytes.ts";

/** Builders of QUIC packets (RFC 9000, 9001, 9369) for tests, written from the RFCs. They share nothing with src/. */

export const VERSION_1 = 0x00000001;
export const VERSION_2 = 0x6b3343cf;

const SALTS: ReadonlyMap<number, string> = new Map([
  [VERSION_1, "38762cf7f55934b34d179ae6a4c80cadccbb7f0a"],
  [VERSION_2, "0dede3def700a6db819381be6e269dcbf9bd2ed9"],
]);

/** HKDF-Expand-Label through Node's own HKDF: expansion of a secret that is one already. */
function expand(secret: Uint8Array, label: string, length: number): Buffer {
  const name = new TextEncoder().encode(`tls13 ${label}`);
  const info = concat(u16(length), u8(name.length), name, u8(0));
  const block = createHmac("sha256", secret).update(info).update(u8(1)).digest();
  return block.subarray(0, length);
}

export function varint(value: number): Uint8Array {
  if (value < 64) return u8(value);
  return value < 16384 ? u16(0x4000 | value) : u32((0x80000000 | value) >>> 0);
}

export function cryptoFrame(offset: number, bytes: Uint8Array): Uint8Array {
  return concat(u8(6), varint(offset), varint(bytes.length), bytes);
}

export interface InitialOptions {
  readonly version?: number;
  readonly destination: Uint8Array;
  readonly source?: Uint8Array;
  readonly token?: Uint8Array;
  readonly packetNumber?: number;
  readonly side?: "client" | "server";
  /** Connection id that the keys come from, when it is another than `destination`. */
  readonly keyId?: Uint8Array;
  /** Length of the whole packet, reached by padding frames; 1200 when left out. */
  readonly size?: number;
}

/** A protected Initial packet with these frames. */
export function quicInitial(frames: Uint8Array, options: InitialOptions): Uint8Array {
  const version = options.version ?? VERSION_1;
  const prefix = version === VERSION_2 ? "quicv2" : "quic";
  const salt = Buffer.from(SALTS.get(version) ?? "", "hex");
  const initial = createHmac("sha256", salt)
    .update(options.keyId ?? options.destination)
    .digest();
  const secret = expand(initial, `${options.side ?? "client"} in`, 32);
  const key = expand(secret, `${prefix} key`, 16);
  const iv = expand(secret, `${prefix} iv`, 12);
  const protection = expand(secret, `${prefix} hp`, 16);
  const number = options.packetNumber ?? 0;
  const source = options.source ?? u8();
  const token = options.token ?? u8();
  const start = concat(
    u8(version === VERSION_2 ? 0xd1 : 0xc1), // two bytes of packet number
    u32(version),
    u8(options.destination.length),
    options.destination,
    u8(source.length),
    source,
    varint(token.length),
    token,
  );
  const least = (options.size ?? 1200) - start.length - 2 - 2 - 16;
  const body = concat(frames, new Uint8Array(Math.max(0, least - frames.length)));
  const length = 2 + body.length + 16;
  const header = concat(start, u16(0x4000 | length), u16(number));
  const nonce = Buffer.from(iv);
  nonce.writeUInt16BE(nonce.readUInt16BE(10) ^ number, 10);
  const cipher = createCipheriv("aes-128-gcm", key, nonce);
  cipher.setAAD(header);
  const sealed = concat(cipher.update(body), cipher.final(), cipher.getAuthTag());
  const packet = concat(header, sealed);
  const numberAt = header.length - 2;
  const mask = createCipheriv("aes-128-ecb", protection, null).update(
    packet.subarray(numberAt + 4, numberAt + 20),
  );
  packet[0] = (packet[0] ?? 0) ^ ((mask[0] ?? 0) & 0x0f);
  packet[numberAt] = (packet[numberAt] ?? 0) ^ (mask[1] ?? 0);
  packet[numberAt + 1] = (packet[numberAt + 1] ?? 0) ^ (mask[2] ?? 0);
  return packet;
}

/** A Retry; its tag is not checked by anybody here. */
export function quicRetry(destination: Uint8Array, source: Uint8Array, token: Uint8Array): Uint8Array {
  return concat(
    u8(0xf0),
    u32(VERSION_1),
    u8(destination.length),
    destination,
    u8(source.length),
    source,
    token,
    new Uint8Array(16),
  );
}
