import type { CallEnd, CallFlow } from "../callflow/call-flow.ts";
import { isUnderway } from "../flows/underway.ts";
import { hostRole } from "../protocols/host-roles.ts";
import type { Markers } from "../site/markers.ts";
import { NO_PATH, type Site } from "../site/site.ts";
import { courseOf } from "./course.ts";
import { microseconds } from "./flow-decision.ts";
import { captureNames } from "./flow-measures.ts";
import type { JudgedFlow } from "./judged-flow.ts";
import type { Leg } from "./leg.ts";
import type { End } from "./leg-end.ts";
import { bytesOf, packetsOf } from "./legs-in-turn.ts";
import type { Direction, OutBack } from "../words.ts";
import { rounded } from "../rounded.ts";
import { nameText, retransmissionsOf } from "./row-values.ts";

/** What the assembling of calls wants to know of a judged flow. */
export function callFlowOf(judged: JudgedFlow, site: Site, markers: Markers): CallFlow {
  const { legs, measures } = judged;
  const { decision } = judged;
  const { leg, outLegs, backLegs, carried, host, match, out, back, traffic } = decision;
  const { quality, nat } = measures;
  const { directions } = quality;
  return {
    flowId: judged.flowId,
    capture: captureNames(measures.captures),
    startUs: leg.timed ? microseconds(decision.start) : 0,
    endUs: leg.timed ? microseconds(decision.end) : 0,
    transport: leg.transport,
    isUnderway: leg.transport === "tcp" && legs.every(({ tcpState }) => isUnderway(tcpState)),
    client: endOf(leg.client, site, markers),
    server: endOf(leg.server, site, markers),
    nearIsClient: leg.near === leg.client,
    nat: nat === undefined ? undefined : { address: nat.text, port: nat.port },
    application: carried.application,
    trafficType: traffic,
    modality: carried.modality,
    host,
    hostRole: host === undefined ? undefined : hostRole(host, leg.server.port),
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
    streams: (carried.streams ?? []).map((stream) => wayed(stream, leg)),
    fax: carried.fax,
    reported: (carried.reported ?? []).map((told) => wayed(told, leg)),
    dialogs: carried.dialogs ?? [],
    carriesMedia: carried.carriesMedia ?? false,
    microsoftIce: carried.microsoftStun ?? false,
    quality: {
      codec: quality.codec ?? carried.codec,
      jitterOutMs: rounded(directions[leg.out].jitterMs, 3),
      jitterBackMs: rounded(directions[leg.back].jitterMs, 3),
      lossOutPercent: rounded(directions[leg.out].lossPercent, 3),
      lossBackPercent: rounded(directions[leg.back].lossPercent, 3),
      rttMs: rounded(measures.rttMs, 3),
      mos: rounded(quality.mos, 2),
      quality: quality.quality,
    },
    retransmissions: retransmissionsOf(legs),
    packetsOut: packetsOf(outLegs, "out"),
    packetsBack: packetsOf(backLegs, "back"),
    bytesOut: bytesOf(outLegs, "out"),
    bytesBack: bytesOf(backLegs, "back"),
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
