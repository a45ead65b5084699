import type { CallEnd, CallFlow } from "../callflow/call-flow.ts";
import { isUnderway } from "../flows/underway.ts";
import { hostRole } from "../protocols/host-roles.ts";
import type { Markers } from "../site/markers.ts";
import { NO_PATH, type Site } from "../site/site.ts";
import { courseOf } from "./course.ts";
import { microseconds, recognitionOf } from "./flow-decision.ts";
import { captureNames } from "./flow-measures.ts";
import type { JudgedFlow } from "./judged-flow.ts";
import type { End, Leg } from "./leg.ts";
import type { Direction, OutBack } from "../words.ts";
import { rounded } from "../rounded.ts";
import { nameText, retransmissionsOf } from "./row-values.ts";

/** What the assembling of calls wants to know of a judged flow. */
export function callFlowOf(judged: JudgedFlow, site: Site, markers: Markers): CallFlow {
  const { legs, measures } = judged;
  const { decision } = judged;
  const { leg: first, outLeg, backLeg, host, match, out, back, traffic } = decision;
  const { quality, nat } = measures;
  const leg = mainLeg(legs);
  const { recognition } = leg;
  const carried = recognitionOf(legs, first);
  const [one, other] =
    measures.leg.out === 0 ? quality.directions : [quality.directions[1], quality.directions[0]];
  return {
    flowId: judged.flowId,
    capture: captureNames(measures.captures),
    startUs: first.timed ? microseconds(decision.start) : 0,
    endUs: first.timed ? microseconds(decision.end) : 0,
    transport: first.transport,
    isUnderway: first.transport === "tcp" && legs.every(({ tcpState }) => isUnderway(tcpState)),
    client: endOf(first.client, site, markers),
    server: endOf(first.server, site, markers),
    nearIsClient: first.near === first.client,
    nat: nat === undefined ? undefined : { address: nat.text, port: nat.port },
    application: carried.application,
    trafficType: traffic,
    modality: carried.modality,
    host,
    hostRole: host === undefined ? undefined : hostRole(host, first.server.port),
    serviceArea: match.serviceArea,
    office365: match.sets.length > 0,
    eligible: match.erEligible,
    pathOut: out.path,
    pathOutName: nameText(out),
    pathBack: back.path,
    pathBackName: nameText(back),
    symmetry: decision.symmetry.symmetry,
    course: courseOf(decision),
    expected: decision.expected.expected,
    streams: (recognition.streams ?? []).map((stream) => wayed(stream, leg)),
    reported: legs.flatMap((item) => (item.recognition.reported ?? []).map((told) => wayed(told, item))),
    dialogs: recognition.dialogs ?? [],
    iceChecks: recognition.iceChecks ?? 0,
    nominated: recognition.nominated ?? false,
    usesTurn: recognition.usesTurn ?? false,
    carriesMedia: recognition.carriesMedia ?? false,
    microsoftIce: recognition.microsoftStun ?? false,
    quality: {
      codec: quality.codec ?? carried.codec,
      jitterOutMs: rounded(one?.jitterMs, 3),
      jitterBackMs: rounded(other?.jitterMs, 3),
      lossOutPercent: rounded(one?.lossPercent, 3),
      lossBackPercent: rounded(other?.lossPercent, 3),
      rttMs: rounded(measures.rttMs, 3),
      mos: rounded(quality.mos, 2),
      quality: quality.quality,
    },
    retransmissions: retransmissionsOf(legs),
    packetsOut: outLeg.packetsOf(outLeg.out),
    packetsBack: backLeg.packetsOf(backLeg.back),
    bytesOut: outLeg.bytesOf(outLeg.out),
    bytesBack: backLeg.bytesOf(backLeg.back),
  };
}

/**
 * With what the direction of a packet means. `way` comes first: what is added to a copy (or left out of it) gives each object
 * a shape of its own, which takes more memory than the object.
 */
function wayed<Seen extends { readonly direction: Direction }>(
  seen: Seen,
  leg: Leg,
): Seen & { way: OutBack } {
  return { way: seen.direction === leg.out ? "out" : "back", ...seen };
}

/** The leg whose payloads say most: that of the streams, else the first that was recognised. */
function mainLeg(legs: readonly Leg[]): Leg {
  const leg =
    legs.find((item) => (item.recognition.streams?.length ?? 0) > 0) ??
    legs.find((item) => item.recognition.application !== "unknown") ??
    legs[0];
  if (leg === undefined) throw new RangeError("a flow has at least one leg");
  return leg;
}

function endOf(end: End, site: Site, markers: Markers): CallEnd {
  const { partner } = end.site;
  return {
    address: end.text,
    port: end.port,
    zone: end.zone,
    role: end.site.role,
    partner: partner === undefined ? undefined : { name: partner.name, hosting: partner.hosting },
    homedOnPremises: end.zone === "internal" && site.homedOnPremises(...end.words),
    translated: end.site.role === undefined && markers.natPathOf(...end.words) !== NO_PATH,
  };
}
