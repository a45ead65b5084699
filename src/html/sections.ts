import { compareText } from "../compare-text.ts";
import { counted, grouped } from "../count-text.ts";
import { type FindingGroup, type FindingGroups, MOST_NAMES } from "./finding-groups.ts";
import type { FlowTable } from "./flow-table.ts";
import { bytesText, type Content, markup, type Markup, shareText } from "./markup.ts";
import type { Grouping, Tally, Totals } from "./totals.ts";
import { PATH_TITLE, VERDICT_MEANING, VERDICT_TITLE, spanText } from "./words.ts";

/** Groups of findings that are shown at once, and those that unfold. */
const FIRST_FINDINGS = 12;
const MOST_FINDINGS = 60;
const MOST_LINES = 15;

/** What is wrong, the worst first, each with an example that can be looked at. */
export function findingsSection(groups: FindingGroups): Markup {
  const ranked = groups.ranked();
  if (ranked.length === 0)
    return markup`<section id="findings">
      <h2>Findings</h2>
      <p>Nothing that was seen contradicts what is expected.</p>
    </section>`;
  const shown = ranked.slice(0, MOST_FINDINGS);
  const left = ranked.length - shown.length;
  return markup`<section id="findings">
    <h2>Findings</h2>
    <p>${counted(groups.size, "group")} of flows that fail in the same way, the gravest first.</p>
    <ol class="findings">
      ${shown.slice(0, FIRST_FINDINGS).map(findingItem)}
    </ol>
    ${
      shown.length > FIRST_FINDINGS
        ? markup`<details class="more"><summary>${counted(shown.length - FIRST_FINDINGS, "more group")}</summary>
    <ol class="findings" start="${FIRST_FINDINGS + 1}">
      ${shown.slice(FIRST_FINDINGS).map(findingItem)}
    </ol></details>`
        : undefined
    }
    ${left > 0 ? markup`<p class="left-out">${counted(left, "more group")} of findings are not shown here.</p>` : undefined}
    ${groups.left > 0 ? markup`<p class="left-out">${counted(groups.left, "flow")} beyond the groups that are kept.</p>` : undefined}
  </section>`;
}

function findingItem(group: FindingGroup): Markup {
  const { example } = group;
  const names = (set: ReadonlySet<string>): string => {
    const some = [...set].slice(0, 6).join(", ");
    const more = set.size - 6;
    return more > 0 ? `${some} and ${set.size >= MOST_NAMES ? "many" : more} more` : some;
  };
  const seen = (way: "out" | "back"): string => {
    const parts = [
      ["by", (way === "out" ? example.path_out_basis : example.path_back_basis)?.join(", ")],
      ["VLAN", way === "out" ? example.vlan_out : example.vlan_back],
      ["next hop", way === "out" ? example.next_hop_out : example.next_hop_back],
      ["interface", way === "out" ? example.interface_out : example.interface_back],
      ["first packet #", way === "out" ? example.first_packet_out : example.first_packet_back],
    ].filter(([, value]) => value !== undefined && value !== "");
    return parts.map(([name, value]) => `${name} ${value}`.replace("# ", "#")).join(", ");
  };
  const line = (term: string, text: Content): Content =>
    text === undefined || text === ""
      ? undefined
      : markup`<dt>${term}</dt>
          <dd>${text}</dd>`;
  return markup`<li class="finding">
    <details>
      <summary>
        <span class="badge bad">${VERDICT_TITLE[group.verdict]}</span>
        <span class="what"><b>${group.subnet}</b> <span class="dim">${servicesText(group)}</span></span>
        <span class="way">${way("out", example.path_out, example.path_out_name)} ${way("back", example.path_back, example.path_back_name)}</span>
        <span class="how-many">${counted(group.flows, "flow")}, ${bytesText(group.bytes)}</span>
      </summary>
      <dl>
        ${line("Means", VERDICT_MEANING[group.verdict])}
        ${line("Services", [...group.services].map(([name, flows]) => `${name} (${grouped(flows)})`).join(", "))} ${line("Why", example.reason)}
        ${line("When", spanText(group.first, group.last))} ${line("Servers", names(group.hosts))}
        ${line("Clients", names(group.clients))}
        ${line("Example", `${example.transport ?? ""} ${example.client_ip ?? ""}:${example.client_port ?? ""} to ${example.server_ip ?? ""}:${example.server_port ?? ""} in ${example.capture ?? ""}`)}
        ${line("Seen out", seen("out"))} ${line("Seen back", seen("back"))}
        ${line("Flow", example.flow_id === undefined ? undefined : markup`<code>${example.flow_id}</code>`)}
        ${line("Wireshark", example.wireshark_filter === undefined ? undefined : markup`<code>${example.wireshark_filter}</code>`)}
      </dl>
    </details>
  </li>`;
}

/** Services of a group, the one with most flows first. */
function servicesText({ services }: FindingGroup): string {
  const ranked = [...services].sort(([a, x], [b, y]) => y - x || compareText(a, b)).map(([name]) => name);
  return ranked.length > 3
    ? `${ranked.slice(0, 3).join(", ")} and ${ranked.length - 3} more`
    : ranked.join(", ");
}

function way(direction: string, path: string | undefined, name: string | undefined): Markup {
  const known = path !== undefined && Object.hasOwn(PATH_TITLE, path) ? path : "unknown";
  return markup`<span class="one-way">${direction} <span class="key key-${known}"></span><b>${PATH_TITLE[known]}</b> <span class="dim">${name}</span></span>`;
}

/** Tables of totals. */
export function totalsSection(totals: Totals): Markup {
  const table = (
    id: string,
    title: string,
    head: string,
    all: Grouping,
    shown: readonly [string, Tally][] = all.ranked().slice(0, MOST_LINES),
  ): Markup => {
    const rest = all.size - shown.length;
    const most = Math.max(1, ...shown.map(([, tally]) => tally.flows));
    return markup`<div class="totals" id="by-${id}">
      <h3>${title}</h3>
      <div class="scroll" tabindex="0" role="region" aria-label="${title}">
        <table>
          <thead>
            <tr>
              <th scope="col">${head}</th>
              <th scope="col" class="bar-cell"><span class="hidden">Share</span></th>
              <th scope="col" class="n">Flows</th>
              <th scope="col" class="n">Out</th>
              <th scope="col" class="n">Back</th>
              <th scope="col" class="n">Findings</th>
              <th scope="col" class="n">Unproven</th>
            </tr>
          </thead>
          <tbody>
            ${shown.map(([key, tally]) => totalsRow(key === "" ? "not known" : key, tally, most))}
          </tbody>
        </table>
      </div>
      ${rest > 0 ? markup`<p class="left-out">${counted(rest, "more line")} left out.</p>` : undefined}
      ${all.others.flows > 0 ? markup`<p class="left-out">${counted(all.others.flows, "flow")} of further keys are not counted here.</p>` : undefined}
    </div>`;
  };
  return markup`<section id="totals">
    <h2>Totals</h2>
    <div class="grid">
      ${table("service", "By service", "Service", totals.services)}
      ${table("path", "By path", "Out → back", totals.paths)}
      ${table("symmetry", "By symmetry", "Symmetry", totals.symmetries)}
      ${table("subnet", "By subnet of yours", "Subnet", totals.subnets)}
      ${table("hour", "By hour (UTC)", "Hour", totals.hours, hoursOf(totals))}
      ${table("file", "By capture", "Capture", totals.files)}
    </div>
  </section>`;
}

/** All hours where they fit, else those with most findings and traffic, in the order of time. */
function hoursOf({ hours }: Totals): [string, Tally][] {
  const shown = hours.size <= MOST_LINES ? hours.sorted() : hours.ranked().slice(0, MOST_LINES).sort(byKey);
  return shown.map(([hour, tally]) => [`${hour.replace("T", " ")}:00`, tally]);
}

function byKey([a]: readonly [string, Tally], [b]: readonly [string, Tally]): number {
  return compareText(a, b);
}

function totalsRow(name: string, tally: Tally, most: number): Markup {
  const width = Math.max(1, Math.round((100 * tally.flows) / most));
  const bad = Math.round((width * tally.findings) / Math.max(1, tally.flows));
  return markup`<tr>
    <th scope="row"><div>${name}</div></th>
    <td class="bar-cell">
      <svg class="small-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        <rect class="fill-count" width="${width}" height="10" />
        ${tally.findings > 0 ? markup`<rect class="fill-bad" width="${Math.max(1, bad)}" height="10" />` : undefined}
      </svg>
    </td>
    <td class="n">${grouped(tally.flows)}</td>
    <td class="n">${bytesText(tally.bytesOut)}</td>
    <td class="n">${bytesText(tally.bytesBack)}</td>
    <td class="n${tally.findings > 0 ? " bad-text" : ""}">${grouped(tally.findings)}</td>
    <td class="n">${grouped(tally.unproven)}</td>
  </tr>`;
}

/** Media that was measured. */
export function qualityText(totals: Totals): Markup | undefined {
  const { measured, poor } = totals.all;
  if (measured === 0) return undefined;
  return markup`<p class="quality">
    <b>${counted(measured, "media flow")}</b> could be measured: ${grouped(poor)} poor
    (${shareText(poor, measured)}) by Microsoft's targets for loss, jitter and round trip.
  </p>`;
}

/** The frame of the table of flows, which the page's script fills. */
export function flowsSection(table: FlowTable): Markup {
  const left = table.rows - table.shown;
  const leftFindings = table.findings - table.findingsShown;
  const note =
    left === 0
      ? markup`<p>All ${counted(table.rows, "flow")} of the result.</p>`
      : markup`<p class="left-out">
          <b>${counted(table.shown, "flow")} of ${grouped(table.rows)}</b>: ${counted(left, "flow")} are left
          out of this
          page${leftFindings > 0 ? `, ${grouped(leftFindings)} of them findings` : "; every finding is in it"}.
          The result itself has them all; --rows sets how many are shown.
        </p>`;
  return markup`<section id="flows">
    <h2>Flows</h2>
    ${note}
    <noscript><p>The table of flows, its filters and the timeline need JavaScript.</p></noscript>
    <div class="controls" hidden>
      <label
        >Search address, host, subnet, reason
        <input
          type="search"
          id="search"
          autocomplete="off"
          spellcheck="false"
      /></label>
      <label
        >Verdict
        <select id="verdict">
          <option value="">all</option>
          <option value="findings">findings</option>
        </select></label
      >
      <label
        >Service
        <select id="service">
          <option value="">all</option>
        </select></label
      >
      <label
        >Path
        <select id="path">
          <option value="">all</option>
        </select></label
      >
      <button type="button" id="reset">Reset</button>
      <span id="matched" role="status" aria-live="polite"></span>
    </div>
    <div class="scroll" tabindex="0" role="region" aria-label="Flows">
      <table id="flow-table" hidden>
        <thead></thead>
        <tbody></tbody>
      </table>
    </div>
    <div class="pager" hidden>
      <button type="button" id="previous">Previous</button> <span id="page"></span>
      <button type="button" id="next">Next</button>
    </div>
  </section>`;
}
