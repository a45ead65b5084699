import type { Inspector, Recognition } from "../protocols/recognition.ts";

/** Most link contexts kept of one direction; packets of further ones are counted with the last. */
export const MAX_CONTEXTS_PER_DIRECTION = 64;
/** Most changes of the path's signature kept of one direction. */
export const MAX_RUNS_PER_DIRECTION = 256;
/** Most pairs of link contexts kept of one direction in which the same packets were seen. */
export const MAX_PAIRS_PER_DIRECTION = 64;
/** Most ICMP reporters kept of one flow. */
export const MAX_REPORTERS = 32;

/** How many packets of a direction came in one link context. */
export interface ContextCount {
  readonly context: number;
  /** Packets, the copies of packets beside them. */
  packets: number;
  copies: number;
  readonly firstPacket: number;
}

/** A stretch of time in which a direction's packets gave the same answer about their path. */
export interface Run {
  readonly context: number;
  readonly firstPacket: number;
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Packets that were seen in two link contexts, both of which say something of their path. */
export interface CopyPair {
  readonly one: number;
  readonly other: number;
  packets: number;
}

/** An ICMP error that quoted the flow. Words of the reporter's address as in `Packet`. */
export interface IcmpReport {
  readonly kind: "time-exceeded" | "prohibited";
  readonly words: readonly [number, number, number, number];
  /** Direction of the quoted packet. */
  readonly direction: 0 | 1;
  packets: number;
  readonly firstPacket: number;
}

/** What is kept of a flow beside its record, only of flows that need it. */
export class FlowDetail {
  inspector: Inspector | undefined;
  /** What the inspector said when it had nothing more to learn, or at the flow's end; it is gone then. */
  recognition: Recognition | undefined;
  /** Contexts of direction 0 and 1 besides the first, in order of appearance. */
  readonly contexts: [ContextCount[], ContextCount[]] = [[], []];
  readonly runs: [Run[], Run[]] = [[], []];
  /** Signature (observer's) of the direction's last packet that had one, and of its last copy. */
  readonly signature: [number, number] = [0, 0];
  readonly copySignature: [number, number] = [0, 0];
  readonly pairs: [CopyPair[], CopyPair[]] = [[], []];
  /** Packets by DSCP value besides the first packet's value. */
  readonly dscp: [Map<number, number>, Map<number, number>] = [new Map(), new Map()];
  readonly reports: IcmpReport[] = [];

  countContext(direction: 0 | 1, context: number, packetNumber: number, copy: boolean): void {
    const counts = this.contexts[direction];
    let entry: ContextCount | undefined;
    for (const candidate of counts) if (candidate.context === context) entry = candidate;
    if (entry === undefined) {
      if (counts.length < MAX_CONTEXTS_PER_DIRECTION) {
        counts.push({ context, packets: copy ? 0 : 1, copies: copy ? 1 : 0, firstPacket: packetNumber });
        return;
      }
      entry = counts[counts.length - 1];
      if (entry === undefined) return;
    }
    if (copy) entry.copies += 1;
    else entry.packets += 1;
  }

  addRun(direction: 0 | 1, signature: number, run: Run): void {
    if (this.signature[direction] === signature) return;
    this.signature[direction] = signature;
    if (this.runs[direction].length < MAX_RUNS_PER_DIRECTION) this.runs[direction].push(run);
  }

  /** As `addRun` for copies: those of one capture point between packets of another are no change. */
  addCopyRun(direction: 0 | 1, signature: number, run: Run): void {
    if (this.copySignature[direction] === signature) return;
    this.copySignature[direction] = signature;
    if (this.runs[direction].length < MAX_RUNS_PER_DIRECTION) this.runs[direction].push(run);
  }

  /** Counts a packet that was seen in two link contexts. */
  countPair(direction: 0 | 1, one: number, other: number): void {
    const pairs = this.pairs[direction];
    for (const pair of pairs) {
      if ((pair.one === one && pair.other === other) || (pair.one === other && pair.other === one)) {
        pair.packets += 1;
        return;
      }
    }
    if (pairs.length < MAX_PAIRS_PER_DIRECTION) pairs.push({ one, other, packets: 1 });
  }

  addReport(report: IcmpReport): void {
    for (const known of this.reports) {
      if (
        known.kind === report.kind &&
        known.direction === report.direction &&
        known.words.every((word, i) => word === report.words[i])
      ) {
        known.packets += 1;
        return;
      }
    }
    if (this.reports.length < MAX_REPORTERS) this.reports.push(report);
  }
}
