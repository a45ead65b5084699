import { scalar } from "../report/cells.ts";
import { FLOW_COLUMNS } from "../report/columns.ts";
import { FINDINGS } from "../report/verdicts.ts";
import type { ResultFlow } from "../results/flow-result.ts";

/** Columns that the page's table and its details need; the rest stays in the result. */
const EMBEDDED = new Set([
  ...["flow_id", "capture", "start", "duration_s", "transport", "client_ip", "client_port", "client_zone"],
  ...["nat_ip", "nat_port", "server_ip", "server_port", "server_zone", "packets_out", "bytes_out"],
  ...["packets_back", "bytes_back", "application", "traffic_type", "modality", "host", "host_source"],
  ...["service_area", "category", "endpoint_ids", "er_eligible", "matched_prefix", "match_conflict"],
  ...["path_out", "path_out_name", "path_out_basis", "path_back", "path_back_name", "path_back_basis"],
  ...["symmetry", "path_changes", "expected_path", "verdict", "reason", "scenario", "quality", "jitter_ms"],
  ...["loss_pct", "rtt_ms", "mos", "retransmissions", "tcp_state", "wireshark_filter", "asymmetric_s"],
  ...["vlan_out", "vlan_back", "next_hop_out", "next_hop_back", "interface_out", "interface_back"],
  ...["first_packet_out", "first_packet_back"],
]);

const COLUMNS = FLOW_COLUMNS.filter(({ name }) => EMBEDDED.has(name));

/** Longest text of a cell on the page. */
const LONGEST = 600;

type Cell = string | number | boolean | null;

/** Rows for the page, as lists of cells in the order of `columns`. */
export interface TableData {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Keeps at most so many rows: findings before all others, each in the order of the result. */
export class FlowTable {
  readonly #most: number;
  readonly #findings: { readonly at: number; readonly cells: Cell[] }[] = [];
  readonly #others: { readonly at: number; readonly cells: Cell[] }[] = [];
  rows = 0;
  findings = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(flow: ResultFlow): void {
    this.rows += 1;
    const finding = flow.verdict !== undefined && FINDINGS.has(flow.verdict);
    if (finding) this.findings += 1;
    const kept = finding ? this.#findings : this.#others;
    // A finding takes the place of the last row that is none.
    if (kept.length >= this.#most || (!finding && this.#findings.length + kept.length >= this.#most)) return;
    kept.push({ at: this.rows, cells: COLUMNS.map(({ name, type }) => cellOf(flow[name], type)) });
    if (finding && this.#findings.length + this.#others.length > this.#most) this.#others.pop();
  }

  get shown(): number {
    return this.#findings.length + this.#others.length;
  }

  get findingsShown(): number {
    return this.#findings.length;
  }

  data(): TableData {
    const rows = [...this.#findings, ...this.#others].sort((a, b) => a.at - b.at);
    return { columns: COLUMNS.map(({ name }) => name), rows: rows.map(({ cells }) => cells) };
  }
}

function cellOf(value: unknown, type: (typeof COLUMNS)[number]["type"]): Cell {
  const cell = scalar(value, type, "iso") ?? null;
  return typeof cell === "string" && cell.length > LONGEST ? `${cell.slice(0, LONGEST)}…` : cell;
}
