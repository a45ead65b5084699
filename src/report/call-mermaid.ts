import type { Call } from "../callflow/call.ts";
import { terminalSafe } from "../files/shown-name.ts";
import { clock, ladderOf, stepText } from "./ladder-steps.ts";

/** A call as a Mermaid sequence diagram. */
export function mermaidLadder(call: Call): string {
  const { participants, steps, leftOut } = ladderOf(call);
  const lines = ["sequenceDiagram", "  autonumber"];
  participants.forEach(({ name }, i) => lines.push(`  participant p${i} as ${mermaidText(name)}`));
  for (const { leg, from, to } of steps) {
    lines.push(`  p${from}->>p${to}: ${mermaidText(`${clock(leg.flow.startUs)} ${stepText(leg)}`)}`);
    if (leg.verdict !== "as-documented" && leg.part !== "checks")
      lines.push(
        `  Note over p${Math.min(from, to)},p${Math.max(from, to)}: ${mermaidText(`${leg.verdict}: ${leg.how}`)}`,
      );
  }
  if (leftOut > 0 && participants.length > 0)
    lines.push(`  Note over p0: ${leftOut} more flows are left out`);
  return `${lines.join("\n")}\n`;
}

/** Characters that Mermaid reads as its own (; # : quotes, brackets of HTML) become plain ones. */
function mermaidText(text: string): string {
  return terminalSafe(text)
    .replace(/;/g, ",")
    .replace(/["#<>`{}]/g, "");
}
