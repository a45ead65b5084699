import { counted } from "../count-text.ts";
import type { LearnedMarker } from "../site/learn.ts";
import type { DiagnosisInput } from "./finding.ts";
import { hasLinkMarkers, markerText } from "./marker-facts.ts";

/** Kinds in the order of their strength. */
const STRONGEST: readonly LearnedMarker["kind"][] = [
  "vlan",
  "next-hop",
  "interface",
  "erspan-session",
  "file",
  "nat",
];

/** What to do next, the most useful first; empty where nothing is missing. */
export function nextSteps({ captures, run, flows, markers: seen, site }: DiagnosisInput): string[] {
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
