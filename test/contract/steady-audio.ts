import type { Noise } from "../support/bytes.ts";
import { milliseconds, UdpConversation } from "../support/conversation.ts";
import { rtp } from "../support/payloads-media.ts";

/** A user's call with a server of Teams, which nothing sees yet. */
export function callOf(start: bigint): UdpConversation {
  return new UdpConversation({
    client: { address: "10.1.1.5", port: 50123 },
    server: { address: "52.112.10.20", port: 3479 },
    start,
    forward: [],
    backward: [],
  });
}

/** The pair number `i` of a call with a packet every 20 ms each way, the server's 5 ms behind the client's. */
export function sendAudio(
  media: UdpConversation,
  start: bigint,
  i: number,
  noise: Noise,
  sequence: number = i,
): void {
  const stream = { payloadType: 104, sequence, timestamp: i * 320 };
  media
    .until(start + milliseconds(20 * i))
    .send("client", rtp({ ...stream, ssrc: 77, payload: noise.bytes(60) }));
  media
    .until(start + milliseconds(20 * i + 5))
    .send("server", rtp({ ...stream, ssrc: 78, payload: noise.bytes(60) }));
}
