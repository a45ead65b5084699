import { compareText } from "../compare-text.ts";
import { counted, grouped } from "../count-text.ts";
import type { CallRow } from "../report/call-rows.ts";
import { timeText } from "../report/cells.ts";
import { type Content, markup, type Markup, shareText } from "./markup.ts";
import { pageOf } from "./page.ts";
import { spanText } from "./words.ts";

/** Most calls listed: those that deviate before poor ones before all others. */
const MOST_CALLS = 2_000;

/** What is asked of a call; in a result that was read back anything may be missing. */
export type ListedCall = { readonly [K in keyof CallRow]: CallRow[K] | undefined };

/** Most scenarios counted apart; there are few, but a result could hold anything. */
const MOST_SCENARIOS = 1_000;

const VERDICTS = [
  ["deviates", "Deviate", "one leg at least took another path than documented", "bad"],
  ["unproven", "Unproven", "a leg was not seen on a path", "quiet"],
  ["as-documented", "As documented", "every leg took its documented path", "good"],
  ["not-office365", "Not Office 365", "calls of other services", "quiet"],
] as const;

/** Calls, counted as they come; of the list only what comes first is kept. */
export class CallList {
  /** By rank: deviating, poor, the rest. */
  readonly #kept: readonly [ListedCall[], ListedCall[], ListedCall[]] = [[], [], []];
  readonly #verdicts: Map<string, number> = new Map();
  readonly #scenarios: Map<string, { calls: number; deviating: number; poor: number }> = new Map();
  calls = 0;
  poor = 0;
  measured = 0;
  first: number | undefined;
  last: number | undefined;

  add(call: ListedCall): void {
    this.calls += 1;
    const verdict = call.verdict ?? "";
    this.#verdicts.set(verdict, (this.#verdicts.get(verdict) ?? 0) + 1);
    const poor = call.quality === "poor";
    if (call.quality !== undefined) this.measured += 1;
    if (poor) this.poor += 1;
    const named = call.scenario?.join(" or ") ?? "";
    const scenario =
      this.#scenarios.has(named) || this.#scenarios.size < MOST_SCENARIOS ? named : "further scenarios";
    const sums = this.#scenarios.get(scenario) ?? { calls: 0, deviating: 0, poor: 0 };
    sums.calls += 1;
    if (verdict === "deviates") sums.deviating += 1;
    if (poor) sums.poor += 1;
    this.#scenarios.set(scenario, sums);
    const kept = this.#kept[verdict === "deviates" ? 0 : poor ? 1 : 2];
    if (kept.length < MOST_CALLS) kept.push(call);
    if (call.start === undefined) return;
    this.first = Math.min(this.first ?? Infinity, call.start.seconds);
    this.last = Math.max(this.last ?? 0, (call.end ?? call.start).seconds);
  }

  of(verdict: string): number {
    return this.#verdicts.get(verdict) ?? 0;
  }

  /** Calls by verdict, by scenario, and the list. */
  section(): Markup {
    if (this.calls === 0)
      return markup`<section id="calls"><h2>Calls</h2><p>No call was found.</p></section>`;
    const listed = this.#kept.flat().slice(0, MOST_CALLS);
    const left = this.calls - listed.length;
    const quality =
      this.measured === 0
        ? "none could be measured"
        : `${grouped(this.poor)} of ${grouped(this.measured)} that could be measured are poor (${shareText(this.poor, this.measured)})`;
    return markup`<section id="calls"><h2>Calls</h2>
<p>${counted(this.calls, "call")}: ${grouped(this.of("deviates"))} deviate from the documented call flow, ${grouped(this.of("as-documented"))} as documented, ${grouped(this.of("unproven"))} unproven; ${quality}.</p>
${scenarioTable([...this.#scenarios])}
<h3>Those that deviate first, then poor ones</h3>
<div class="scroll" tabindex="0" role="region" aria-label="Calls"><table class="calls">
<thead><tr><th scope="col">Verdict</th><th scope="col">Quality</th><th scope="col">Start (UTC)</th><th scope="col">Who</th><th scope="col">Scenario</th><th scope="col">Signaling</th><th scope="col">Media</th><th scope="col">Why</th></tr></thead>
<tbody>${listed.map(callLine)}</tbody></table></div>
${left > 0 ? markup`<p class="left-out">${counted(left, "more call")} not listed here; the result has them all.</p>` : undefined}
</section>`;
  }
}

function scenarioTable(
  scenarios: readonly [string, { calls: number; deviating: number; poor: number }][],
): Markup {
  const ranked = scenarios.toSorted(
    ([a, x], [b, y]) => y.deviating - x.deviating || y.calls - x.calls || compareText(a, b),
  );
  const shown = ranked.slice(0, 20);
  const left = ranked.length - shown.length;
  const line = ([name, sums]: (typeof ranked)[number]): Markup =>
    markup`<tr><th scope="row">${name === "" ? "no documented scenario" : name}</th><td class="n">${grouped(sums.calls)}</td><td class="n${sums.deviating > 0 ? " bad-text" : ""}">${grouped(sums.deviating)}</td><td class="n">${grouped(sums.poor)}</td></tr>`;
  return markup`<h3>By scenario</h3>
<div class="scroll" tabindex="0" role="region" aria-label="By scenario"><table>
<thead><tr><th scope="col">Scenario</th><th scope="col" class="n">Calls</th><th scope="col" class="n">Deviate</th><th scope="col" class="n">Poor</th></tr></thead>
<tbody>${shown.map(line)}</tbody></table></div>
${left > 0 ? markup`<p class="left-out">${counted(left, "more scenario")} left out.</p>` : undefined}`;
}

function callLine(call: ListedCall): Markup {
  const [, , , tone = "quiet"] = VERDICTS.find(([verdict]) => verdict === call.verdict) ?? [];
  const legs = (taken: readonly string[] | undefined, documented: readonly string[] | undefined): Content =>
    (taken ?? []).map((leg, i) => {
      const wanted = documented?.[i];
      return markup`<div>${leg}${wanted === undefined || wanted === leg ? undefined : markup` <span class="dim">documented ${wanted.slice(wanted.indexOf("=") + 1)}</span>`}</div>`;
    });
  return markup`<tr><td><span class="badge ${tone}">${call.verdict}</span></td><td${call.quality === "poor" ? markup` class="bad-text"` : undefined}>${call.quality}</td><td class="when">${call.start === undefined ? "–" : timeText(call.start, "iso").slice(0, 19).replace("T", " ")}</td><td>${(call.users ?? []).join(", ")}</td><td>${(call.scenario ?? []).join(" or ")}</td><td>${legs(call.signaling, call.signaling_documented)}</td><td>${legs(call.media, call.media_documented)}</td><td>${call.reason}</td></tr>`;
}

/** Calls as one HTML page. */
export function callsPage(list: CallList): string {
  const deviating = list.of("deviates");
  const tone =
    list.calls === 0 ? "quiet" : deviating > 0 ? "bad" : list.of("as-documented") > 0 ? "good" : "open";
  const title =
    list.calls === 0
      ? "No calls"
      : deviating > 0
        ? `${counted(deviating, "call")} took another path than documented`
        : "No call is known to have taken another path than documented";
  const tiles = VERDICTS.map(
    ([verdict, name, meaning, shade]) =>
      markup`<li><div class="tile ${list.of(verdict) === 0 ? "none" : shade}"><span class="number">${grouped(list.of(verdict))}</span><span class="name">${name}</span><span class="meaning">${meaning}</span></div></li>`,
  );
  return pageOf({
    title: "Office 365 calls",
    subtitle: markup`${spanText(list.first, list.last)} · ${counted(list.calls, "call")}`,
    main: markup`<section class="headline ${tone}"><h2>${title}</h2></section>
<ul class="tiles" aria-label="Calls by verdict">${tiles}</ul>
${list.section()}`,
    foot: markup`<p>Held against Microsoft's documented call flows (o365flow scenarios lists them). Made by o365flow; this file needs no network and sends nothing.</p>`,
    data: undefined,
  });
}
