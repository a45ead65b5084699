import { type HostRole, hostRole } from "../protocols/host-roles.ts";
import type { Recognition } from "../protocols/recognition.ts";
import type { LegGroup } from "./leg-group.ts";

/** Hosts whose TLS flows are relays of a call, or the stream of a broadcast. */
const CALL_ROLES: ReadonlySet<HostRole | undefined> = new Set(["broadcast-stream", "media-relay"]);

/** What a flow may be in a call. */
export const CallPart = { none: 0, setUp: 1, media: 2 } as const;
export type CallPart = (typeof CallPart)[keyof typeof CallPart];

/** Media (or the stream of a broadcast), its set-up and SIP: flows that a call is made of. Cheap. */
export function callPartOf(group: LegGroup): CallPart {
  let part: CallPart = CallPart.none;
  if (!group.wasWatched) return group.isUnreadStun ? CallPart.setUp : part;
  for (const recognition of group.recognitions) {
    const own = partOfLeg(recognition);
    if (own === CallPart.media) return own;
    if (own > part) part = own;
  }
  return part;
}

/** True when a leg whose payloads said this may be a part of a call. */
export function mayBeOfCall(recognition: Recognition): boolean {
  return partOfLeg(recognition) !== CallPart.none;
}

function partOfLeg(recognition: Recognition): CallPart {
  let part: CallPart = CallPart.none;
  switch (recognition.application) {
    case "rtp":
    case "rtcp":
    case "pseudo-tls":
      return CallPart.media;
    case "ms-turn":
    case "turn":
    case "stun":
    case "sip":
    case "dtls":
      part = CallPart.setUp;
      break;
    case "tls":
    case "http":
      if (recognition.host !== undefined && CALL_ROLES.has(hostRole(recognition.host))) return CallPart.media;
      break;
    default:
  }
  return recognition.carriesMedia === true || (recognition.streams?.length ?? 0) > 0 ? CallPart.media : part;
}
