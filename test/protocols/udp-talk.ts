import type { Recognition } from "../../src/protocols/recognition.ts";
import { UdpInspector, type UdpSurroundings } from "../../src/protocols/udp-inspector.ts";
import type { Direction } from "../../src/words.ts";
import { Noise } from "../support/bytes.ts";
import { iceCheck, rtp } from "../support/payloads-media.ts";
import { Datagrams } from "./datagrams.ts";

export const noise: Noise = new Noise(4);

/** Shows datagrams to a new inspector; `back` ones travel in direction 1. */
export function recognise(
  datagrams: readonly { readonly bytes: Uint8Array; readonly back?: boolean; readonly ms?: number }[],
  ports: readonly [number, number] = [50006, 3478],
  surroundings: UdpSurroundings = {},
): Recognition {
  const inspector = new UdpInspector(surroundings);
  const packets = new Datagrams(ports);
  for (const [i, { bytes, back, ms }] of datagrams.entries()) {
    const direction: Direction = back === true ? 1 : 0;
    const milliseconds = ms ?? 20 * i;
    const packet = packets.lay(bytes, direction);
    const seconds = Math.floor(milliseconds / 1000);
    inspector.inspect(packet, direction, 1_700_000_000 + seconds, (milliseconds % 1000) * 1e6, i + 1);
  }
  return inspector.result();
}

export function rtpRun(
  count: number,
  options: { first?: number; payloadType?: number; ssrc?: number } = {},
): { bytes: Uint8Array }[] {
  return Array.from({ length: count }, (_, i) => ({
    bytes: rtp({
      payloadType: options.payloadType ?? 104,
      sequence: ((options.first ?? 500) + i) & 0xffff,
      timestamp: 320 * i,
      ssrc: options.ssrc ?? 0x1234,
      payload: noise.bytes(60),
    }),
  }));
}

export const check = (): { bytes: Uint8Array } => ({
  bytes: iceCheck({ transaction: noise.bytes(12), username: "abcd:wxyz", noise }),
});
