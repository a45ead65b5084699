import { counted, grouped } from "../count-text.ts";
import type { ResultFlow } from "../results/flow-result.ts";
import { FindingGroups } from "./finding-groups.ts";
import { FlowTable } from "./flow-table.ts";
import { type Content, markup, jsonMarkup, type Markup } from "./markup.ts";
import { eligiblePaths, headline, tiles } from "./overview.ts";
import { pageOf } from "./page.ts";
import { findingsSection, flowsSection, qualityText, totalsSection } from "./sections.ts";
import { Timeline } from "./timeline.ts";
import { Totals } from "./totals.ts";
import { spanText } from "./words.ts";

/** Most flows in the table of a page, unless told otherwise: about three megabytes. */
const DEFAULT_ROWS = 5_000;

export interface FlowReportOptions {
  readonly title?: string | undefined;
  /** Most flows in the table. */
  readonly rows?: number | undefined;
}

/**
 * A report of flows as one HTML file that needs no network. Flows are counted as they come; what is kept of them is
 * bounded. Nothing in it depends on when or where it was made.
 */
export class FlowReport {
  readonly #title: string;
  readonly #totals: Totals = new Totals();
  readonly #groups: FindingGroups = new FindingGroups();
  readonly #timeline: Timeline = new Timeline();
  readonly #table: FlowTable;

  constructor(options: FlowReportOptions = {}) {
    this.#title = options.title ?? "Where Office 365 traffic went";
    this.#table = new FlowTable(options.rows ?? DEFAULT_ROWS);
  }

  add(flow: ResultFlow): void {
    this.#totals.add(flow);
    this.#groups.add(flow);
    this.#timeline.add(flow);
    this.#table.add(flow);
  }

  get flows(): number {
    return this.#totals.all.flows;
  }

  get findings(): number {
    return this.#totals.all.findings;
  }

  get leftOut(): number {
    return this.#table.rows - this.#table.shown;
  }

  /** The page. `more`: sections that stand before the flows. */
  page(more: Content = undefined): string {
    const totals = this.#totals;
    return pageOf({
      title: this.#title,
      subtitle: markup`${spanText(totals.firstSeconds, totals.lastSeconds)} ·
      ${counted(totals.files.size, "capture")} · ${counted(totals.all.flows, "flow")},
      ${grouped(totals.office365.flows)} of them Office 365 · ${counted(totals.subnets.size, "subnet")}`,
      main: markup`${headline(totals)} ${tiles(totals)} ${brokenNote(totals)} ${eligiblePaths(totals)}
      ${findingsSection(this.#groups)} ${timelineSection()} ${totalsSection(totals)} ${qualityText(totals)}
      ${more} ${flowsSection(this.#table)}`,
      foot: markup`<p>
        Judged by the endpoint list${totals.lists.size === 1 ? "" : "s"}
        ${[...totals.lists].sort().join(", ")}. A path was seen by what the site description declares (VLAN,
        next hop, interface, file, NAT pool and so on); <i>unknown</i> means that nothing declared was seen,
        <i>not captured</i> that no packet of that direction is in the captures. Made by o365flow; this file
        needs no network and sends nothing.
      </p>`,
      data: markup`<script type="application/json" id="flow-data">
          ${jsonMarkup(this.#table.data())}
        <\/script>
        <script type="application/json" id="timeline-data">
          ${jsonMarkup(this.#timeline.data())}
        <\/script>`,
    });
  }
}

function brokenNote(totals: Totals): Markup | undefined {
  if (totals.broken === 0) return undefined;
  return markup`<p class="note">
    ${counted(totals.broken, "flow")} come from captures that are truncated or damaged: what is behind the
    damage is not in them.
  </p>`;
}

function timelineSection(): Markup {
  return markup`<section id="timeline" hidden>
    <h2>Over time</h2>
    <p>When flows began, by path<span id="bucket"></span>. Drag to zoom, double-click to see all again.</p>
    <div class="controls">
      <label
        >Show
        <select id="measure">
          <option value="flows">flows</option>
          <option value="bytes">bytes</option>
        </select></label
      >
    </div>
    <div id="chart" role="img" aria-label="Flows over time by path; the table by hour has the numbers"></div>
  </section>`;
}
