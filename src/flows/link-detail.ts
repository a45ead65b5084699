import type { Direction } from "../words.ts";
import type { PathSignatures } from "./path-signatures.ts";
import type { TcpLag } from "./tcp-lag.ts";

/** Counting asks no more of them. */
type Signatures = Pick<PathSignatures, "signature">;

/** Most link contexts kept of one direction; packets of further ones are counted with one that says the same. */
const MAX_CONTEXTS_PER_DIRECTION = 64;
/** Most changes of the path's signature kept of one direction. */
export const MAX_RUNS_PER_DIRECTION = 256;
/** Most pairs of link contexts kept of one direction in which the same packets were seen. */
const MAX_PAIRS_PER_DIRECTION = 64;

/** A path that no packet showed for so long, though there were packets, may have been left meanwhile. */
export const GAP_SECONDS = 30;

/** How many packets of a direction came in one link context. */
export interface ContextCount {
  readonly context: number;
  /** Packets, the copies of packets beside them. */
  packets: number;
  copies: number;
  readonly firstPacket: number;
  /** When that came. */
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** A stretch of time in which a direction's packets gave the same answer about their path. */
export interface Run {
  context: number;
  readonly firstPacket: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  /** When a packet gave that answer last; what came after it, by points that show nothing, may be on any path. */
  untilSeconds: number;
  untilNanoseconds: number;
}

/** Packets that were seen in two link contexts, both of which say something of their path. */
export interface CopyPair {
  readonly one: number;
  readonly other: number;
  packets: number;
}

/** Where the packets of a flow were seen, once they came in more than one link context. */
export class LinkDetail {
  /** Contexts besides the first; of that one its copies. */
  readonly contexts: [ContextCount[], ContextCount[]] = [[], []];
  readonly runs: [Run[], Run[]] = [[], []];
  readonly pairs: [CopyPair[], CopyPair[]] = [[], []];
  /** Packets of TCP that two links had: copies, and those without an IP identification that may have been sent again. */
  readonly seenTwice: [number, number] = [0, 0];
  /** Of TCP: which of the points is behind. */
  lag: TcpLag | undefined = undefined;
  /** Signature of the direction's last packet that had one, and of its last copy. */
  readonly #signature: [number, number] = [0, 0];
  readonly #copySignature: [number, number] = [0, 0];
  /** The signature of the path that packets without one have left, while no copy shows another; else 0. */
  readonly #left: [number, number] = [0, 0];
  /** The runs that the direction's last packet with a signature belongs to, and its last copy. */
  readonly #run: [Run | undefined, Run | undefined] = [undefined, undefined];
  readonly #copyRun: [Run | undefined, Run | undefined] = [undefined, undefined];
  /** Packets that showed no path since the last one that did, copies included. */
  readonly #unshown: [number, number] = [0, 0];

  /** Counts a packet; answers with the context that it was counted with. */
  countContext(
    direction: Direction,
    context: number,
    packetNumber: number,
    seconds: number,
    nanoseconds: number,
    copy: boolean,
    signatures: Signatures,
  ): number {
    const counts = this.contexts[direction];
    let entry = this.#entryOf(direction, context, signatures);
    if (entry === undefined) {
      if (counts.length === MAX_CONTEXTS_PER_DIRECTION) this.#makeRoom(direction, signatures);
      if (counts.length < MAX_CONTEXTS_PER_DIRECTION) {
        const [packets, copies] = [copy ? 0 : 1, copy ? 1 : 0];
        counts.push({ context, packets, copies, firstPacket: packetNumber, seconds, nanoseconds });
        return context;
      }
      entry = counts[counts.length - 1];
      if (entry === undefined) return context;
    }
    if (copy) entry.copies += 1;
    else entry.packets += 1;
    return entry.context;
  }

  /** The context that packets of one are counted with; it itself where there was room for it. */
  countedAs(direction: Direction, context: number, signatures: Signatures): number {
    return this.#entryOf(direction, context, signatures)?.context ?? context;
  }

  /** Newest first: a flow goes through the captures of a rotation one by one. */
  #entryOf(direction: Direction, context: number, signatures: Signatures): ContextCount | undefined {
    const counts = this.contexts[direction];
    for (let i = counts.length - 1; i >= 0; i--) if (counts[i]?.context === context) return counts[i];
    if (counts.length < MAX_CONTEXTS_PER_DIRECTION) return undefined;
    const signature = signatures.signature(context);
    return counts.findLast((count) => signatures.signature(count.context) === signature);
  }

  /** Counts two contexts that say the same as one, the newest ones first. */
  #makeRoom(direction: Direction, signatures: Signatures): void {
    const counts = this.contexts[direction];
    const newestOf = new Map<number, ContextCount>();
    for (const count of counts.toReversed()) {
      const signature = signatures.signature(count.context);
      const newer = newestOf.get(signature);
      newestOf.set(signature, count);
      if (newer === undefined) continue;
      count.packets += newer.packets;
      count.copies += newer.copies;
      counts.splice(counts.indexOf(newer), 1);
      this.#rename(direction, newer.context, count.context);
      return;
    }
  }

  #rename(direction: Direction, from: number, to: number): void {
    const pairs = this.pairs[direction];
    for (const run of this.runs[direction]) if (run.context === from) run.context = to;
    for (const { one, other, packets } of pairs.splice(0))
      this.countPair(direction, one === from ? to : one, other === from ? to : other, packets);
  }

  addRun(
    direction: Direction,
    signature: number,
    context: number,
    firstPacket: number,
    seconds: number,
    nanoseconds: number,
  ): void {
    const isAfterGap = this.#isAfterGap(direction, this.#run[direction], seconds);
    if (this.#signature[direction] === signature && !isAfterGap) {
      lengthen(this.#run[direction], seconds, nanoseconds);
      return;
    }
    this.#signature[direction] = signature;
    this.#left[direction] = 0;
    this.#run[direction] = newRun(context, firstPacket, seconds, nanoseconds);
    keepRun(this.runs[direction], this.#run[direction]);
  }

  /** A packet, no copy, whose context shows no path: it may be on another than those before it, which theirs shows. */
  leaveRun(
    direction: Direction,
    context: number,
    firstPacket: number,
    seconds: number,
    nanoseconds: number,
  ): void {
    this.#unshown[direction] += 1;
    const signature = this.#signature[direction];
    const runs = this.runs[direction];
    if (signature === 0 || runs.length >= MAX_RUNS_PER_DIRECTION / 2) return;
    this.#signature[direction] = 0;
    this.#left[direction] = signature;
    runs.push(newRun(context, firstPacket, seconds, nanoseconds));
  }

  /** As `addRun` for copies: those of one capture point between packets of another are no change. */
  addCopyRun(
    direction: Direction,
    signature: number,
    context: number,
    firstPacket: number,
    seconds: number,
    nanoseconds: number,
  ): void {
    const left = this.#left[direction];
    if (left !== 0) {
      this.#left[direction] = 0;
      if (left === signature) {
        // It was not left: packets of it came by a point that shows nothing first.
        this.runs[direction].pop();
        this.#signature[direction] = left;
        lengthen(this.#run[direction], seconds, nanoseconds);
      } else this.#copySignature[direction] = 0;
    }
    const isAfterGap = this.#isAfterGap(direction, this.#copyRun[direction], seconds);
    if (this.#copySignature[direction] === signature && !isAfterGap) {
      lengthen(this.#copyRun[direction], seconds, nanoseconds);
      return;
    }
    this.#copySignature[direction] = signature;
    this.#copyRun[direction] = newRun(context, firstPacket, seconds, nanoseconds);
    keepRun(this.runs[direction], this.#copyRun[direction]);
  }

  /** Whether packets were seen for long without showing a path: which one they were on is not known. */
  #isAfterGap(direction: Direction, run: Run | undefined, seconds: number): boolean {
    const unshown = this.#unshown[direction];
    this.#unshown[direction] = 0;
    // The packet itself may have been seen first where it shows nothing.
    return unshown > 1 && run !== undefined && seconds - run.untilSeconds >= GAP_SECONDS;
  }

  /** Counts packets that were seen in two link contexts. */
  countPair(direction: Direction, one: number, other: number, packets: number = 1): void {
    if (one === other) return;
    const pairs = this.pairs[direction];
    for (const pair of pairs) {
      if ((pair.one === one && pair.other === other) || (pair.one === other && pair.other === one)) {
        pair.packets += packets;
        return;
      }
    }
    if (pairs.length < MAX_PAIRS_PER_DIRECTION) pairs.push({ one, other, packets });
  }
}

function newRun(context: number, firstPacket: number, seconds: number, nanoseconds: number): Run {
  return {
    context,
    firstPacket,
    seconds,
    nanoseconds,
    untilSeconds: seconds,
    untilNanoseconds: nanoseconds,
  };
}

function lengthen(run: Run | undefined, seconds: number, nanoseconds: number): void {
  if (run === undefined || seconds < run.untilSeconds) return;
  if (seconds === run.untilSeconds && nanoseconds < run.untilNanoseconds) return;
  run.untilSeconds = seconds;
  run.untilNanoseconds = nanoseconds;
}

/** Where there is no more room the last one is given up: how a flow ends weighs more than each of its changes. */
function keepRun(runs: Run[], run: Run): void {
  if (runs.length === MAX_RUNS_PER_DIRECTION) runs.pop();
  runs.push(run);
}
