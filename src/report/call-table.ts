import { endText } from "../address/address.ts";
import { timeText } from "./cells.ts";
import type { CallLegRow } from "./call-leg-rows.ts";
import type { CallRow } from "./call-rows.ts";
import { namedColumns, type Style, type TableColumn, tableOf } from "./table.ts";
import type { ReportOptions, RowWriter } from "./writer.ts";

/** Where there is no room for the date, the time of day stays. */
const START: TableColumn<{ readonly start: CallRow["start"] }> = {
  title: "start",
  width: 19,
  share: 0,
  least: 9,
  keepsEnd: true,
  text: (row) => clock(row.start),
};

const CALLS: readonly TableColumn<CallRow>[] = [
  START,
  { title: "who", width: 12, share: 2, least: 9, text: (row) => row.users.join(", ") || "-" },
  { title: "scenario", width: 14, share: 3, least: 9, text: (row) => scenarioText(row.scenario) },
  { title: "signaling", width: 9, share: 1, least: 6, text: (row) => paths(row.signaling) },
  { title: "media", width: 9, share: 1, least: 6, text: (row) => paths(row.media) },
  { title: "quality", width: 7, share: 0, least: 5, text: (row) => row.quality ?? "-" },
  { title: "verdict", width: 13, share: 0, least: 8, text: (row) => row.verdict },
];

const LEGS: readonly TableColumn<CallLegRow>[] = [
  START,
  { title: "part", width: 9, share: 0, least: 5, text: (row) => row.part },
  { title: "leg", width: 13, share: 1, least: 9, text: (row) => row.leg },
  { title: "client", width: 15, share: 1, least: 9, text: (row) => endText(row.client_ip, row.client_port) },
  {
    title: "server",
    width: 15,
    share: 2,
    least: 9,
    text: (row) => endText(row.host ?? row.server_ip, row.server_port),
  },
  { title: "out", width: 12, share: 0, least: 7, text: (row) => row.path_out },
  { title: "back", width: 12, share: 0, least: 7, text: (row) => row.path_back },
  { title: "documented", width: 12, share: 0, least: 7, text: (row) => row.documented_path },
  { title: "verdict", width: 13, share: 0, least: 8, text: (row) => row.verdict },
];

/** A table of calls for a terminal. */
export function callTable(options: ReportOptions<CallRow>, named: boolean): RowWriter<CallRow> {
  return tableOf(options, named ? namedColumns(options) : CALLS, styleOf);
}

/** A table of the legs of calls. */
export function callLegTable(options: ReportOptions<CallLegRow>, named: boolean): RowWriter<CallLegRow> {
  return tableOf(options, named ? namedColumns(options) : LEGS, styleOf);
}

function scenarioText(ids: readonly string[]): string {
  const [first] = ids;
  if (first === undefined) return "-";
  return ids.length === 1 ? first : `${first} or ${ids.length - 1} more`;
}

/** Date and time to the second, UTC. */
function clock(start: CallRow["start"]): string {
  return start === undefined ? "-" : timeText(start, "iso").slice(0, 19);
}

/** Paths without their legs, each once. */
function paths(legs: readonly string[]): string {
  return [...new Set(legs.map((leg) => leg.slice(leg.indexOf("=") + 1)))].join(",") || "-";
}

function styleOf(row: { readonly verdict: CallRow["verdict"]; readonly quality: CallRow["quality"] }): Style {
  if (row.verdict === "deviates") return "red";
  if (row.quality === "poor") return "yellow";
  if (row.verdict === "as-documented") return "green";
  return row.verdict === "not-office365" ? "dim" : undefined;
}
