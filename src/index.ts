/** The public names of the library. What is not listed here may change without notice. */

// Words
export type {
  Application,
  CaptureStatus,
  Category,
  Cloud,
  EvidenceKind,
  ExpectedPath,
  HostSource,
  Modality,
  OutBack,
  Path,
  PathKind,
  ServiceArea,
  Symmetry,
  TrafficType,
  Verdict,
  Zone,
} from "./words.ts";

// Captures: bytes in, frames out
export { Frame } from "./capture/frame.ts";
export { CaptureError, type CaptureErrorCode } from "./capture/errors.ts";
export { CaptureInterface } from "./capture/interface.ts";
export { type CaptureReader, type OpenOptions, openCapture } from "./capture/reader.ts";
export type { BlockWatcher, WatchedBlock } from "./capture/block-watcher.ts";
export type { CapturedName } from "./capture/pcapng-names.ts";
export type { CaptureProblem, CaptureProblemCode } from "./capture/problems.ts";
export {
  type CaptureInput,
  type ExpandedInputs,
  type ExpandOptions,
  expandInputs,
  type SkippedInput,
} from "./capture/inputs.ts";
export { CaptureMerge, type MergeOptions } from "./capture/merge.ts";
export { type ClockAnchor, ClockLine } from "./capture/clock-line.ts";
export type { MergedCapture } from "./capture/merge-track.ts";

// Frames in, packets out
export { Decoder } from "./wire/decode.ts";
export { ODDITIES, Oddities, type Oddity, type OddityCount } from "./wire/oddities.ts";
export { Packet, PacketKind, type QuotedPacket, TUNNEL_NAMES } from "./wire/packet.ts";

// Microsoft's endpoint lists over time
export {
  type EndpointHistory,
  type HistoryOptions,
  loadEndpoints,
  openEndpoints,
} from "./endpoints/history.ts";
export { EndpointDataError, type EndpointSet } from "./endpoints/endpoint-set.ts";
export type { EndpointList } from "./endpoints/endpoint-list.ts";
export type { StoredVersion } from "./endpoints/stored-version.ts";
export type { EndpointMatch, EndpointQuery } from "./endpoints/match.ts";

// The customer's site
export {
  type BgpLink,
  defaultSite,
  type MatchItem,
  type Partner,
  type ServerRole,
  type Site,
  type SiteDescription,
  type SitePath,
  type SiteZone,
} from "./site/site.ts";
export type { Prefix } from "./address/prefix.ts";
export type { Route, RouteTable } from "./routes/route-table.ts";
export { SiteError } from "./site/site-error.ts";
export { loadSite, type ReadFile, siteFromText } from "./site/load.ts";
export { type MarkerOptions, siteWithMarkers } from "./site/options.ts";

// Captures in, judged flows out
export type { ClassifyOptions } from "./classify/classify-options.ts";
export { classify } from "./classify/run.ts";
export type { CaptureSummary, RunProgress, RunSummary } from "./classify/run-summary.ts";
export type { PacketName } from "./classify/followed-packet.ts";
export type { UnreadLink } from "./classify/unread-links.ts";
export type { CaptureClock, ClockSurvey } from "./classify/clock-survey.ts";
export type { ClockOffset } from "./classify/clock-offset.ts";
export type { SharedSource } from "./classify/nat-sources.ts";
export type { Timeouts } from "./flows/end-rule.ts";
export type { JudgedFlow } from "./classify/judged-flow.ts";
export type { FlowRow, Instant } from "./classify/row.ts";
export type { Contradiction, DirectionPath, Evidence, Stretch } from "./path/evidence.ts";
export type { SymmetryDecision } from "./path/symmetry.ts";
export type { Symptom } from "./flows/symptom.ts";
export type { ExpectedDecision } from "./path/expected.ts";
export type { Cause } from "./path/cause.ts";
export type { Moment } from "./path/moment.ts";

// Rows to text
export { type Column, type ColumnType, FLOW_COLUMNS } from "./report/columns.ts";
export { type TimeStyle, timeText } from "./report/cells.ts";
export type { CsvOptions, JsonOptions, ReportOptions, RowWriter } from "./report/writer.ts";
export type { Delimiter } from "./report/csv-cells.ts";
export { csvByteWriter } from "./report/csv-bytes.ts";
export { csvWriter } from "./report/csv.ts";
export { jsonWriter, ndjsonWriter } from "./report/json.ts";
export { parquetWriter } from "./report/parquet.ts";

// Rows read back, from any form that the command line writes
export {
  type FlowResult,
  type FlowResultOptions,
  type NumberedFlow,
  openFlowResult,
  type ResultFlow,
} from "./results/flow-result.ts";
export { ResultError } from "./results/result-error.ts";
