import { parseAddress } from "../address/address.ts";
import { outlineCalls, partsOf } from "../callflow/assemble.ts";
import { type CallFlow, makesCall } from "../callflow/call-flow.ts";
import { SIGNALING_SECONDS } from "../callflow/group.ts";
import { partiesOf } from "../callflow/join-media.ts";
import { BegunCalls } from "./begun-calls.ts";
import { callFlowOf } from "./call-flow.ts";
import { type CallMark, markOfCall, scenarioText } from "./call-mark.ts";
import { CallPart } from "./call-part.ts";
import { CallPieces, MAX_TOGETHER, type Piece } from "./call-pieces.ts";
import type { Judge } from "./judge.ts";
import type { CallMarker, JudgedFlow } from "./judged-flow.ts";
import type { GroupList, LegGroup } from "./leg-group.ts";
import { PastCalls } from "./past-calls.ts";
import { noteQualityInCall } from "./quality-in-call.ts";
import type { SiteView } from "./site-view.ts";

export interface CallDeskSurroundings {
  readonly view: SiteView;
  readonly judge: Judge;
  /** Settled TCP flows that are still live, of these addresses. */
  liveOf(addresses: ReadonlySet<string>): readonly LegGroup[];
  /** Flows of calls that ended later than all of the batch, and wait on, but began by that second. */
  waiting(seconds: number): readonly LegGroup[];
  /** Judged flows of calls that are kept until their turn; further ones are judged again. All when left out. */
  readonly mostKept?: number;
}

/**
 * Judges finished flows and tells those that belong to a call which: media of the batch is put together into calls, with
 * the signaling of its users. A batch without media costs one look at each flow's recognition.
 *
 * Calls of flows that are the last ones are put together when the first flow is asked for its call; a filtered
 * report may never ask. While more is to come they are put together at once: later signaling may be theirs.
 */
export class CallDesk {
  readonly #s: CallDeskSurroundings;
  readonly #past = new PastCalls();
  readonly #begun = new BegunCalls();

  constructor(surroundings: CallDeskSurroundings) {
    this.#s = surroundings;
  }

  /** Judges the flows and hands each on, in their order, one a step. `complete`: nothing is live any more. */
  *finish(
    groups: GroupList,
    complete: boolean,
    take: (judged: JudgedFlow, group: LegGroup) => void,
  ): Generator<void> {
    const { judge } = this.#s;
    const batch = new BatchCalls(this.#s, this.#past, this.#begun, groups, complete);
    for (let i = 0; i < groups.length; i++) {
      const group = groups.at(i);
      const judged = batch.turnOf(i) ?? judge.judgeLater(group);
      judge.noteSource(judged);
      judged.askLater(batch);
      take(judged, group);
      judged.close();
      yield;
    }
  }
}

/** The calls of one batch, put together piece by piece. */
class BatchCalls implements CallMarker {
  readonly #s: CallDeskSurroundings;
  readonly #past: PastCalls;
  readonly #begun: BegunCalls;
  readonly #groups: GroupList;
  readonly #complete: boolean;
  /** Flows of calls that wait on, once they were asked for. */
  #waiting: readonly CallFlow[] | undefined = undefined;
  #pieces: CallPieces | undefined = undefined;
  /** The flow whose turn it is, and the piece whose calls were put together last, to its end. */
  #current = -1;
  #assembledTo = 0;
  /** Flows of that piece that were looked at for calls, until their turn; undefined where it was not kept. */
  #looked = new Map<number, JudgedFlow | undefined>();
  #kept = 0;
  #wasLooked = false;
  #marks: Map<string, CallMark> | undefined = undefined;
  /** Calls that were remembered before those of that piece. */
  #pastBefore = 0;

  constructor(
    surroundings: CallDeskSurroundings,
    past: PastCalls,
    begun: BegunCalls,
    groups: GroupList,
    complete: boolean,
  ) {
    this.#s = surroundings;
    this.#past = past;
    this.#begun = begun;
    this.#groups = groups;
    this.#complete = complete;
  }

  /** Says whose turn it is; answers with the flow if it was judged already. */
  turnOf(index: number): JudgedFlow | undefined {
    this.#current = index;
    if (!this.#complete && index >= this.#assembledTo) this.#assembleCurrent();
    this.#wasLooked = this.#looked.has(index);
    if (!this.#wasLooked) return undefined;
    const judged = this.#looked.get(index) ?? this.#s.judge.judge(this.#groups.at(index));
    this.#looked.delete(index);
    return judged;
  }

  /** The call of the flow whose turn it is. */
  markOf(judged: JudgedFlow): CallMark | undefined {
    if (this.#current >= this.#assembledTo) {
      this.#assembleCurrent();
      this.#wasLooked = this.#looked.delete(this.#current);
    }
    const mark = this.#wasLooked ? this.#marks?.get(judged.flowId) : undefined;
    // Signaling that lasts for several calls is told the first, whose rows may be written since long ago. Of the calls of
    // its own piece it has the first anyway, and that by more than their times; but for where the piece has too much signaling.
    return (
      this.#pastOf(judged, this.#pastBefore) ??
      mark ??
      this.#pastOf(judged, this.#past.count) ??
      this.#begunOf(judged) ??
      this.#broadcast(judged)
    );
  }

  #assembleCurrent(): void {
    this.#pieces ??= new CallPieces(this.#groups);
    const piece = this.#pieces.holding(this.#current);
    this.#looked.clear();
    this.#kept = 0;
    this.#assembledTo = piece.to;
    this.#pastBefore = this.#past.count;
    // Checks and set-up without any media in the piece make no call.
    this.#marks = piece.hasMedia || this.#waitingFlows().some(makesCall) ? this.#calls(piece) : undefined;
    for (const index of this.#looked.keys()) if (index < this.#current) this.#looked.delete(index);
  }

  /** Puts the media of a piece together into calls: which flow is in which. */
  #calls(piece: Piece): Map<string, CallMark> | undefined {
    const { judge } = this.#s;
    const { parts, from, to } = piece;
    const flows: CallFlow[] = [];
    const users = new Set<string>();
    let calls = false;
    for (let i = from; i < to; i++) {
      if (parts[i] === CallPart.none) continue;
      const judged = judge.judge(this.#groups.at(i));
      const flow = this.#flowOf(judged);
      this.#keep(i, judged);
      flows.push(flow);
    }
    for (const flow of [...flows, ...this.#waitingFlows()]) {
      if (!makesCall(flow)) continue;
      calls = true;
      for (const user of partiesOf(flow)) users.add(user);
    }
    return calls ? this.#assemble(piece, flows, users) : undefined;
  }

  /** Flows that are over, but wait on for their turn: a call may have some of them and some of the batch. */
  #waitingFlows(): readonly CallFlow[] {
    if (this.#complete) return [];
    if (this.#waiting !== undefined) return this.#waiting;
    const last = this.#groups.at(this.#groups.length - 1).legs;
    const ended = last.reduce((latest, leg) => Math.max(latest, leg.end.seconds), 0);
    const { judge } = this.#s;
    const flows = this.#s.waiting(ended + SIGNALING_SECONDS).map((group) => this.#flowOf(judge.judge(group)));
    return (this.#waiting = flows);
  }

  /** Adds the signaling of the users and says which flow is in which call; of several calls the first. */
  #assemble({ from, to }: Piece, flows: CallFlow[], users: ReadonlySet<string>): Map<string, CallMark> {
    const { judge } = this.#s;
    const complete = this.#complete;
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
      const judged = this.#looked.has(i) ? undefined : addSignaling(this.#groups.at(i));
      if (judged !== undefined) this.#keep(i, judged);
    }
    const ours = new Set(flows.map(({ flowId }) => flowId));
    flows.push(...this.#waitingFlows());
    if (!complete && users.size > 0) for (const group of this.#s.liveOf(users)) addSignaling(group);

    const marks = new Map<string, CallMark>();
    const waiting = new Set(this.#waitingFlows().map(({ flowId }) => flowId));
    const { expressRoute } = this.#s.view.site;
    for (const outline of outlineCalls(flows)) {
      const parts = [...partsOf(outline.group)];
      const call = this.#begun.told(outline, parts, ours, waiting);
      const seen = new Set<string>();
      const endUs = outline.group.media.reduce((last, flow) => Math.max(last, flow.endUs), 0);
      for (const { flow, part } of parts) {
        if (!marks.has(flow.flowId)) marks.set(flow.flowId, markOfCall(call, flow, part, expressRoute));
        if (complete || part !== "media" || outline.group.isOfCrowd || !ours.has(flow.flowId)) continue;
        for (const user of partiesOf(flow)) {
          if (!seen.has(user)) this.#past.remember(user, call, flow.startUs, endUs);
          seen.add(user);
        }
      }
      noteQualityInCall(marks, outline.group.media);
    }
    return marks;
  }

  #keep(index: number, judged: JudgedFlow): void {
    const isKept = this.#kept < (this.#s.mostKept ?? Number.POSITIVE_INFINITY);
    this.#looked.set(index, isKept ? judged : undefined);
    if (isKept) this.#kept += 1;
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

  #begunOf(judged: JudgedFlow): CallMark | undefined {
    if (this.#begun.isEmpty) return undefined;
    return this.#begun.markOf(this.#flowOf(judged), this.#s.view.site.expressRoute);
  }

  /** Of the first `count` calls whose rows are written. */
  #pastOf(judged: JudgedFlow, count: number): CallMark | undefined {
    if (count === 0 || this.#past.isEmpty || judged.traffic !== "signaling") return undefined;
    return this.#past.markOf(this.#flowOf(judged), this.#s.view.site.expressRoute, count);
  }
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
