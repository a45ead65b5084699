import type { CaptureError } from "../capture/errors.ts";
import type { CaptureMerge } from "../capture/merge.ts";
import type { CaptureProblem } from "../capture/problems.ts";
import type { Site } from "../site/site.ts";
import type { Oddities } from "../wire/oddities.ts";
import type { CaptureStatus } from "../words.ts";
import type { ClockSurvey } from "./clock-survey.ts";
import type { FlowReading } from "./flow-reading.ts";
import type { PacketName } from "./followed-packet.ts";
import type { Links } from "./links.ts";
import type { SharedSource } from "./nat-sources.ts";
import { type UnreadLink, unreadLinks } from "./unread-links.ts";

/** How far a run is. */
export interface RunProgress {
  /** Of the inputs as they are stored. */
  readonly bytesRead: number;
  /** Undefined where an input is a pipe or a stream. */
  readonly bytesTotal: number | undefined;
  readonly packets: number;
  readonly liveFlows: number;
}

/** What became of one capture. */
export interface CaptureSummary {
  readonly name: string;
  /** How messages name it: by its path where several captures have its base name. */
  readonly shown: string;
  readonly path: string;
  readonly format: string;
  readonly compression: string;
  readonly status: CaptureStatus;
  readonly packets: number;
  readonly problems: readonly CaptureProblem[];
  readonly problemCount: number;
  readonly skippedBytes: number;
  /** Packets that the capture machine says it lost. */
  readonly dropped: number;
  /** Packets that were passed over because their link type is not decoded. */
  readonly unreadLinks: readonly UnreadLink[];
}

/** False where part of a capture was broken or skipped, so that the run ends with status 3. */
export function isWhole(capture: Pick<CaptureSummary, "status" | "skippedBytes" | "unreadLinks">): boolean {
  return capture.status === "ok" && capture.skippedBytes === 0 && capture.unreadLinks.length === 0;
}

/** What a run came to. */
export interface RunSummary {
  readonly captures: readonly CaptureSummary[];
  /** Inputs that could not be opened. */
  readonly errors: readonly CaptureError[];
  readonly packets: number;
  /** Packets in no flow: no IP, other protocols, unattributable fragments. */
  readonly packetsOutsideFlows: number;
  /** Copies of packets that other captures, or another interface, had already; each packet counts once in its flow. */
  readonly copies: number;
  /** Where the packet that `followPacket` names is such a copy; `of` is undefined where it is not certain of which packet. */
  readonly followedCopy: { readonly of: PacketName | undefined } | undefined;
  /** How far packets came out of order: the most whole seconds by which one was dated before the latest before it. */
  readonly lateSeconds: number;
  readonly flows: number;
  /** Flows that ended early because of `maxFlows`. */
  readonly evicted: number;
  readonly oddities: Oddities;
  readonly links: Links;
  /** The site as it was known at the end: with the links that BGP sessions in the captures showed. */
  readonly site: Site;
  /** How the clocks of the captures differ; all times are given as the references of it have them. */
  readonly clocks: ClockSurvey;
  /** Public addresses of ours that were the source of flows on both paths. */
  readonly sharedSources: readonly SharedSource[];
  /** Time of the first and last packet, seconds since 1970; undefined without a timed packet. */
  readonly firstSeconds: number | undefined;
  readonly lastSeconds: number | undefined;
}

/** How far a run is. */
export function progressOf(merge: CaptureMerge, reading: FlowReading): RunProgress {
  const { bytesRead, size: bytesTotal } = merge;
  return { bytesRead, bytesTotal, packets: reading.packets, liveFlows: reading.observer.table.live };
}

/** What became of the captures of a merge. */
export function captureSummaries(merge: CaptureMerge): CaptureSummary[] {
  return merge.captures.map(({ input, reader, status }) => ({
    name: input.name,
    shown: input.shown ?? input.name,
    path: input.path,
    format: reader?.format ?? "",
    compression: reader?.compression ?? "",
    status,
    packets: reader?.packets ?? 0,
    problems: reader?.problems ?? [],
    problemCount: reader?.problemCount ?? 0,
    skippedBytes: reader?.skippedBytes ?? 0,
    dropped: (reader?.interfaces ?? []).reduce((sum, card) => sum + (card.dropped ?? 0), 0),
    unreadLinks: unreadLinks(reader?.interfaces ?? []),
  }));
}
