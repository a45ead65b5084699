import { sharedSourceNotes } from "../classify/nat-sources.ts";
import { clockDoubts, clockNotes } from "../classify/clock-text.ts";
import type { RunSummary } from "../classify/run.ts";
import { counted, grouped } from "../count-text.ts";
import type { LearnedMarker } from "../site/learn.ts";
import type { Site, SitePath } from "../site/site.ts";
import { unmatchedMarkers } from "../site/unmatched.ts";
import type { CaptureFacts } from "./capture-facts.ts";
import type { FlowTally } from "./flow-tally.ts";

/** `good`: nothing in the way; `mind`: something to know; `bad`: it stands in the way of an answer. */
export type FindingState = "good" | "mind" | "bad";

/** One thing that was looked at. */
export interface Finding {
  /** Kept for ever, for scripts. */
  readonly id: string;
  readonly heading: string;
  readonly state: FindingState;
  readonly lines: readonly string[];
}

/** Can these captures answer which path Office 365 took, each way? */
export type Answer = "yes" | "partly" | "no" | "no-office365";

export interface Diagnosis {
  readonly answer: Answer;
  readonly summary: string;
  readonly findings: readonly Finding[];
  /** What to do next, the most useful first; empty where nothing is missing. */
  readonly next: readonly string[];
}

export interface DiagnosisInput {
  readonly captures: readonly CaptureFacts[];
  readonly run: RunSummary;
  readonly flows: FlowTally;
  /** Everything that links show, most Office 365 packets first. */
  readonly markers: readonly LearnedMarker[];
  /** As it was declared. */
  readonly site: Site;
}

/** A ClientHello with its name seldom needs more bytes of the packet than this. */
const NAME_BYTES = 600;

export function diagnose(input: DiagnosisInput): Diagnosis {
  const findings = [
    damage(input),
    names(input),
    visible(input),
    directions(input),
    markers(input),
    nat(input),
    copies(input),
    clocks(input),
    paths(input),
  ].filter((finding) => finding !== undefined);
  const { flows } = input;
  const answer: Answer =
    flows.office365 === 0
      ? "no-office365"
      : flows.bothKnown === flows.office365
        ? "yes"
        : flows.bothKnown + flows.oneKnown > 0
          ? "partly"
          : "no";
  return { answer, summary: summaryOf(answer, flows), findings, next: nextSteps(input) };
}

function summaryOf(answer: Answer, flows: FlowTally): string {
  const all = counted(flows.office365, "Office 365 flow");
  switch (answer) {
    case "no-office365":
      return flows.local > 0
        ? "No: the Office 365 traffic in these captures stays inside your network."
        : "No: no traffic in these captures is Office 365's.";
    case "yes":
      return `Yes: the path of ${flows.office365 === 1 ? "the one Office 365 flow" : `all ${all}`} is known both ways.`;
    case "partly":
      return `Partly: of ${all}, the path of ${flows.bothKnown} is known both ways, of ${flows.oneKnown} one way, of ${flows.noneKnown} neither.`;
    case "no":
      return `No: the path of none of ${all} is known in either direction.`;
  }
}

function damage({ captures, run }: DiagnosisInput): Finding {
  const lines: string[] = [];
  for (const error of run.errors) lines.push(error.message);
  for (const capture of captures) {
    lines.push(...capture.problems.slice(0, 3));
    if (capture.problems.length > 3) lines.push(`${capture.name}: ${capture.problems.length - 3} more`);
    if (capture.status !== "ok")
      lines.push(
        `${capture.name} is ${capture.status}; ${counted(capture.skippedBytes, "byte")} passed over`,
      );
    for (const card of capture.interfaces)
      if ((card.dropped ?? 0) > 0)
        lines.push(
          `${capture.name}${card.name === undefined ? "" : `, ${card.name}`}: lost ${counted(card.dropped ?? 0, "packet")} by its own count; what is missing is no proof of asymmetry`,
        );
    if (capture.packets === 0) lines.push(`${capture.name} has no packets`);
  }
  const broken = run.errors.length > 0 || captures.some((capture) => capture.status !== "ok");
  return lines.length === 0
    ? finding("damage", "Damage and losses", "good", ["none known"])
    : finding("damage", "Damage and losses", broken ? "bad" : "mind", lines);
}

function names({ captures, flows }: DiagnosisInput): Finding {
  const lines: string[] = [];
  let state: FindingState = "good";
  for (const capture of captures) {
    if (capture.cut === 0) continue;
    const shortest = capture.shortestCut ?? 0;
    lines.push(
      `${capture.name}: ${counted(capture.cut, "packet")} of ${grouped(capture.packets)} cut, the shortest to ${counted(shortest, "byte")}`,
    );
    if (shortest < NAME_BYTES) state = "mind";
  }
  if (flows.nameless > 0)
    lines.push(
      `${flows.nameless} of ${counted(flows.named + flows.nameless, "encrypted Office 365 flow")} without a server name: ` +
        (lines.length > 0
          ? "capture whole packets (snap length 0)"
          : "begun before the capture, resumed, or the name is encrypted"),
    );
  if (state === "mind" && flows.nameless > 0 && flows.named === 0) state = "bad";
  if (lines.length === 0) lines.push("packets are whole");
  return finding("snap-length", "Length of packets, names of servers", state, lines);
}

function visible({ captures }: DiagnosisInput): Finding | undefined {
  const packets = sum(captures, (capture) => capture.packets);
  const encrypted = sum(captures, (capture) => capture.encrypted);
  const notIp = sum(captures, (capture) => capture.notIp);
  const inFlows = sum(captures, (capture) => capture.inFlows);
  const tunnels = new Map<string, number>();
  for (const capture of captures)
    for (const [kind, count] of capture.tunnels) tunnels.set(kind, (tunnels.get(kind) ?? 0) + count);
  if (packets === 0) return undefined;
  const lines: string[] = [];
  let state: FindingState = "good";
  for (const [kind, count] of tunnels)
    lines.push(`${kind}: ${counted(count, "packet")} opened, the flows are those inside`);
  if (encrypted > 0) {
    lines.push(
      `IPsec: ${counted(encrypted, "packet")} whose content cannot be seen; capture before encryption`,
    );
    state = encrypted > packets / 2 ? "bad" : "mind";
  }
  if (notIp > packets / 2) {
    lines.push(`${grouped(notIp)} of ${counted(packets, "packet")} hold no IP that can be read`);
    state = "bad";
  }
  if (inFlows === 0) {
    lines.push("no TCP and no UDP at all");
    state = "bad";
  }
  if (lines.length === 0) lines.push("no tunnels, no IPsec");
  return finding("tunnels", "Tunnels and encryption", state, lines);
}

function directions({ flows }: DiagnosisInput): Finding | undefined {
  if (flows.office365 === 0) return undefined;
  const lines = [
    `both directions: ${grouped(flows.bothSeen)} of ${counted(flows.office365, "Office 365 flow")}`,
  ];
  if (flows.outOnly > 0) lines.push(`only what leaves your network: ${counted(flows.outOnly, "flow")}`);
  if (flows.backOnly > 0) lines.push(`only what comes back: ${counted(flows.backOnly, "flow")}`);
  if (flows.provedElsewhere > 0)
    lines.push(
      `${counted(flows.provedElsewhere, "missing direction")} exist elsewhere: their data is acknowledged`,
    );
  const missing = flows.outOnly + flows.backOnly;
  const state = missing === 0 ? "good" : missing > flows.office365 / 2 ? "bad" : "mind";
  return finding("directions", "Both directions", state, lines);
}

function markers({ run, site, flows }: DiagnosisInput): Finding {
  const heading = "Declared markers";
  if (site.paths.length === 0) {
    const bgp = run.site.paths.length;
    return finding("markers", heading, bgp > 0 ? "mind" : "bad", [
      bgp > 0
        ? `no path is declared; BGP sessions with AS 12076 show ${counted(bgp, "ExpressRoute link")}`
        : "no path is declared, so no path to the outside can be known",
    ]);
  }
  const { contexts, points } = run.links;
  const seen = {
    files: new Set(points.map((point) => point.captureName)),
    interfaces: new Set<string>(),
    vlans: new Set<string>(),
    macs: new Set<string>(),
    erspanSessions: new Set<number>(),
  };
  for (const point of points)
    for (const name of [point.interfaceName, point.interfaceDescription])
      if (name !== undefined) seen.interfaces.add(name);
  for (let context = 0; context < contexts.count; context++) {
    const link = run.links.describe(context);
    seen.vlans.add(link.vlan);
    seen.macs.add(link.sourceMac).add(link.destinationMac);
    seen.erspanSessions.add(link.erspanSession);
  }
  const unmatched = unmatchedMarkers(site, seen);
  const lines = unmatched.map(({ pathIndex, key, value, suggestion }) => {
    const meant = suggestion === undefined ? "" : `; did you mean "${suggestion}"?`;
    return `path ${site.paths[pathIndex]?.name ?? "?"}, ${key}: "${value}" matches nothing here${meant}`;
  });
  const linked = site.paths.filter(hasLinkMarkers);
  const silent = linked.filter((path) => run.links.pointsOf(path.index).length === 0);
  for (const path of silent) lines.push(`path ${path.name}: none of its markers is in these captures`);
  if (flows.contradicted > 0)
    lines.push(
      `markers contradict each other in ${counted(flows.contradicted, "flow")}: ${flows.contradictionExample}; a VLAN or interface that packets of both paths pass is no marker`,
    );
  if (lines.length === 0)
    return finding("markers", heading, "good", [
      `every marker of ${counted(site.paths.length, "path")} was seen`,
    ]);
  return finding(
    "markers",
    heading,
    silent.length > 0 && silent.length === linked.length ? "bad" : "mind",
    lines,
  );
}

function nat({ flows, run }: DiagnosisInput): Finding | undefined {
  if (flows.office365 === 0) return undefined;
  const lines: string[] = [];
  if (flows.joined > 0)
    lines.push(`both sides of source NAT: ${counted(flows.joined, "flow")} joined across it`);
  if (flows.beforeNat > 0)
    lines.push(
      `inside addresses: ${counted(flows.beforeNat, "flow")} captured before source NAT, where NAT pools cannot be seen`,
    );
  if (flows.afterNat > 0)
    lines.push(
      `public addresses: ${counted(flows.afterNat, "flow")} captured after source NAT, or without any; behind NAT it cannot be seen who the client is`,
    );
  lines.push(...sharedSourceNotes(run.sharedSources));
  if (lines.length === 0) return undefined;
  return finding("nat", "Source NAT", run.sharedSources.length > 0 ? "bad" : "good", lines);
}

function copies({ run }: DiagnosisInput): Finding {
  if (run.copies === 0) return finding("copies", "Packets seen more than once", "good", ["none"]);
  return finding("copies", "Packets seen more than once", "good", [
    `${counted(run.copies, "copy", "copies")} of ${counted(run.packets, "packet")} (mirrored ports, several taps), counted once`,
  ]);
}

function clocks({ captures, run }: DiagnosisInput): Finding {
  const lines = [...clockNotes(run.clocks), ...clockDoubts(run.clocks)];
  let state: FindingState = lines.length > 0 ? "mind" : "good";
  for (const capture of captures) {
    if (capture.untimed > 0)
      lines.push(`${capture.name}: ${counted(capture.untimed, "packet")} without a time`);
    if (capture.backInTime > 0)
      lines.push(
        `${capture.name}: the clock goes back by a second or more ${counted(capture.backInTime, "time")}`,
      );
    if (capture.untimed > 0 || capture.backInTime > 0) state = "mind";
  }
  if (lines.length === 0)
    lines.push(captures.length > 1 ? "the captures' clocks agree" : "one capture, times in order");
  return finding("clocks", "Clocks", state, lines);
}

function paths({ flows, markers: seen, site }: DiagnosisInput): Finding | undefined {
  if (flows.office365 === 0) return undefined;
  const lines = [
    `known both ways: ${grouped(flows.bothKnown)}, one way: ${grouped(flows.oneKnown)}, not known: ${grouped(flows.noneKnown)}`,
  ];
  const open = flows.oneKnown + flows.noneKnown;
  if (open === 0) return finding("paths", "Paths of Office 365 flows", "good", lines);
  const undecided = seen.filter((marker) => marker.unknown > 0 && tellsApart(marker, seen));
  for (const marker of undecided.slice(0, 6))
    lines.push(
      `${markerText(marker)} would decide ${counted(marker.unknown, "direction")} of Office 365 flows${site.paths.length === 0 ? "" : ", but is declared for no path"}`,
    );
  if (flows.unknownExamples.length > 0) lines.push(`for example ${flows.unknownExamples.join(", ")}`);
  return finding("paths", "Paths of Office 365 flows", flows.bothKnown > 0 ? "mind" : "bad", lines);
}

/** Has markers of links, and not only addresses, which are looked for in flows. */
function hasLinkMarkers(path: SitePath): boolean {
  const lists = [path.files, path.interfaces, path.vlans, path.nextHops, path.erspanSessions, path.match];
  return lists.some((list) => list.length > 0) || path.bgpLinks.length > 0;
}

/** A marker tells something where another of its kind carries traffic, too. */
function tellsApart(marker: LearnedMarker, seen: readonly LearnedMarker[]): boolean {
  return seen.some((other) => other.kind === marker.kind && other.value !== marker.value);
}

function markerText({ kind, value }: LearnedMarker): string {
  return kind === "vlan" ? `VLAN ${value}` : `${kind.replace("-", " ")} ${value}`;
}

/** Kinds in the order of their strength. */
const STRONGEST: readonly LearnedMarker["kind"][] = [
  "vlan",
  "next-hop",
  "interface",
  "erspan-session",
  "file",
  "nat",
];

function nextSteps({ captures, run, flows, markers: seen, site }: DiagnosisInput): string[] {
  const steps: string[] = [];
  if (flows.office365 === 0) {
    steps.push(
      flows.flows === 0
        ? "capture where your network meets its uplinks: no flow was found here"
        : "capture where Office 365 traffic passes (the uplinks, or a client while it is used), and check internal: in the site description",
    );
  } else if (flows.bothKnown < flows.office365) {
    const kind = STRONGEST.find((candidate) => {
      const all = seen.filter((marker) => marker.kind === candidate);
      return all.length > 1 && all.some((marker) => marker.unknown > 0);
    });
    if (kind !== undefined) {
      const values = seen.filter((marker) => marker.kind === kind && marker.unknown > 0).slice(0, 4);
      steps.push(
        `say which path each of these is: ${values.map(markerText).join(", ")}; with --expressroute ${kind}=VALUE and --internet ${kind}=VALUE, or in a site description such as o365flow site learn proposes`,
      );
    } else if (flows.bothSeen > 0) {
      steps.push(
        "every packet here has the same VLAN, next hop and interface: this point cannot tell paths apart; capture on the uplinks themselves, one file or interface each",
      );
    }
    if (flows.backOnly + flows.outOnly > 0) {
      const way = flows.outOnly >= flows.backOnly ? "way back" : "way out";
      steps.push(
        `capture the link that carries the ${way} of ${counted(flows.backOnly + flows.outOnly, "flow")} at the same time, and give all files in one run`,
      );
    }
  }
  const linked = site.paths.filter(hasLinkMarkers);
  if (linked.length > 0 && linked.every((path) => run.links.pointsOf(path.index).length === 0))
    steps.push("correct the markers of the site description: none of them is in these captures");
  if (run.sharedSources.length > 0)
    steps.push("give each path a NAT pool of its own, advertised on that path only");
  if (flows.nameless > flows.named && captures.some((capture) => capture.cut > 0))
    steps.push("capture whole packets (snap length 0), so that servers' names can be read");
  if (captures.some((capture) => capture.interfaces.some((card) => (card.dropped ?? 0) > 0)))
    steps.push("lose no packets: a larger capture buffer, or a filter for what is asked");
  if (captures.some((capture) => capture.encrypted > capture.packets / 2))
    steps.push("capture before the traffic is encrypted by IPsec");
  return steps;
}

function finding(id: string, heading: string, state: FindingState, lines: readonly string[]): Finding {
  return { id, heading, state, lines };
}

function sum(captures: readonly CaptureFacts[], of: (capture: CaptureFacts) => number): number {
  return captures.reduce((all, capture) => all + of(capture), 0);
}
