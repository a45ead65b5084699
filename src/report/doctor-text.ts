import { grouped } from "../count-text.ts";
import type { CaptureFacts } from "../doctor/capture-facts.ts";
import type { Diagnosis } from "../doctor/diagnosis.ts";
import type { FindingState } from "../doctor/finding.ts";
import { proseLines } from "./prose.ts";

const WIDTH = 80;
const SIGNS: Readonly<Record<FindingState, string>> = { good: "ok  ", mind: "note", bad: "!!  " };

/** A diagnosis for people, in 80 columns, or fewer where there are not as many. */
export function doctorText(diagnosis: Diagnosis, captures: readonly CaptureFacts[], columns: number): string {
  const width = Math.min(WIDTH, columns);
  const wrapped = (text: string, indent: number, hanging: number = indent): string[] =>
    proseLines(text, width, indent, hanging);
  const lines: string[] = [];
  lines.push(
    ...wrapped("Can these captures tell which path Office 365 took?", 0),
    ...wrapped(diagnosis.summary, 2),
    "",
  );
  lines.push("What was captured");
  for (const capture of captures) lines.push(...captureLines(capture, width));
  if (captures.length === 0) lines.push("  standard input or a pipe, which is read only once");
  lines.push("");
  for (const { state, heading, lines: found } of diagnosis.findings) {
    lines.push(...wrapped(`${SIGNS[state]} ${heading}`, 0, 5));
    for (const line of found) lines.push(...wrapped(line, 5));
  }
  if (diagnosis.next.length > 0) {
    lines.push("", "What to do next");
    for (const [place, step] of diagnosis.next.entries())
      lines.push(...wrapped(`${place + 1}. ${step}`, 2, 5));
  }
  return `${lines.join("\n")}\n`;
}

function captureLines(capture: CaptureFacts, width: number): string[] {
  const format = [capture.format, capture.compression].filter((part) => part !== "").join(", ");
  const lines = proseLines(`${capture.shown}: ${format}, ${grouped(capture.packets)} packets`, width, 2, 4);
  if (capture.firstSeconds !== undefined && capture.lastSeconds !== undefined)
    lines.push(
      ...proseLines(`${timeText(capture.firstSeconds)} to ${timeText(capture.lastSeconds)}`, width, 4),
    );
  for (const card of capture.interfaces) {
    const name = card.name ?? card.description;
    if (name === undefined && capture.interfaces.length === 1) continue;
    const parts = [`interface ${name ?? "without a name"}`, `${grouped(card.packets)} packets`];
    if (card.filter !== undefined) parts.push(`filter "${card.filter}"`);
    if ((card.dropped ?? 0) > 0) parts.push(`${grouped(card.dropped ?? 0)} lost`);
    lines.push(...proseLines(parts.join(", "), width, 4, 6));
  }
  return lines;
}

function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

/** The same for programs: `schema_version`, `answer`, `captures`, `findings`, `next`. */
export function doctorJson(diagnosis: Diagnosis, captures: readonly CaptureFacts[]): string {
  const value = {
    schema_version: 1,
    answer: diagnosis.answer,
    summary: diagnosis.summary,
    captures: captures.map((capture) => ({
      name: capture.name,
      format: capture.format,
      compression: capture.compression,
      status: capture.status,
      packets: capture.packets,
      first: capture.firstSeconds === undefined ? null : timeText(capture.firstSeconds),
      last: capture.lastSeconds === undefined ? null : timeText(capture.lastSeconds),
      skipped_bytes: capture.skippedBytes,
      cut_packets: capture.cut,
      shortest_cut: capture.shortestCut ?? null,
      ipsec_packets: capture.encrypted,
      tunnels: Object.fromEntries(capture.tunnels),
      interfaces: capture.interfaces.map((card) => ({
        name: card.name ?? null,
        description: card.description ?? null,
        link_type: card.linkType,
        snap_length: card.snapLength,
        packets: card.packets,
        dropped: card.dropped ?? null,
      })),
    })),
    findings: diagnosis.findings,
    next: diagnosis.next,
  };
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
