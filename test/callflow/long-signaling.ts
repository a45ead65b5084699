import type { TcpConversation } from "../support/conversation.ts";
import { type Course, tlsSession } from "../support/scenarios.ts";

/** A client's connection for signaling, which stays open: the caller lets it say something now and then. */
export function longSignaling(course: Course, start: bigint): TcpConversation {
  return tlsSession({
    ...course,
    client: { address: "10.20.30.41", port: 51_301 },
    server: { address: "52.113.194.132", port: 443 },
    start,
    host: "teams.microsoft.com",
    seed: 1,
    open: true,
  });
}

/** A few words of both sides. */
export function exchange(signaling: TcpConversation, when: bigint): void {
  signaling.until(when);
  signaling.send("client", new Uint8Array(200)).send("server", new Uint8Array(150), "acknowledged");
}
