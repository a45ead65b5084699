import type { JudgedFlow } from "../classify/judged-flow.ts";
import { counted } from "../count-text.ts";
import * as layout from "../flows/layout.ts";
import type { FlowRow } from "../classify/row.ts";

/** A documented mark: "ExpressRoute QoS requirements" and "Implement Quality of Service in Teams" of Microsoft. */
interface Mark {
  readonly of: string;
  readonly dscp: number;
  readonly name: string;
}

const AUDIO: Mark = { of: "voice", dscp: 46, name: "EF" };
const VIDEO: Mark = { of: "video", dscp: 34, name: "AF41" };
const SHARING: Mark = { of: "application sharing", dscp: 18, name: "AF21" };
const SIGNALING: Mark = { of: "SIP signaling", dscp: 24, name: "CS3" };
const DOCUMENTED: readonly Mark[] = [AUDIO, VIDEO, SHARING, SIGNALING];

/** What DSCP and hop counts say beside the evidence: supporting notes that never decide (docs/evidence.md). */
export function supportLines(flow: JudgedFlow): string[] {
  const { row } = flow;
  return [...dscpLines(row), ...hopLines(flow)];
}

function markOf(row: FlowRow): Mark | undefined {
  if (row.application === "sip") return SIGNALING;
  if (row.modality === "audio") return AUDIO;
  if (row.modality === "video") return VIDEO;
  return row.modality === "sharing" ? SHARING : undefined;
}

function dscpLines(row: FlowRow): string[] {
  const { dscp_out: out, dscp_back: back } = row;
  const wanted = markOf(row);
  const lines: string[] = [];
  if (out !== undefined && wanted !== undefined) {
    lines.push(
      out === wanted.dscp
        ? `out: DSCP ${out} (${wanted.name}), as documented for ${wanted.of}`
        : `out: DSCP ${out} where ${wanted.dscp} (${wanted.name}) is documented for ${wanted.of}: not marked, or the mark was lost before this capture`,
    );
  } else if (out !== undefined && out !== 0 && row.service_area !== undefined) {
    const known = DOCUMENTED.some((mark) => mark.dscp === out);
    if (!known && out !== 10)
      lines.push(`out: DSCP ${out} is none of Microsoft's values; it should be 0 before ExpressRoute`);
  }
  if (back === undefined || row.server_zone !== "microsoft") return lines;
  const kept = DOCUMENTED.find((mark) => mark.dscp === back);
  if (kept !== undefined) {
    lines.push(
      `back: DSCP ${back} (${kept.name}) came from Microsoft's side, which ExpressRoute keeps and the Internet seldom does: it supports ExpressRoute, unless your own equipment marks`,
    );
  } else if (wanted !== undefined) lines.push(`back: DSCP ${back}, which says nothing of the path`);
  return lines;
}

/** Hop limits that senders begin with; the nearest above what was seen is taken. */
const INITIAL = [64, 128, 255];

function hopLines({ legs, row }: JudgedFlow): string[] {
  const lines: string[] = [];
  for (const leg of legs) {
    const marks = leg.word(layout.MARKS);
    for (const [word, direction] of [
      ["out", leg.out],
      ["back", leg.back],
    ] as const) {
      if (leg.packetsOf(direction) === 0) continue;
      const ttl = direction === 0 ? (marks >>> 16) & 0xff : marks & 0xff;
      const initial = INITIAL.find((value) => value >= ttl) ?? 255;
      if (ttl === 0) continue;
      const where = legs.length > 1 ? ` (${leg.near.text})` : "";
      lines.push(
        `${word}${where}: time to live ${ttl}, about ${counted(initial - ttl, "hop")} from ${word === "out" ? "the sender" : "the far end"} if it began at ${initial}`,
      );
    }
  }
  return row.ip_version === 6 ? lines.map((line) => line.replace("time to live", "hop limit")) : lines;
}
