import { counted, grouped } from "../count-text.ts";
import { FINDINGS, VERDICTS } from "../report/verdicts.ts";
import { bytesText, type Content, markup, type Markup, shareText } from "./markup.ts";
import type { Grouping, Totals } from "./totals.ts";
import { PATH_TITLE, VERDICT_MEANING, VERDICT_TITLE } from "./words.ts";

/** The answer in one sentence, and what stands beside it. */
export function headline(totals: Totals): Markup {
  const findings = totals.all.findings;
  const flowsOf = (verdict: string): number => totals.verdicts.get(verdict)?.flows ?? 0;
  const ok = flowsOf("ok");
  const unproven = flowsOf("unproven");
  const judged = totals.all.flows - flowsOf("not-office365");
  const [tone, title, text] = ((): [string, string, string] => {
    if (totals.all.flows === 0) return ["quiet", "No flows", "The result has no rows."];
    if (findings > 0) {
      const parts = VERDICTS.filter((verdict) => FINDINGS.has(verdict) && flowsOf(verdict) > 0).map(
        (verdict) => `${grouped(flowsOf(verdict))} ${verdict}`,
      );
      return [
        "bad",
        `${counted(findings, "flow")} need${findings === 1 ? "s" : ""} attention`,
        `${parts.join(", ")}; ${grouped(ok)} as expected, ${grouped(unproven)} unproven, of ${counted(judged, "flow")} that were judged.`,
      ];
    }
    if (ok > 0)
      return [
        "good",
        `${counted(ok, "flow")} went as expected, none otherwise`,
        unproven === 0
          ? "Both directions of every flow that was judged were seen on the expected path."
          : `${counted(unproven, "flow")} more could not be proven: one direction at least was not seen on a path.`,
      ];
    if (judged === 0) return ["quiet", "No Office 365 traffic", "None of the flows belongs to Office 365."];
    return [
      "open",
      "No path could be proven",
      `${counted(unproven, "flow")}: the captures do not show which link carried them. Declare your links, or capture on them (o365flow doctor says where).`,
    ];
  })();
  return markup`<section class="headline ${tone}" aria-labelledby="answer">
    <h2 id="answer">${title}</h2>
    <p>${text}</p>
  </section>`;
}

/** One tile a verdict, which also filters the table of flows. */
export function tiles(totals: Totals): Markup {
  const tile = (verdict: string): Content => {
    const tally = totals.verdicts.get(verdict);
    const flows = tally?.flows ?? 0;
    const tone = flows === 0 ? "none" : FINDINGS.has(verdict) ? "bad" : verdict === "ok" ? "good" : "quiet";
    return markup`<li>
      <button type="button" class="tile ${tone}" data-verdict="${verdict}" title="Show these flows">
        <span class="number">${grouped(flows)}</span>
        <span class="name">${VERDICT_TITLE[verdict]}</span>
        <span class="meaning">${VERDICT_MEANING[verdict]}</span>
        <span class="share"
          >${shareText(flows, totals.all.flows)} of flows, ${bytesText(tally?.bytes ?? 0)}</span
        >
      </button>
    </li>`;
  };
  return markup`<ul class="tiles" aria-label="Flows by verdict">
    ${VERDICTS.map(tile)}
  </ul>`;
}

const BAR_WIDTH = 1000;

/** How much of what may take ExpressRoute did, in each direction. */
export function eligiblePaths(totals: Totals): Markup {
  const flows = [...totals.eligibleOut.sorted()].reduce((sum, [, tally]) => sum + tally.flows, 0);
  if (flows === 0)
    return markup`<section>
      <h2>What may take ExpressRoute</h2>
      <p>No flow of the result is eligible for ExpressRoute.</p>
    </section>`;
  const bar = (title: string, grouping: Grouping, bytesOf: "bytesOut" | "bytesBack"): Markup => {
    const parts = Object.keys(PATH_TITLE).flatMap((path) => {
      const tally = grouping.get(path);
      return tally === undefined ? [] : [{ path, flows: tally.flows, bytes: tally[bytesOf] }];
    });
    const whole = parts.reduce((sum, part) => sum + part.flows, 0);
    let x = 0;
    const segments = parts.map((part) => {
      const width = (BAR_WIDTH * part.flows) / whole;
      const segment = markup`<rect
        class="fill-${part.path}"
        x="${x.toFixed(2)}"
        y="0"
        width="${Math.max(width - 1.5, 0.8).toFixed(2)}"
        height="20"
      />`;
      x += width;
      return segment;
    });
    const words = parts.map(
      (part) =>
        markup`<li>
          <span class="key key-${part.path}"></span>${PATH_TITLE[part.path]}
          <b>${shareText(part.flows, whole)}</b>
          <span class="dim">${counted(part.flows, "flow")}, ${bytesText(part.bytes)}</span>
        </li>`,
    );
    const said = parts.map((part) => `${PATH_TITLE[part.path]} ${shareText(part.flows, whole)}`).join(", ");
    return markup`<h3>${title}</h3>
      <svg
        class="bar"
        viewBox="0 0 ${BAR_WIDTH} 20"
        preserveAspectRatio="none"
        role="img"
        aria-label="${title}: ${said}"
      >
        ${segments}
      </svg>
      <ul class="legend">
        ${words}
      </ul>`;
  };
  return markup`<section class="eligible">
    <h2>What may take ExpressRoute</h2>
    <p>
      ${counted(flows, "flow")} eligible for ExpressRoute by Microsoft's list. Eligible says where traffic may
      go; the bars say where it was seen.
    </p>
    ${bar("Out, leaving your network", totals.eligibleOut, "bytesOut")}
    ${bar("Back, returning to it", totals.eligibleBack, "bytesBack")}
  </section>`;
}
