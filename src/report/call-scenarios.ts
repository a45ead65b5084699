import { isUnplaced } from "../callflow/leg-kind.ts";
import {
  documentedPath,
  type Scenario,
  type ScenarioLeg,
  type ScenarioTable,
} from "../callflow/scenarios.ts";
import { wrapText } from "./wrap-text.ts";
import { proseLines } from "./prose.ts";

/** All rows as a table for a terminal of this width: what the article documents, in its order. */
export function scenarioList(table: ScenarioTable, width: number): string {
  const rows = table.scenarios.map((scenario) => [
    scenario.id,
    scenario.deployment,
    scenario.usage,
    brief(scenario.signaling),
    brief(scenario.media),
  ]);
  const head = ["scenario", "deployment", "usage", "signaling", "media"];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  const isWide = widths.reduce((sum, each) => sum + each + 2, -2) <= width;
  const listed = isWide ? [line(head), ...rows.map(line)] : rows.flatMap((row) => paragraph(row, width));
  const principles = table.principles.map(({ number, id, text }) => `  ${number} ${id}: ${text}`);
  const assumptions = table.assumptions.map(({ id, text }) => `  ${id}: ${text}`);
  return [
    ...listed,
    ...fitted(
      [
        "",
        "Principles",
        ...principles,
        "",
        "Assumptions",
        ...assumptions,
        "",
        "Always by the Internet",
        ...table.internetOnly.map((text) => `  ${text}`),
        "",
        `Source: ${table.source}.`,
        "",
      ],
      width,
    ),
  ].join("\n");
}

/** Lines that are longer go on below themselves, two columns further right. */
function fitted(lines: readonly string[], width: number): string[] {
  return lines.flatMap((line) => {
    const text = line.trimStart();
    const indent = line.length - text.length;
    return proseLines(text, width, indent, indent + 2);
  });
}

/** The same row where lines are short. */
function paragraph(row: readonly string[], width: number): string[] {
  const [id = "", deployment = "", usage = "", signaling = "", media = ""] = row;
  const part = (title: string, text: string): string[] =>
    wrapText(text, Math.max(20, width - 12)).map(
      (line, i) => `  ${(i === 0 ? title : "").padEnd(10)}${line}`,
    );
  return [
    ...proseLines(`${id} (${deployment}, ${usage})`, width, 0, 2),
    ...part("signaling", signaling),
    ...part("media", media),
  ];
}

/** One row in full, for a terminal of this width. */
export function scenarioText(scenario: Scenario, table: ScenarioTable, width: number): string {
  const lines = [
    scenario.id,
    "",
    `${scenario.usage}, ${scenario.deployment}; from the article's ${scenario.source === "table" ? "tables" : "example flows"}`,
    `Endpoints: ${scenario.endpoints}.`,
  ];
  for (const part of ["signaling", "media"] as const) {
    lines.push("", part === "signaling" ? "Signaling" : "Media");
    const legs = scenario[part];
    if (legs.length === 0) lines.push("  none documented");
    for (const leg of legs) {
      const home = leg.home === undefined ? "" : `, homed ${leg.home === "online" ? "Online" : leg.home}`;
      lines.push(`  ${leg.leg}${home} (${leg.between.join(", ")}): ${pathText(leg)}`);
      if (leg.decidedBy !== undefined) lines.push(`    decided by: ${leg.decidedBy}`);
    }
  }
  lines.push("", "Recognised when");
  for (const fit of scenario.fits) {
    const parts = [
      `every media leg is one of the above`,
      ...(fit.has === undefined ? [] : [`one of ${fit.has.join(", ")} was seen`]),
      ...(fit.only === undefined ? [] : [`only ${fit.only.join(", ")} was seen`]),
      ...(fit.needs ?? []).map((fact) => `${fact}`),
      ...(fit.unless ?? []).map((fact) => `not ${fact}`),
    ];
    lines.push(`  ${parts.join("; ")}`);
  }
  lines.push(`Shown by: ${scenario.shownBy}.`);
  if (scenario.principles.length > 0) {
    lines.push("", "Principles");
    for (const id of scenario.principles) {
      const principle = table.principles.find((item) => item.id === id);
      if (principle !== undefined) lines.push(`  ${principle.number} ${id}: ${principle.text}`);
    }
  }
  const contradiction = table.contradictions.find((item) => item.id === scenario.contradiction);
  if (contradiction !== undefined) {
    lines.push(
      "",
      `The article contradicts itself here (${contradiction.id})`,
      `  its table: ${contradiction.table}`,
      `  elsewhere: ${contradiction.elsewhere}`,
      `  applied: ${contradiction.applied}`,
    );
  }
  return `${fitted(lines, width).join("\n")}\n`;
}

/** The article has no clients of which nobody knows where they are: their legs are shown with the row alone. */
function isOfArticle({ between }: ScenarioLeg): boolean {
  return !between.every(isUnplaced);
}

function brief(all: readonly ScenarioLeg[]): string {
  const legs = all.filter(isOfArticle);
  const paths = [...new Set(legs.map(documentedPath))];
  if (paths.length <= 1) return paths[0] ?? "-";
  return (
    [...new Set(legs.map((leg) => `${leg.between[0] ?? ""}: ${documentedPath(leg)}`))]
      .slice(0, 3)
      .join(", ") + (legs.length > 3 ? ", ..." : "")
  );
}

function pathText(leg: ScenarioLeg): string {
  return leg.expected ?? leg.either?.join(" or ") ?? "unknown";
}
