import { EVIDENCE_KINDS, type EvidenceKind, type OutBack, type Path, type PathKind } from "../words.ts";
import type { Moment } from "./moment.ts";

/** One reason to believe something about the path of one direction. */
export interface Evidence {
  readonly kind: EvidenceKind;
  /** Of kind `tunnel`: what shows the path of the outer packet. */
  readonly outer?: EvidenceKind | undefined;
  readonly direction: OutBack;
  readonly says: PathKind;
  /** Index of the declared path in the site, -1 where none is named (`local` by address, `absence`). */
  readonly pathIndex: number;
  /** How many packets showed it. */
  readonly packets: number;
  /** How many showed the same in any link context: another capture, or after a date at which markers change. */
  readonly packetsInAll?: number;
  /** Number of the first of them in its capture, from 1; 0 for evidence that is no packet. */
  readonly firstPacket: number;
  /** Base name of that capture. */
  readonly capture: string;
  /** What was seen, in words: "VLAN 100", "next hop 00:00:5e:00:53:01". */
  readonly shown: string;
}

/** Smaller is stronger. The three kinds of the contract's third rank are equal. */
export function rank(kind: EvidenceKind): number {
  return kind === "erspan-session" || kind === "bgp-session"
    ? EVIDENCE_KINDS.indexOf("interface")
    : EVIDENCE_KINDS.indexOf(kind);
}

/** As `rank`, of a piece of evidence: of two tunnels, the one whose outer packet shows its path by the stronger kind. */
export function strengthOf({ kind, outer }: Pick<Evidence, "kind" | "outer">): number {
  return outer === undefined ? rank(kind) : rank(kind) + rank(outer) / EVIDENCE_KINDS.length;
}

/** What one direction's packets in one link context say, strongest first. */
export interface ContextUse {
  readonly context: number;
  readonly packets: number;
  readonly copies: number;
  readonly evidence: readonly Evidence[];
}

/** How many of a direction's packets were seen in two link contexts. */
export interface SeenTwice {
  readonly one: number;
  readonly other: number;
  readonly packets: number;
}

/** A moment from which on a direction's packets came in another link context, and when one did so last. */
export interface ContextRun extends Moment {
  readonly context: number;
  readonly firstPacket: number;
  readonly untilSeconds: number;
  readonly untilNanoseconds: number;
}

/** A moment from which on evidence of the flow itself (a hop, a NAT pool, a mapped address) was shown. */
export interface EvidenceMoment extends Moment {
  readonly item: Evidence;
}

/** A stretch of time on one path. `lane` tells circuits apart: it is equal where the contract calls paths one. */
export interface Stretch extends Moment {
  readonly says: PathKind;
  readonly lane: string;
  /** When a packet showed it last; left out where that is not known, so that it is held to last until the next one. */
  readonly until?: Moment | undefined;
  /** Times within it, longer than others, of which packets came that showed no path. */
  readonly gaps?: readonly { readonly from: Moment; readonly to: Moment }[] | undefined;
}

/** Packets that evidence of one strength puts on two paths at once. */
export interface Contradiction {
  /** One piece of evidence for each of the two. */
  readonly evidence: readonly [Evidence, Evidence];
  readonly packets: number;
  /** Packets of each link context that are among them. */
  readonly byContext: ReadonlyMap<number, number>;
}

/** What is concluded for one direction. */
export interface DirectionPath {
  readonly path: Path;
  /** Names of the declared paths that it took, in order of appearance. */
  readonly names: readonly string[];
  /** Kinds that decided. */
  readonly basis: readonly EvidenceKind[];
  readonly evidence: readonly Evidence[];
  /** Evidence that says something else than what was decided. */
  readonly against: readonly Evidence[];
  /** Why the path is not known although there is evidence: the same packets were seen on different paths. */
  readonly contradiction?: Contradiction | undefined;
  /** Captures by whose clocks, which nobody compared, it moved to and fro: when it did is not known. */
  readonly untimed?: readonly [string, string] | undefined;
  /** The path over time; empty where it is not known. */
  readonly stretches: readonly Stretch[];
  /** Circuits of the paths taken, declared ones only. */
  readonly circuits: readonly string[];
}
