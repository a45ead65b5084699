import { counted } from "../count-text.ts";
import { type LearnedMarker, tellsApart } from "../site/learn.ts";
import type { DiagnosisInput } from "./finding.ts";
import { hasLinkMarkers, markerText, undecided } from "./marker-facts.ts";
import { oneWayLinks } from "./one-way-links.ts";

/** Kinds of links in the order of their strength. */
const STRONGEST: readonly LearnedMarker["kind"][] = [
  "vlan",
  "next-hop",
  "interface",
  "erspan-session",
  "file",
];

/** Most markers that one step names. */
const MOST_NAMED = 4;

/** What to do next, the most useful first; empty where nothing is missing. */
export function nextSteps(input: DiagnosisInput): string[] {
  const { captures, run, flows, site } = input;
  const steps: string[] = [];
  if (flows.office365 === 0) {
    steps.push(
      flows.flows === 0
        ? "capture where your network meets its uplinks: no flow was found here"
        : "capture where Office 365 traffic passes (the uplinks, or a client while it is used), and check internal: in the site description",
    );
  } else if (flows.bothKnown < flows.office365) {
    steps.push(...markerSteps(input));
    if (flows.backOnly + flows.outOnly > 0) {
      const way = flows.outOnly >= flows.backOnly ? "way back" : "way out";
      steps.push(
        `capture the link that carries the ${way} of ${counted(flows.backOnly + flows.outOnly, "flow")} at the same time, and give all files in one run`,
      );
    }
  }
  const oneWay = (flows.verdicts.get("asymmetric") ?? 0) > 0 ? oneWayLinks(input.markers) : [];
  if (oneWay.length > 0)
    steps.push(
      `make sure that both directions are mirrored to ${listed(oneWay.map(({ marker }) => marker))}: if not, what is asymmetric here may be so by the mirror alone`,
    );
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

/** What to declare, or where else to capture, so that paths are known. */
function markerSteps(input: DiagnosisInput): string[] {
  const { flows, markers } = input;
  const steps: string[] = [];
  const open = undecided(input);
  const kind = STRONGEST.find((candidate) => open.some((marker) => marker.kind === candidate));
  if (kind !== undefined)
    steps.push(
      `say which path each of these is: ${named(open, kind)}; with --expressroute ${kind}=VALUE and --internet ${kind}=VALUE, or in a site description such as o365flow site learn proposes`,
    );
  if (flows.contradicted > 0)
    steps.push(
      "take the markers that packets of both paths have out of the site description, or narrow them with match",
    );
  else if (kind === undefined && flows.bothSeen > 0)
    steps.push(
      markers.some((marker) => marker.kind !== "nat" && tellsApart(marker, markers))
        ? "what is declared here does not tell the paths of all flows: look for markers that both paths have, or capture on the uplinks themselves, one file or interface each"
        : "every packet here has the same VLAN, next hop and interface: this point cannot tell paths apart; capture on the uplinks themselves, one file or interface each",
    );
  if (kind === undefined && open.length > 0)
    steps.push(
      `say for the way out which path has the NAT pool of each of these: ${named(open, "nat")}; with --expressroute nat=PREFIX and --internet nat=PREFIX, if they are addresses of source NAT`,
    );
  return steps;
}

function named(open: readonly LearnedMarker[], kind: LearnedMarker["kind"]): string {
  return listed(open.filter((marker) => marker.kind === kind));
}

function listed(all: readonly LearnedMarker[]): string {
  const more = all.length > MOST_NAMED ? ` and ${all.length - MOST_NAMED} more` : "";
  return `${all.slice(0, MOST_NAMED).map(markerText).join(", ")}${more}`;
}
