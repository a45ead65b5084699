import type { Modality } from "../words.ts";
import type { Finding } from "./call.ts";
import { type CallFlow, type CallStream, farOf } from "./call-flow.ts";
import { endKey, SHARED_PORTS } from "./dialog-media.ts";
import type { SipDialog } from "../protocols/recognition.ts";
import { latestMediaUs } from "./flows-by-key.ts";
import type { CallGroup } from "./group.ts";
import { type LegKind, legKind } from "./leg-kind.ts";
import { mediaStartUs } from "./media-times.ts";

const SECOND_US = 1_000_000;
/** A dialog may be seen so much later than the last of its media. */
const CLOSE_S = 30;

/** Clocks of two captures. */
const AROUND_S = 2;

/** The next sender's stream may begin so much before the last one's ends. */
const OVERLAP_S = 2;

const NOT: Finding = { certainty: "no", reason: "" };

/** Address of a conference in SIP of Lync, Skype for Business and Teams ([MS-CONFBAS], section 3.1.4); not of the service that schedules them. */
const CONFERENCE_URI = /app:conf:(?!focusfactory)/i;
/** Methods of dialogs that are calls. A REGISTER, MESSAGE or OPTIONS names a number, too, and sets nothing up. */
const CALLING: ReadonlySet<string> = new Set(["INVITE", "ACK", "PRACK", "UPDATE", "INFO", "REFER", "BYE"]);
/** Who takes part in a conference is told of it by these, too. */
const CONFERRING: ReadonlySet<string> = new Set([...CALLING, "SUBSCRIBE", "NOTIFY", "BENOTIFY"]);
/** A telephone number as a user: tel: (RFC 3966) or user=phone (RFC 3261, section 19.1.1). */
const TELEPHONE_URI = /^tel:|^sips?:\+\d+[@;]|;user=phone(?:;|$)/i;

/** SSRCs of conference servers in two captures of Teams: 1000, 1001, 1101, 1201 ... 1901. */
const SERVER_SSRC = { first: 1000, last: 1999 } as const;

/**
 * SIP dialogs of the call. A connection to a server carries a user's dialogs of all day, or those of many users: only one
 * at the call's time is the call's, that has not failed, and of those with media one that offers an address of the call's. An
 * INVITE without media is that of another call, which rings while this one goes on, where all media is older, or is set up by others.
 */
function* dialogsOf(
  { media, signaling, offers }: CallGroup,
  methods: ReadonlySet<string>,
): Generator<SipDialog> {
  if (!signaling.some((flow) => flow.dialogs.length > 0)) return;
  const startUs = media.reduce((first, flow) => Math.min(first, flow.startUs), Number.POSITIVE_INFINITY);
  const endUs = media.reduce((last, flow) => Math.max(last, flow.endUs), 0);
  const newestS = media.reduce((last, flow) => Math.max(last, mediaStartUs(flow)), 0) / SECOND_US;
  const told = new Set(
    media.flatMap(({ reported }) =>
      reported.filter(({ kind }) => kind === "mapped" || kind === "relayed").map(endKey),
    ),
  );
  for (const flow of signaling)
    for (const dialog of flow.dialogs) {
      if ((dialog.startSeconds - CLOSE_S) * SECOND_US > endUs) continue;
      if (latestMediaUs(dialog) < startUs) continue;
      const offered = dialog.media.flatMap(({ addresses }) => addresses);
      if (offered.length === 0 && (!methods.has(dialog.method) || hasFailed(dialog))) continue;
      const isInvite = offered.length === 0 && dialog.method === "INVITE";
      if (isInvite && (offers.size > 0 || dialog.startSeconds > newestS + AROUND_S)) continue;
      const isOther = offered.length > 0 && !offers.has(dialog);
      if (isOther && !offered.some((item) => !SHARED_PORTS.has(item.port) && told.has(endKey(item))))
        continue;
      yield dialog;
    }
}

/** True for a dialog that came to nothing. Who is asked for a password (401, 407) tries again. */
function hasFailed({ status = 0 }: SipDialog): boolean {
  return status >= 400 && status !== 401 && status !== 407;
}

/** Whether the call is a conference. A relay to one peer and a conference look alike: seldom certain. */
export function conferenceFinding(group: CallGroup): Finding {
  for (const flow of group.media) {
    if (legKind(flow) === "broadcast-stream") return { certainty: "no", reason: "a one-way stream" };
    if (flow.client.role === "front-end" || flow.server.role === "front-end")
      return {
        certainty: "certain",
        reason: "media at the Front End, which hosts conferences (principle media-to-conference)",
      };
  }
  for (const dialog of dialogsOf(group, CONFERRING))
    if (CONFERENCE_URI.test(dialog.to) || CONFERENCE_URI.test(dialog.from))
      return { certainty: "certain", reason: "SIP names a conference (app:conf)" };
  for (const flow of group.media) {
    if (farOf(flow).zone !== "microsoft") continue;
    const back = flow.streams.filter((stream) => stream.way === "back");
    const mixed = back.find(
      (stream) =>
        stream.ssrc >= SERVER_SSRC.first && stream.ssrc <= SERVER_SSRC.last && stream.ssrc % 100 <= 1,
    );
    if (mixed !== undefined)
      return {
        certainty: "likely",
        reason: `Office 365 sends SSRC ${mixed.ssrc}, as conference servers do`,
      };
    const sources = videosAtOnce(back);
    // One peer's camera and screen are two, where all its media goes in one flow (RFC 8843).
    const isBundle = back.some((stream) => stream.modality === "audio");
    if (sources > (isBundle ? 2 : 1))
      return { certainty: "likely", reason: `Office 365 sends ${sources} video streams at once` };
  }
  return group.media.some((flow) => farOf(flow).zone === "microsoft")
    ? {
        certainty: "possible",
        reason: "media to Office 365: a relayed peer, a conference or Phone System look alike",
      }
    : NOT;
}

/**
 * Most video streams of one payload type that go at a time. What is sent again has another type (RFC 4588), and a sender
 * that begins anew has another SSRC.
 */
function videosAtOnce(streams: readonly CallStream[]): number {
  const videos = streams.filter((stream) => stream.modality === "video");
  let most = 0;
  for (const { startSeconds, payloadType } of videos) {
    const moment = startSeconds + OVERLAP_S;
    const going = videos.filter(
      (other) =>
        other.payloadType === payloadType && other.startSeconds <= moment && other.endSeconds >= moment,
    );
    most = Math.max(most, going.length);
  }
  return most;
}

/** Users have numbers, too: one who is called by it at their computer is no telephone. */
function isBetweenClients({ client, server }: CallFlow): boolean {
  return [client, server].every(({ zone }) => zone === "internal" || zone === "remote");
}

/** Whether a telephone takes part. */
export function pstnFinding(
  group: CallGroup,
  kinds: ReadonlySet<LegKind>,
  modalities: readonly Modality[],
): Finding {
  for (const kind of kinds) {
    if (kind.includes("gateway")) return { certainty: "certain", reason: "media at a declared PSTN gateway" };
    if (kind.includes("mediation"))
      return { certainty: "certain", reason: "media at a declared Mediation Server" };
    if (kind.includes("cloud-connector"))
      return { certainty: "certain", reason: "media at a declared Cloud Connector" };
  }
  let isNamed = false;
  for (const { from, to } of dialogsOf(group, CALLING))
    isNamed ||= TELEPHONE_URI.test(to) || TELEPHONE_URI.test(from);
  if (isNamed && !group.media.every(isBetweenClients))
    return { certainty: "certain", reason: "SIP names a telephone number" };
  if (modalities.includes("video") || modalities.includes("sharing"))
    return { certainty: "no", reason: "more than audio" };
  if (isNamed)
    return { certainty: "possible", reason: "SIP names a telephone number, which may be a user's own" };
  return group.media.some((flow) => farOf(flow).zone === "microsoft")
    ? { certainty: "possible", reason: "audio to Office 365" }
    : NOT;
}

/** Kinds of media legs that only exist where Office 365 or a server or partner of the site takes part. */
function ofOurWorld(kind: LegKind): boolean {
  return kind !== "inside-inside" && kind !== "inside-outside" && kind !== "outside-outside";
}

/** Whether anything says that the call has to do with Office 365; other vendors' programs call, too. */
export function isOffice365Call(group: CallGroup): boolean {
  if (group.media.some((flow) => ofOurWorld(legKind(flow)) || flow.microsoftIce)) return true;
  if (group.checks.some((flow) => flow.microsoftIce || farOf(flow).zone === "microsoft")) return true;
  // Teams signs in and stays signed in: its signaling says nothing of media to an unknown address outside.
  if (!group.media.some((flow) => legKind(flow) === "inside-inside")) return false;
  return group.signaling.some(
    (flow) =>
      flow.serviceArea === "Skype" || flow.client.role !== undefined || flow.server.role !== undefined,
  );
}
