import type { ClockAnchor } from "../capture/clock-line.ts";
import type { CaptureProblem } from "../capture/problems.ts";
import type { UnreadLink } from "../classify/unread-links.ts";
import type { OddityCount } from "../wire/oddities.ts";
import type { CaptureStatus, Symmetry, Verdict } from "../words.ts";

/**
 * The stages of an audit, as plain data: what each is told and what it answers. A stage reads and writes files below
 * the audit's folder and knows nothing of threads, queues and terminals.
 *
 *     survey (a capture) ... -> planAudit -> map (a window of time) ... -> reduce (a range of keys) ... -> report
 *
 * A window is a stretch of time over all captures. Flows inside one window are finished by its map task. Packets of
 * flows that cross a border are set aside by the map tasks and followed from beginning to end by a reduce task, so that
 * every flow is read by one inspector, as `classify` over all captures would do it.
 */

/** How a stage is watched and bounded. */
export interface StageContext {
  /** Ends the stage: it throws the signal's reason and leaves nothing behind. */
  readonly signal?: AbortSignal | undefined;
  /** Bytes of input (as stored) done so far, of this task. */
  progress?(bytesDone: number): void;
  /** Memory that the stage should keep to, bytes. */
  readonly memoryBytes?: number | undefined;
  /** Folder for DuckDB's spill files; a folder below the audit's own when left out. */
  readonly scratch?: string | undefined;
}

/** What every file that a stage writes or reads is called: relative to the audit's folder, `/` between its parts. */
export type AuditFile = string;

// Survey: one capture.

export interface SurveyTask {
  readonly stage: "survey";
  /** From path, size and mtime, 24 hex digits: a capture is surveyed once. */
  readonly id: string;
  /** Absolute path. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** What is known of one capture; `survey/ID.json`, beside `ID.tuples`, `ID.lessons` and `ID.cards`. */
export interface CaptureSurvey {
  readonly id: string;
  readonly path: string;
  /** Base name. */
  readonly name: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly sha256: string;
  /** "" where it could not be opened. */
  readonly format: string;
  readonly compression: string;
  readonly status: CaptureStatus;
  /** Why it could not be opened; such a capture has no packets and is in no window. */
  readonly error: string | undefined;
  /** True where that may go well another time, though the file stays as it is: permission, a failing disk, a missing program. */
  readonly tryAgain?: boolean | undefined;
  readonly packets: number;
  readonly packetsInFlows: number;
  readonly untimed: number;
  readonly problems: readonly CaptureProblem[];
  readonly problemCount: number;
  readonly skippedBytes: number;
  /** Packets that the capture says it lost. */
  readonly dropped: number;
  /** Packets that were passed over because their link type is not decoded. */
  readonly unreadLinks: readonly UnreadLink[];
  /** Seconds since 1970 of the first packet with a time, of the last in order, and the largest step back in time. */
  readonly firstSeconds: number | undefined;
  readonly lastSeconds: number | undefined;
  readonly disorderSeconds: number;
  /** Flows (5-tuples) seen. */
  readonly tuples: number;
  /** What was odd in the packets. */
  readonly oddities: readonly OddityCount[];
}

/** An interface of a capture, as `survey/ID.cards` lists them. */
export interface CaptureCard {
  readonly name: string | undefined;
  readonly description: string | undefined;
  /** Its clock is finer than microseconds. */
  readonly fineClock: boolean;
}

// Plan.

export interface PlanOptions {
  /** A window closes when the captures that begin in it have this many bytes; 1 GB when left out. */
  readonly windowBytes?: number | undefined;
  /** Further borders, seconds since 1970: to cut a window that is too much for one task. */
  readonly extraBorders?: readonly number[] | undefined;
  /** Captures to leave out, which get their row in the file table all the same. */
  readonly setAside?: readonly SetAside[] | undefined;
  /** Paths that were named and are not there, or cannot be read: they prove no absence. */
  readonly missing?: readonly string[] | undefined;
  /** `settings-HASH.json`, as `writeSettings` named it. */
  readonly settings: AuditFile;
  /** What results are written as besides Parquet; CSV when left out. */
  readonly formats?: readonly ResultFormat[] | undefined;
}

export type ResultFormat = "csv" | "ndjson";

export interface SetAside {
  readonly path: string;
  readonly sha256: string;
  readonly reason: string;
  /** For one run only: it changed while it was read, and the next run looks at it again. */
  readonly changed?: boolean | undefined;
}

/** A capture as tasks name it. */
export interface PlannedCapture {
  readonly path: string;
  readonly name: string;
  readonly sha256: string;
  /** Id of its survey. */
  readonly survey: string;
  readonly size: number;
  /** When it was last written to, whole seconds since 1970. */
  readonly modifiedSeconds: number;
  /** Of its first packet with a time, by its own clock. */
  readonly firstSeconds: number | undefined;
  /** What to add to its times (`ClockLine`), and whose clock they are in then; undefined where none were compared. */
  readonly anchors: readonly ClockAnchor[];
  readonly clock: { readonly reference: string; readonly exact: boolean } | undefined;
}

/** A map task whose files a later stage reads: the captures that it numbers as indexes into that stage's `captures`. */
export interface MapOutput {
  readonly id: string;
  readonly captures: readonly number[];
  readonly crossing: AuditFile | undefined;
}

export interface AuditPlan {
  /** From all below: equal plans have equal results. */
  readonly id: string;
  readonly settings: AuditFile;
  /** Seconds since 1970 at which windows begin, but for the first. */
  readonly borders: readonly number[];
  /** All captures that are read, by base name, then path. */
  readonly captures: readonly PlannedCapture[];
  readonly setAside: readonly SetAside[];
  readonly maps: readonly MapTask[];
  readonly reduces: readonly ReduceTask[];
  readonly report: ReportTask;
}

// Map: one window.

export interface MapTask {
  readonly stage: "map";
  readonly id: string;
  readonly settings: AuditFile;
  /** Seconds since 1970: `from` <= time < `to`; 0 and 4294967296 at the ends. */
  readonly from: number;
  readonly to: number;
  readonly captures: readonly PlannedCapture[];
  /** Captures whose lessons (DNS, SIP, BGP) from before the window are learned first. */
  readonly lessons: readonly PlannedCapture[];
  /** By how much packets of its captures come later than others before them, seconds. */
  readonly disorderSeconds: number;
  /** More than one capture in the whole audit. */
  readonly several: boolean;
  /** Keys of flows that cross a border of this window, sorted; undefined where none does. */
  readonly crossing: AuditFile | undefined;
  /** Bytes of its captures, for progress. */
  readonly bytes: number;
}

export interface MapResult {
  readonly id: string;
  readonly packets: number;
  readonly copies: number;
  readonly legs: number;
  /** Packets set aside for reduce. */
  readonly crossingPackets: number;
  readonly evicted: number;
}

// Reduce: one range of keys.

export interface ReduceTask {
  readonly stage: "reduce";
  readonly id: string;
  readonly settings: AuditFile;
  /** This part and how many there are, a power of two: keys are spread over them by their first bits. */
  readonly part: number;
  readonly parts: number;
  /** All map tasks, in the order of time. */
  readonly maps: readonly MapOutput[];
  readonly captures: readonly PlannedCapture[];
  readonly disorderSeconds: number;
  readonly several: boolean;
}

export interface ReduceResult {
  readonly id: string;
  readonly legs: number;
}

// Report.

export interface ReportTask {
  readonly stage: "report";
  readonly id: string;
  readonly settings: AuditFile;
  readonly maps: readonly MapOutput[];
  readonly reduces: readonly string[];
  readonly captures: readonly PlannedCapture[];
  /** Ids of the surveys of all inputs, those that could not be read or were set aside included. */
  readonly surveys: readonly string[];
  readonly setAside: readonly SetAside[];
  readonly missing: readonly string[];
  readonly several: boolean;
  readonly formats: readonly ResultFormat[];
}

export interface ReportResult {
  readonly id: string;
  readonly flows: number;
  readonly calls: number;
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>;
  readonly symmetries: Readonly<Partial<Record<Symmetry, number>>>;
  /** Result files, in the audit's folder. */
  readonly files: readonly AuditFile[];
  /** What a user should know: source addresses on both paths, clocks, links of BGP sessions. */
  readonly notes: readonly string[];
}

export type StageTask = SurveyTask | MapTask | ReduceTask | ReportTask;
