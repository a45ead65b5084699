import type { Modality } from "../words.ts";
import type { Call, CallLeg, CallUser, CallVerdict, Finding } from "./call.ts";
import { type CallEnd, type CallFlow, isBroadcastStream } from "./call-flow.ts";
import { comeInTurn } from "./dialogs-in-turn.ts";
import { type CallSite, documentedLeg } from "./documented-leg.ts";
import { conferenceFinding, isOffice365Call, pstnFinding } from "./findings.ts";
import { fittingRows } from "./fitting-rows.ts";
import { type CallGroup, groupCalls, SIGNALING_US } from "./group.ts";
import { isCarrier, isUnplaced, isUser, type LegKind, legKind, placeOf } from "./leg-kind.ts";
import { type LegPath, pathDuring } from "./leg-path.ts";
import { judgeLeg } from "./leg-verdict.ts";
import { mediaEndUs, mediaStartUs } from "./media-times.ts";
import { withoutMovedAway } from "./moved-away.ts";
import { silenceBeforeNewStreams } from "./new-streams.ts";
import { qualityByPath, summarise } from "./quality.ts";
import { reflexiveOf, relaysOf } from "./relays.ts";
import type { CallFact, Scenario } from "./scenarios.ts";
import { addressOfSeveralTalks } from "./several-talks.ts";

/**
 * Puts flows together into calls and holds each call against the documented call flows. Takes flows in any order and
 * gives the same answer for all of them; flows that belong to no call are left out. Calls come in order of their first
 * media flow.
 */
export function assembleCalls(flows: readonly CallFlow[], site: CallSite): Call[] {
  return outlineCalls(flows).map((outline) => completeCall(outline, site));
}

/** What joins the flows of a call, and which rows of the article it can be. */
export interface CallOutline {
  /** `flow_id` of its first media flow. */
  readonly id: string;
  readonly group: CallGroup;
  readonly kinds: ReadonlySet<LegKind>;
  readonly users: readonly CallUser[];
  readonly conference: Finding;
  readonly pstn: Finding;
  readonly modalities: readonly Modality[];
  readonly office365: boolean;
  readonly scenarios: readonly Scenario[];
  readonly open: string;
}

/** As `assembleCalls`, without what only a report of the calls wants to know. */
export function outlineCalls(flows: readonly CallFlow[]): CallOutline[] {
  return groupCalls(flows).map((group) => outlineOf(group));
}

/** The flows of a call with their part in it. */
export function* partsOf(group: CallGroup): Generator<{ flow: CallFlow; part: CallLeg["part"] }> {
  for (const flow of group.media) yield { flow, part: "media" };
  for (const flow of group.checks) yield { flow, part: "checks" };
  for (const flow of group.signaling) yield { flow, part: "signaling" };
}

function outlineOf(group: CallGroup): CallOutline {
  const kinds = new Set(group.media.map((flow) => legKind(flow)));
  const users = usersOfCall(group.media);
  const conference = conferenceFinding(group);
  const modalities = modalitiesOf(group.media);
  const pstn = pstnFinding(group, kinds, modalities);
  const office365 = kinds.has("broadcast-stream") || isOffice365Call(group);
  const facts = factsOf(users, conference, pstn, modalities);
  const { scenarios, open } = office365
    ? fittingRows({ media: kinds, facts })
    : { scenarios: [], open: "nothing in the packets says that it is a call of Office 365" };
  const id = group.media[0]?.flowId ?? "";
  return {
    id,
    group,
    kinds,
    users,
    conference: asRowsHave(conference, scenarios),
    pstn,
    modalities,
    office365,
    scenarios,
    open,
  };
}

/** A conference is possible where a row of one fits, as at a partner's server or through an Edge of ours. */
function asRowsHave(conference: Finding, scenarios: readonly Scenario[]): Finding {
  if (conference.certainty !== "no" || !scenarios.some(({ usage }) => usage === "conference"))
    return conference;
  return { certainty: "possible", reason: "a row of a conference fits" };
}

/** The call of an outline, held against the documented call flows. */
export function completeCall(outline: CallOutline, site: CallSite): Call {
  const { id, group, kinds, users, conference, pstn, modalities, office365, scenarios, open } = outline;
  const firstUs = group.media[0]?.startUs ?? 0;
  const lastUs = group.media.reduce((latest, flow) => Math.max(latest, flow.endUs), 0);
  const measured = withoutMovedAway(group.media);
  const legs = [...partsOf({ ...group, media: [...measured] })].map(({ flow, part }) => {
    const taken = pathDuring(flow, firstUs - SIGNALING_US, lastUs);
    return legOf(flow, part, taken, scenarios, site);
  });
  const verdict = office365 ? worstOf(legs) : "not-office365";
  const transports = [...new Set(group.media.map((flow) => flow.transport))].toSorted();
  return {
    id,
    startUs: group.media.reduce((first, flow) => Math.min(first, mediaStartUs(flow)), Infinity),
    endUs: group.media.reduce((last, flow) => Math.max(last, mediaEndUs(flow)), 0),
    users,
    legs,
    office365,
    conference,
    pstn,
    route: routeOf(kinds),
    relays: relaysOf(group),
    reflexive: reflexiveOf(group),
    modalities,
    transports,
    tcpFallback: group.media.some((flow) => flow.transport === "tcp" && legKind(flow) !== "broadcast-stream"),
    retransmissions: group.media.reduce((sum, flow) => sum + (flow.retransmissions ?? 0), 0),
    scenarios,
    open,
    quality: summarise(measured),
    qualityByPath: qualityByPath(measured),
    verdict,
    reason: reasonOf(group, legs, verdict, scenarios, open, conference, pstn),
  };
}

function legOf(
  flow: CallFlow,
  part: CallLeg["part"],
  taken: LegPath,
  scenarios: readonly Scenario[],
  site: CallSite,
): CallLeg {
  const documented = documentedLeg(flow, part, scenarios, site);
  const kind = legKind(flow);
  return {
    flow,
    part,
    kind,
    whose: documented.whose,
    documented: documented.path,
    documentedBy: documented.by,
    certain: documented.certain,
    taken,
    ...judgeLeg(taken, documented.path, isUnplaced(kind)),
  };
}

function usersOfCall(media: readonly CallFlow[]): CallUser[] {
  const users = new Map<string, CallUser>();
  const add = (end: CallEnd, other: CallEnd): void => {
    if (!(isUser(end, other) || isCarrier(end, other)) || users.has(end.address)) return;
    const place = placeOf(end, other);
    users.set(end.address, {
      address: end.address,
      place: place === "inside" || place === "unplaced" ? place : "outside",
      home: place === "inside" ? (end.homedOnPremises ? "on-premises" : "online") : undefined,
      isRemote: end.zone === "remote",
    });
  };
  for (const flow of media) {
    add(flow.client, flow.server);
    if (!isBroadcastStream(flow)) add(flow.server, flow.client);
  }
  return [...users.values()];
}

function factsOf(
  users: readonly CallUser[],
  conference: Finding,
  pstn: Finding,
  modalities: readonly Modality[],
): Set<CallFact> {
  const facts = new Set<CallFact>();
  for (const user of users) {
    if (user.place === "inside") facts.add("inside-user");
    if (user.isRemote) facts.add("remote-user");
    if (user.home !== undefined) facts.add(`homed-${user.home}`);
  }
  if (conference.certainty === "certain") facts.add("conference-certain");
  if (conference.certainty === "likely") facts.add("conference-likely");
  if (pstn.certainty === "certain") facts.add("pstn-certain");
  if (modalities.some((modality) => modality === "video" || modality === "sharing"))
    facts.add("other-modality");
  return facts;
}

function modalitiesOf(media: readonly CallFlow[]): Modality[] {
  const found = new Set<Modality>();
  for (const flow of media) {
    if (flow.modality !== undefined) found.add(flow.modality);
    for (const stream of flow.streams) if (stream.modality !== undefined) found.add(stream.modality);
  }
  return (["audio", "video", "sharing", "data"] as const).filter((modality) => found.has(modality));
}

function routeOf(kinds: ReadonlySet<LegKind>): Call["route"] {
  if (kinds.has("broadcast-stream")) return "broadcast";
  if ([...kinds].some((kind) => kind.includes("edge") || kind.includes("online"))) return "relayed";
  return [...kinds].some((kind) => /front-end|mediation|gateway|cloud-connector|partner/.test(kind))
    ? "server"
    : "direct";
}

/** Checks go to every candidate address, whatever the media takes: they are shown, and do not judge. */
function worstOf(legs: readonly CallLeg[]): CallVerdict {
  const judged = legs.filter((leg) => leg.part !== "checks");
  if (judged.some((leg) => leg.verdict === "deviates")) return "deviates";
  return judged.every((leg) => leg.verdict === "as-documented") ? "as-documented" : "unproven";
}

function reasonOf(
  group: CallGroup,
  legs: readonly CallLeg[],
  verdict: CallVerdict,
  scenarios: readonly Scenario[],
  open: string,
  conference: Finding,
  pstn: Finding,
): string {
  const parts: string[] = [];
  if (verdict === "deviates" || verdict === "unproven") {
    const shown = new Set<string>();
    for (const leg of legs)
      if (leg.part !== "checks" && leg.verdict === verdict) shown.add(`${leg.part} ${leg.kind} ${leg.how}`);
    parts.push(...[...shown].slice(0, 3));
  }
  if (conference.certainty === "certain" || conference.certainty === "likely")
    parts.push(`conference ${conference.certainty}: ${conference.reason}`);
  if (pstn.certainty === "certain") parts.push(`PSTN: ${pstn.reason}`);
  if (scenarios.length !== 1 && open !== "")
    parts.push(scenarios.length > 1 ? `${scenarios.length} rows fit: ${untold(group)}` : open);
  const silence = group.media.reduce((most, flow) => Math.max(most, silenceBeforeNewStreams(flow) ?? 0), 0);
  if (silence > 0)
    parts.push(`after ${Math.round(silence)} s of silence other streams at the same ports: maybe two calls`);
  const several = addressOfSeveralTalks(group.media, group.offers);
  if (several !== undefined)
    parts.push(
      `${several} sends audio in several flows at once: maybe several calls (of a server or source NAT not declared)`,
    );
  else if (comeInTurn(group.offers))
    parts.push(
      "in SIP one dialog began after another one's BYE: maybe several calls, or one that was transferred",
    );
  return parts.join("; ");
}

/** Why signaling does not tell rows apart that fit alike. */
function untold({ signaling }: CallGroup): string {
  if (signaling.length === 0) return "no signaling was seen";
  return signaling.some((flow) => flow.dialogs.length > 0)
    ? "signaling that can be read does not decide"
    : "signaling is encrypted";
}
