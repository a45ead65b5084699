import { compareText } from "../compare-text.ts";
import { ownText } from "../own-text.ts";
import { FINDINGS } from "../report/verdicts.ts";
import { ourAddress, subnetOf } from "../results/client-subnet.ts";
import type { ResultFlow } from "../results/flow-result.ts";
import { hourText } from "../results/hour-text.ts";
import { PATH_TITLE } from "./words.ts";

/** What is counted for everything that flows are grouped by. */
export class Tally {
  flows = 0;
  bytesOut = 0;
  bytesBack = 0;
  /** Flows whose verdict is a finding. */
  findings = 0;
  /** Asymmetric, or failing as asymmetry makes flows fail. */
  asymmetric = 0;
  unproven = 0;
  /** Media whose quality was measured, and is poor. */
  measured = 0;
  poor = 0;

  add(flow: ResultFlow): void {
    this.flows += 1;
    this.bytesOut += flow.bytes_out ?? 0;
    this.bytesBack += flow.bytes_back ?? 0;
    if (flow.verdict !== undefined && FINDINGS.has(flow.verdict)) this.findings += 1;
    if (flow.symmetry === "asymmetric" || flow.symmetry === "suspect") this.asymmetric += 1;
    if (flow.verdict === "unproven") this.unproven += 1;
    if (flow.quality !== undefined) this.measured += 1;
    if (flow.quality === "poor") this.poor += 1;
  }

  get bytes(): number {
    return this.bytesOut + this.bytesBack;
  }
}

/** Most keys of one grouping: what comes behind them is counted together. */
const MOST_KEYS = 50_000;

/** Tallies by a key. */
export class Grouping {
  readonly #tallies: Map<string, Tally> = new Map();
  /** Everything whose key came after the last that is kept. */
  readonly others: Tally = new Tally();

  add(key: string, flow: ResultFlow): void {
    let tally = this.#tallies.get(key);
    if (tally === undefined) {
      if (this.#tallies.size >= MOST_KEYS) {
        this.others.add(flow);
        return;
      }
      tally = new Tally();
      this.#tallies.set(ownText(key), tally);
    }
    tally.add(flow);
  }

  get size(): number {
    return this.#tallies.size;
  }

  get(key: string): Tally | undefined {
    return this.#tallies.get(key);
  }

  /** Keys and tallies, most findings first, then most bytes, then by key. */
  ranked(): [string, Tally][] {
    return [...this.#tallies].sort(
      ([a, x], [b, y]) => y.findings - x.findings || y.bytes - x.bytes || compareText(a, b),
    );
  }

  /** In the order of the keys. */
  sorted(): [string, Tally][] {
    return [...this.#tallies].sort(([a], [b]) => compareText(a, b));
  }
}

/** Totals of a result, by all that an engineer asks for. */
export class Totals {
  readonly all: Tally = new Tally();
  /** Of flows that belong to Office 365. */
  readonly office365: Tally = new Tally();
  readonly verdicts: Grouping = new Grouping();
  readonly symmetries: Grouping = new Grouping();
  readonly services: Grouping = new Grouping();
  /** Path out and path back in one. */
  readonly paths: Grouping = new Grouping();
  readonly subnets: Grouping = new Grouping();
  readonly hours: Grouping = new Grouping();
  readonly files: Grouping = new Grouping();
  /** Of flows that may take ExpressRoute, by the path of each direction. */
  readonly eligibleOut: Grouping = new Grouping();
  readonly eligibleBack: Grouping = new Grouping();
  readonly lists: Set<string> = new Set();
  /** Flows from captures that are truncated or damaged. */
  broken = 0;
  firstSeconds: number | undefined;
  lastSeconds: number | undefined;

  add(flow: ResultFlow): void {
    this.all.add(flow);
    if (flow.service_area !== undefined) this.office365.add(flow);
    this.verdicts.add(flow.verdict ?? "", flow);
    this.symmetries.add(flow.symmetry ?? "", flow);
    this.services.add(serviceOf(flow), flow);
    this.paths.add(`${pathTitle(flow.path_out)} → ${pathTitle(flow.path_back)}`, flow);
    this.subnets.add(subnetOf(ourAddress(flow)), flow);
    for (const capture of (flow.capture ?? "").split(";")) if (capture !== "") this.files.add(capture, flow);
    if (flow.er_eligible === true) {
      this.eligibleOut.add(flow.path_out ?? "", flow);
      this.eligibleBack.add(flow.path_back ?? "", flow);
    }
    if (flow.endpoints_version !== undefined && this.lists.size < 100) this.lists.add(flow.endpoints_version);
    if (flow.capture_status !== undefined && flow.capture_status !== "ok") this.broken += 1;
    if (flow.start === undefined) return;
    this.hours.add(hourText(flow.start.seconds), flow);
    this.firstSeconds = Math.min(this.firstSeconds ?? Infinity, flow.start.seconds);
    this.lastSeconds = Math.max(this.lastSeconds ?? 0, (flow.end ?? flow.start).seconds);
  }
}

function pathTitle(path: string | undefined): string {
  return path === undefined ? "not in the result" : (PATH_TITLE[path] ?? path);
}

/** Service area and category, in words. */
export function serviceOf(flow: ResultFlow): string {
  return flow.service_area === undefined
    ? "outside Office 365"
    : `${flow.service_area} ${flow.category ?? ""}`.trim();
}
