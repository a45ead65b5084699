import { endText } from "../address/address.ts";
import type { JudgedFlow } from "../classify/judged-flow.ts";
import { counted } from "../count-text.ts";
import { contradictionText } from "../path/contradiction.ts";
import type { DirectionPath, Evidence } from "../path/evidence.ts";
import type { Site } from "../site/site.ts";
import type { OutBack, Path } from "../words.ts";
import { timeText } from "./cells.ts";
import { contentLines } from "./content-lines.ts";
import { supportLines } from "./support-notes.ts";

/** One part of an explanation: a heading and its sentences. */
export interface ExplainSection {
  readonly heading: string;
  readonly lines: readonly string[];
}

/** What stands before the display filter of the flow. */
export const FILTER_LABEL = "in Wireshark: ";

/** A flow's decision in plain words: what it is, what was seen of each direction, what that means, what is open. */
export function explainFlow(flow: JudgedFlow, site: Site): ExplainSection[] {
  return [
    { heading: headline(flow), lines: seenLines(flow) },
    { heading: "What it is", lines: identityLines(flow) },
    { heading: `Out (leaves your network): ${pathWord(flow.out)}`, lines: directionLines(flow, "out") },
    {
      heading: `Back (returns to your network): ${pathWord(flow.back)}`,
      lines: directionLines(flow, "back"),
    },
    { heading: "Beside the evidence (never decides)", lines: supportLines(flow) },
    { heading: `Verdict: ${flow.row.verdict}`, lines: verdictLines(flow) },
    { heading: "What would settle more", lines: openLines(flow, site) },
  ].filter((section) => section.lines.length > 0);
}

function headline({ row }: JudgedFlow): string {
  return `${row.transport} ${endText(row.client_ip, row.client_port)} -> ${endText(row.server_ip, row.server_port)}`;
}

function seenLines({ row }: JudgedFlow): string[] {
  const lines = [`flow ${row.flow_id}`];
  const when =
    row.start === undefined || row.end === undefined
      ? "without times"
      : `${timeText(row.start, "iso")} to ${timeText(row.end, "iso")}`;
  lines.push(`seen in ${row.capture}, ${when}`);
  lines.push(`${counted(row.packets_out, "packet")} out, ${counted(row.packets_back, "packet")} back`);
  if (row.join_basis !== undefined)
    lines.push(`its parts were captured apart and joined by ${row.join_basis.replaceAll(";", ", ")}`);
  lines.push(`${FILTER_LABEL}${row.wireshark_filter}`);
  return lines;
}

function identityLines(flow: JudgedFlow): string[] {
  const { row } = flow;
  const { carried } = flow.decision;
  // Fax is told by its signaling alone, and the columns have no word for it but the codec.
  const known = row.application === "unknown" ? row.codec : row.application;
  const lines = [
    known === undefined
      ? "what it carries was not recognised"
      : `carries ${known} (${carried.confidence} confidence, rule ${carried.rule})`,
  ];
  if (row.host !== undefined) lines.push(`the server's name is ${row.host}, from ${row.host_source ?? "?"}`);
  if (carried.hostNote !== undefined) lines.push(carried.hostNote);
  lines.push(...contentLines(flow));
  if (row.endpoint_ids.length === 0) {
    lines.push(`neither address nor name is in Microsoft's endpoint list of ${row.endpoints_version}`);
  } else {
    const eligible =
      row.er_eligible === true
        ? "may take ExpressRoute (which does not show that it did)"
        : "is not eligible for ExpressRoute";
    lines.push(
      `in the endpoint list of ${row.endpoints_version}: ${row.service_area}, ${row.category}, set ${row.endpoint_ids.join(", ")}; it ${eligible}`,
    );
  }
  if (row.match_conflict !== undefined) lines.push(`but: ${row.match_conflict}`);
  return lines;
}

function pathWord(path: DirectionPath): string {
  const names = path.names.length === 0 ? "" : ` (${path.names.join(", ")})`;
  switch (path.path) {
    case "none":
      return "not in the captures";
    case "unknown":
      return "unknown";
    case "mixed":
      return `moved${names}`;
    default:
      return `${path.path}${names}`;
  }
}

function evidenceLine(item: Evidence): string {
  const from =
    item.firstPacket === 0
      ? ""
      : `: ${counted(item.packets, "packet")}, the first is #${item.firstPacket} of ${item.capture}`;
  return `${item.kind}: ${item.shown}${from}; says ${item.says}`;
}

function directionLines(flow: JudgedFlow, direction: OutBack): string[] {
  const path = flow[direction];
  const lines = path.evidence.map((item) => {
    const decided = path.basis.includes(item.kind) && !path.against.includes(item);
    return `${decided ? "decided by" : "also seen,"} ${evidenceLine(item)}`;
  });
  if (path.path === "local" && path.basis.includes("address"))
    lines.push("both ends are inside your network");
  if (path.contradiction !== undefined)
    lines.push(
      `${contradictionText(path.contradiction)}: these markers contradict each other, and none decides`,
    );
  else if (path.path === "unknown")
    lines.push("packets were captured, but none of them shows a declared marker");
  if (path.path === "none") lines.push("no packet of this direction is in the captures");
  if (path.untimed !== undefined)
    lines.push(
      `the clocks of ${path.untimed.join(" and ")} could not be compared: when it moved is not known`,
    );
  if (path.path === "mixed") {
    const fine = flow.row.start?.fine ?? false;
    for (const stretch of path.stretches)
      lines.push(`from ${timeText({ ...stretch, fine }, "iso")} on: ${stretch.lane}`);
  }
  return lines;
}

const SYMMETRY: Readonly<Record<string, string>> = {
  symmetric: "both directions took the same path",
  asymmetric: "the way back differs from the way out",
  suspect: "the way back fails as asymmetric routing makes it fail",
  "one-way": "only one direction was captured",
  unknown: "the path of at least one direction is not known, so the two cannot be compared",
};

function isSeen(path: Path): boolean {
  return path !== "unknown" && path !== "none";
}

function symmetryText({ row }: JudgedFlow): string {
  const isKnown = isSeen(row.path_out) && isSeen(row.path_back);
  if (row.symmetry === "unknown" && isKnown) return "the two directions cannot be compared";
  const moved = row.path_out === "mixed" || row.path_back === "mixed";
  if (row.symmetry === "symmetric" && moved) return "both directions ended on the same path";
  return SYMMETRY[row.symmetry] ?? row.symmetry;
}

function verdictLines(flow: JudgedFlow): string[] {
  const { row, expected, cause } = flow;
  const lines = [symmetryText(flow), `expected: ${row.expected_path}, because ${expected.why}`];
  if (row.asymmetric_s !== undefined) lines.push(`the directions lay apart for ${row.asymmetric_s} s`);
  if (cause !== undefined) lines.push(`likely cause: ${cause.text}`, `remedy: ${cause.remedy}`);
  if (row.verdict === "asymmetric") {
    lines.push("a stateful firewall on one of the paths sees only half of this flow, and may drop it");
  }
  lines.push(row.reason);
  return lines;
}

function openLines(flow: JudgedFlow, site: Site): string[] {
  const { row } = flow;
  const lines: string[] = [];
  const unmarked = (["out", "back"] as const).filter(
    (direction) => flow[direction].path === "unknown" && flow[direction].contradiction === undefined,
  );
  if (unmarked.length > 0 && site.paths.length === 0) {
    lines.push(
      "declare how your links look in a capture: VLAN, next-hop MAC, interface or file of each path (o365flow site init)",
    );
  } else if (unmarked.length > 0) {
    const seen = unmarked.map((direction) => row[`vlan_${direction}`]).filter((vlan) => vlan !== undefined);
    if (seen.length > 0) lines.push(`no path is declared for VLAN ${[...new Set(seen)].join(", ")}`);
    const hops = unmarked.map((direction) => row[`next_hop_${direction}`]).filter((mac) => mac !== undefined);
    if (hops.length > 0) lines.push(`no path is declared for next hop ${[...new Set(hops)].join(", ")}`);
    lines.push("capture on the links themselves, or declare what tells them apart here");
  }
  if (flow.out.contradiction !== undefined || flow.back.contradiction !== undefined)
    lines.push(
      "declare for each path only what its own packets have: a VLAN or interface that packets of both pass is no marker",
    );
  if (flow.out.path === "none" || flow.back.path === "none") {
    lines.push(
      `capture the link that carries the ${flow.out.path === "none" ? "way out" : "way back"} at the same time, and give both files in one run`,
    );
  }
  return lines;
}
