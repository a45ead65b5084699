import type { StreamReport } from "../../src/protocols/recognition.ts";
import { RtpStreams } from "../../src/protocols/rtp-streams.ts";
import type { SignaledCodec } from "../../src/protocols/signaled-codec.ts";
import { cameAt } from "../support/arrival.ts";
import { concat, u16, view } from "../support/bytes.ts";
import { rtp } from "../support/payloads-media.ts";

/** Time between packets, milliseconds, and ticks of the time stamp in it. */
export const PERIOD_MS = 20;
export const TICKS = 160;

/** A packet of RTP. */
export interface Sent {
  readonly payloadType: number;
  readonly payload: Uint8Array;
  /** Ticks of the time stamp; one period a packet when left out. */
  readonly timestamp?: number;
  /** Content of the header extension, behind its profile. */
  readonly extension?: readonly [profile: number, elements: Uint8Array];
  readonly ms?: number;
}

/** Sends `count` packets of one SSRC, 20 ms apart, and answers how the stream is reported. */
export function report(
  count: number,
  make: (i: number) => Sent,
  signaled: Readonly<Record<number, SignaledCodec>> = {},
): StreamReport {
  const streams = new RtpStreams((payloadType) => signaled[payloadType]);
  for (let i = 0; i < count; i++) {
    const { payloadType, payload, timestamp, extension, ms } = make(i);
    const plain = rtp({ payloadType, sequence: i, timestamp: timestamp ?? TICKS * i, ssrc: 5, payload });
    const bytes = extension === undefined ? plain : extended(plain, ...extension);
    const size = payload.length;
    streams.add(view(bytes), 0, bytes.length, size, cameAt(0, (ms ?? PERIOD_MS * i) / 1000, i + 1));
  }
  const [stream] = streams.accepted(false);
  if (stream === undefined) throw new Error("no stream");
  return stream.report({ microsoft: false, hint: undefined });
}

/** Puts a header extension (RFC 3550, 5.3.1) into a packet. */
function extended(packet: Uint8Array, profile: number, elements: Uint8Array): Uint8Array {
  const padded = concat(elements, new Uint8Array((4 - (elements.length % 4)) % 4));
  const header = packet.slice(0, 12);
  header[0] = (header[0] ?? 0) | 0x10;
  return concat(header, u16(profile), u16(padded.length / 4), padded, packet.subarray(12));
}

/** A codec that SDP told. */
export const audio = (encodingName: string, clockRate: number): SignaledCodec => ({
  encodingName,
  clockRate,
  modality: "audio",
});
