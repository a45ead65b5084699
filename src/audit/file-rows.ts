import { basename } from "node:path";
import { listedAs, listedName } from "../files/shown-name.ts";
import type { Instant } from "../classify/row.ts";
import { unreadLinksText } from "../classify/unread-links.ts";
import { type Column, columnOf } from "../report/columns.ts";
import type { CaptureStatus } from "../words.ts";
import type { CaptureSurvey, SetAside } from "./tasks.ts";

/** One capture of an audit in its file table. Undefined: not known. */
export interface FileRow {
  readonly capture: string;
  readonly path: string;
  readonly sha256: string | undefined;
  readonly bytes: number | undefined;
  /** `unreadable`: nothing of it was used; `set-aside`: it was too much for a worker, or killed it. */
  readonly status: CaptureStatus | "unreadable" | "set-aside";
  readonly reason: string | undefined;
  readonly format: string | undefined;
  readonly compression: string | undefined;
  readonly packets: number;
  readonly packets_in_flows: number;
  readonly first_packet: Instant | undefined;
  readonly last_packet: Instant | undefined;
  readonly problems: number;
  readonly skipped_bytes: number;
  readonly dropped_packets: number;
  readonly oddities: readonly string[];
  readonly clock_offset_s: number | undefined;
  readonly clock_reference: string | undefined;
}

const column = columnOf<FileRow>;

/** The columns of the file table. */
export const FILE_COLUMNS: readonly Column<FileRow>[] = [
  column("capture", "string", "Base name, as in the flows' column of that name"),
  column("path", "string", "Where it was found"),
  column("sha256", "string", "Hash of its bytes"),
  column("bytes", "integer", "Its size"),
  column("status", "string", "ok, truncated, damaged, unreadable or set-aside"),
  column("reason", "string", "What is wrong with it"),
  column("format", "string", "Container"),
  column("compression", "string", "From the outside in"),
  column("packets", "integer", "Packets read"),
  column("packets_in_flows", "integer", "Of them, TCP and UDP"),
  column("first_packet", "time", "By its own clock, to the second"),
  column("last_packet", "time", "By its own clock, to the second"),
  column("problems", "integer", "Broken places"),
  column("skipped_bytes", "integer", "Bytes passed over because of damage"),
  column("dropped_packets", "integer", "Packets that the capture says it lost"),
  column("oddities", "list", "What was odd in its packets, with the number of packets"),
  column("clock_offset_s", "number", "Seconds that were added to its times"),
  column("clock_reference", "string", "The capture whose clock its times were given in"),
];

/** What is wrong with a capture, the worst only; undefined where nothing is. */
export function faultOf({ error, problems, name, unreadLinks }: CaptureSurvey): string | undefined {
  return error ?? problems[0]?.message ?? unreadLinksText(name, unreadLinks);
}

/** What the file table says of captures of which not even the survey could be done. */
export function unsurveyedRow({ path, sha256, reason }: SetAside): FileRow {
  return {
    capture: listedName(basename(path)),
    path: listedAs(path)(path),
    sha256: sha256 || undefined,
    bytes: undefined,
    status: "set-aside",
    reason,
    format: undefined,
    compression: undefined,
    packets: 0,
    packets_in_flows: 0,
    first_packet: undefined,
    last_packet: undefined,
    problems: 0,
    skipped_bytes: 0,
    dropped_packets: 0,
    oddities: [],
    clock_offset_s: undefined,
    clock_reference: undefined,
  };
}

export function fileRow(
  survey: CaptureSurvey,
  setAside: SetAside | undefined,
  clock: { readonly offsetNs: number; readonly reference: string } | undefined,
): FileRow {
  const { error, status } = survey;
  const listed = listedAs(survey.path);
  const instant = (seconds: number | undefined): Instant | undefined =>
    seconds === undefined ? undefined : { seconds, nanoseconds: 0, fine: false };
  return {
    capture: listed(survey.name),
    path: listed(survey.path),
    sha256: survey.sha256 || undefined,
    bytes: survey.size,
    status: setAside !== undefined ? "set-aside" : error !== undefined ? "unreadable" : status,
    reason: setAside?.reason ?? faultOf(survey),
    format: survey.format || undefined,
    compression: survey.compression || undefined,
    packets: survey.packets,
    packets_in_flows: survey.packetsInFlows,
    first_packet: instant(survey.firstSeconds),
    last_packet: instant(survey.lastSeconds),
    problems: survey.problemCount,
    skipped_bytes: survey.skippedBytes,
    dropped_packets: survey.dropped,
    oddities: survey.oddities.map(({ name, packets }) => `${name} ${packets}`),
    clock_offset_s: clock === undefined ? undefined : clock.offsetNs / 1e9,
    clock_reference: clock === undefined ? undefined : listed(clock.reference),
  };
}
