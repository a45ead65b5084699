import { parseAddress } from "../address/address.ts";
import { documentedOf, outlineCalls, partsOf } from "../callflow/assemble.ts";
import type { Call } from "../callflow/call.ts";
import { bearsMedia, type CallFlow, isBroadcastStream } from "../callflow/call-flow.ts";
import { documentedLeg } from "../callflow/engine.ts";
import { SIGNALING_US } from "../callflow/group.ts";
import { usersOf } from "../callflow/join-media.ts";
import { type HostRole, hostRole } from "../protocols/host-roles.ts";
import type { Recognition } from "../protocols/recognition.ts";
import { callFlowOf } from "./call-flow.ts";
import type { CallMark } from "./call-mark.ts";
import type { Judge } from "./judge.ts";
import type { CallMarker, JudgedFlow } from "./judged-flow.ts";
import type { GroupList, LegGroup } from "./leg-group.ts";
import type { SiteView } from "./site-view.ts";

/** Most flows looked at together for calls; a hostile capture is looked at piece by piece. */
const MAX_TOGETHER = 20_000;
/** Most calls remembered for signaling that ends after its call's rows were written. */
const MAX_REMEMBERED = 20_000;

/** A call whose rows are written, as far as later signaling of its users is concerned. */
interface PastCall {
  readonly call: Pick<Call, "id" | "scenarios" | "office365">;
  readonly startUs: number;
}

/** Flows of a batch that are looked at together. */
interface Piece {
  readonly groups: GroupList;
  readonly parts: Uint8Array;
  readonly from: number;
  readonly to: number;
}

export interface CallDeskSurroundings {
  readonly view: SiteView;
  readonly judge: Judge;
  /** Settled TCP flows that are still live, of these addresses. */
  liveOf(addresses: ReadonlySet<string>): readonly LegGroup[];
}

/**
 * Judges finished flows and tells those that belong to a call which: media of the batch is put together into calls
 * first, with the signaling of its users. A batch without media costs one look at each flow's recognition.
 */
export class CallDesk implements CallMarker {
  readonly #s: CallDeskSurroundings;
  readonly #past = new Map<string, PastCall[]>();
  readonly #pastOrder: string[] = [];

  constructor(surroundings: CallDeskSurroundings) {
    this.#s = surroundings;
  }

  /** Judges the flows and hands each on, in their order. `complete`: nothing is live any more. */
  finish(groups: GroupList, complete: boolean, take: (judged: JudgedFlow, group: LegGroup) => void): void {
    const parts = new Uint8Array(groups.length);
    for (let i = 0; i < parts.length; i++) parts[i] = partOf(groups.at(i));
    for (let from = 0; from < groups.length;) {
      const to = pieceEnd(parts, from);
      this.#finishPiece({ groups, parts, from, to }, complete, take);
      from = to;
    }
  }

  #finishPiece(piece: Piece, complete: boolean, take: (judged: JudgedFlow, group: LegGroup) => void): void {
    const { judge } = this.#s;
    const { groups, parts, from, to } = piece;
    const kept = new Map<number, JudgedFlow>();
    // Checks and set-up without any media in the piece make no call.
    const media = parts.indexOf(Part.media, from);
    const marks = media >= 0 && media < to ? this.#calls(piece, kept, complete) : undefined;
    for (let i = from; i < to; i++) {
      const group = groups.at(i);
      const known = kept.get(i);
      let judged = known ?? judge.judgeLater(group);
      const mark = known === undefined ? undefined : marks?.get(known.flowId);
      if (mark === undefined) judged.askLater(this);
      else judged = judged.inCall(mark);
      if (known !== undefined) kept.delete(i);
      take(judged, group);
      judged.close();
    }
  }

  /** Puts the media of a piece together into calls: which flow is in which. */
  #calls(piece: Piece, kept: Map<number, JudgedFlow>, complete: boolean): Map<string, CallMark> | undefined {
    const { judge } = this.#s;
    const { groups, parts, from, to } = piece;
    const flows: CallFlow[] = [];
    const users = new Set<string>();
    let calls = false;
    for (let i = from; i < to; i++) {
      if (parts[i] === Part.none) continue;
      const group = groups.at(i);
      const judged = judge.judge(group);
      const flow = this.#flowOf(judged);
      kept.set(i, judged);
      flows.push(flow);
      if (!bearsMedia(flow) && !isBroadcastStream(flow)) continue;
      calls = true;
      for (const user of usersOf(flow)) users.add(user);
    }
    return calls ? this.#assemble(piece, kept, flows, users, complete) : undefined;
  }

  /** The call of a flow that was not assembled with others: as the stream of a broadcast, or after its call's rows. */
  markOf(judged: JudgedFlow): CallMark | undefined {
    return this.#broadcast(judged) ?? this.#pastOf(judged);
  }

  /** Adds the signaling of the users and says which flow is in which call; of several calls the first. */
  #assemble(
    { groups, from, to }: Piece,
    kept: Map<number, JudgedFlow>,
    flows: CallFlow[],
    users: ReadonlySet<string>,
    complete: boolean,
  ): Map<string, CallMark> {
    const { judge, view } = this.#s;
    let signaling = 0;
    const low = lowWordsOf(users);
    const addSignaling = (group: LegGroup): JudgedFlow | undefined => {
      if (!group.mayTouch(low)) return undefined;
      const leg = group.legs[0];
      if (signaling >= MAX_TOGETHER || !(users.has(leg.client.text) || users.has(leg.server.text)))
        return undefined;
      const judged = judge.judge(group);
      if (judged.traffic !== "signaling" && judged.traffic !== "broadcast") return undefined;
      signaling += 1;
      flows.push(this.#flowOf(judged));
      return judged;
    };
    for (let i = from; i < to; i++) {
      const judged = kept.has(i) ? undefined : addSignaling(groups.at(i));
      if (judged !== undefined) kept.set(i, judged);
    }
    if (!complete && users.size > 0) for (const group of this.#s.liveOf(users)) addSignaling(group);

    const marks = new Map<string, CallMark>();
    const site = { hasExpressRoute: view.site.expressRoute };
    for (const call of outlineCalls(flows)) {
      const scenario = scenarioText(call);
      const seen = new Set<string>();
      for (const { flow, part } of partsOf(call.group)) {
        if (!marks.has(flow.flowId)) {
          const documented = call.office365 ? documentedOf(flow, part, call.scenarios, site) : undefined;
          marks.set(flow.flowId, {
            callId: call.id,
            scenario,
            concerned: call.office365,
            expected: documented?.certain === true ? documented.path : undefined,
          });
        }
        if (complete || part !== "media") continue;
        for (const user of usersOf(flow)) {
          if (!seen.has(user)) this.#remember(user, call, flow.startUs);
          seen.add(user);
        }
      }
    }
    return marks;
  }

  #flowOf(judged: JudgedFlow): CallFlow {
    return callFlowOf(judged, this.#s.view.site, this.#s.view.markers);
  }

  /** A broadcast's stream whose name came from DNS only. */
  #broadcast(judged: JudgedFlow): CallMark | undefined {
    if (judged.traffic !== "broadcast") return undefined;
    const [call] = outlineCalls([this.#flowOf(judged)]);
    if (call === undefined) return undefined;
    return { callId: call.id, scenario: scenarioText(call), concerned: true, expected: "internet" };
  }

  #remember(user: string, call: PastCall["call"], startUs: number): void {
    const known = this.#past.get(user);
    const past: PastCall = {
      call: { id: call.id, scenarios: call.scenarios, office365: call.office365 },
      startUs,
    };
    if (known === undefined) this.#past.set(user, [past]);
    else known.push(past);
    this.#pastOrder.push(user);
    if (this.#pastOrder.length > MAX_REMEMBERED) {
      for (const old of this.#pastOrder.splice(0, MAX_REMEMBERED >>> 1)) {
        const list = this.#past.get(old);
        list?.shift();
        if (list?.length === 0) this.#past.delete(old);
      }
    }
  }

  /** Signaling that outlived its call: the first call whose media it came before. */
  #pastOf(judged: JudgedFlow): CallMark | undefined {
    if (this.#past.size === 0 || judged.traffic !== "signaling") return undefined;
    const flow = this.#flowOf(judged);
    let first: PastCall | undefined;
    for (const user of usersOf(flow)) {
      for (const past of this.#past.get(user) ?? []) {
        if (past.startUs < flow.startUs || past.startUs > flow.endUs + SIGNALING_US) continue;
        if (first === undefined || past.startUs < first.startUs) first = past;
      }
    }
    if (first === undefined) return undefined;
    const { call } = first;
    const documented = documentedLeg(flow, "signaling", call.scenarios, {
      hasExpressRoute: this.#s.view.site.expressRoute,
    });
    return {
      callId: call.id,
      scenario: scenarioText(call),
      concerned: call.office365,
      expected: call.office365 && documented.certain ? documented.path : undefined,
    };
  }
}

function scenarioText(call: Pick<Call, "scenarios">): string | undefined {
  return call.scenarios.length === 0 ? undefined : call.scenarios.map(({ id }) => id).join(";");
}

/** The last 32 bits of addresses: few flows share them by chance. */
function lowWordsOf(addresses: ReadonlySet<string>): Set<number> {
  const low = new Set<number>();
  for (const text of addresses) {
    const address = parseAddress(text);
    if (address !== undefined) low.add(address.words[3]);
  }
  return low;
}

/** Hosts whose TLS flows are relays of a call, or the stream of a broadcast. */
const CALL_ROLES: ReadonlySet<HostRole | undefined> = new Set(["broadcast-stream", "media-relay"]);

/** What a flow may be in a call. */
const Part = { none: 0, setUp: 1, media: 2 } as const;
type Part = (typeof Part)[keyof typeof Part];

/** Media (or the stream of a broadcast), its set-up and SIP: flows that a call is made of. Cheap. */
function partOf(group: LegGroup): Part {
  let part: Part = Part.none;
  if (!group.wasWatched) return part;
  for (const recognition of group.recognitions) {
    const own = partOfLeg(recognition);
    if (own === Part.media) return own;
    if (own > part) part = own;
  }
  return part;
}

function partOfLeg(recognition: Recognition): Part {
  let part: Part = Part.none;
  switch (recognition.application) {
    case "rtp":
    case "rtcp":
    case "pseudo-tls":
      return Part.media;
    case "ms-turn":
    case "turn":
    case "stun":
    case "sip":
    case "dtls":
      part = Part.setUp;
      break;
    case "tls":
    case "http":
      if (recognition.host !== undefined && CALL_ROLES.has(hostRole(recognition.host))) return Part.media;
      break;
    default:
  }
  return recognition.carriesMedia === true || (recognition.streams?.length ?? 0) > 0 ? Part.media : part;
}

/** True when a leg whose payloads said this may be a part of a call. */
export function mayBeOfCall(recognition: Recognition): boolean {
  return partOfLeg(recognition) !== Part.none;
}

/** Where a piece ends that has so many flows of calls as are looked at together. */
function pieceEnd(parts: Uint8Array, from: number): number {
  let together = 0;
  let at = from;
  while (at < parts.length && together < MAX_TOGETHER) {
    if (parts[at] !== Part.none) together += 1;
    at += 1;
  }
  return at;
}
