import type { Noise } from "../support/bytes.ts";
import { milliseconds, type UdpConversation } from "../support/conversation.ts";
import { rtp } from "../support/payloads-media.ts";

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
