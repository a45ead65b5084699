import { sharedSourceNotes } from "../classify/nat-sources.ts";
import { counted, grouped } from "../count-text.ts";
import { interfaceNames } from "../site/interface-names.ts";
import { unmatchedMarkers } from "../site/unmatched.ts";
import { type DiagnosisInput, finding, type Finding } from "./finding.ts";
import { hasLinkMarkers, markerText, sharedIndices, undecided } from "./marker-facts.ts";
import { oneWayLinks } from "./one-way-links.ts";

export function directions({ flows, markers }: DiagnosisInput): Finding | undefined {
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
  // Where no flow has both, the counts have said it.
  const oneWay = flows.bothSeen > 0 ? oneWayLinks(markers) : [];
  for (const { marker, direction, packets } of oneWay.slice(0, 6))
    lines.push(
      `${markerText(marker)} has only what ${direction === "out" ? "leaves your network" : "comes back"} (${counted(packets, "packet")}): its mirror copies one direction, or all that belongs to it takes another way`,
    );
  const isSplit = missing > 0 || oneWay.length > 0;
  const state = missing > flows.office365 / 2 ? "bad" : isSplit ? "mind" : "good";
  return finding("directions", "Both directions", state, lines);
}

export function markers({ run, site, flows }: DiagnosisInput): Finding {
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
    for (const name of interfaceNames(link)) seen.interfaces.add(name);
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

export function nat({ flows, run }: DiagnosisInput): Finding | undefined {
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

export function paths(input: DiagnosisInput): Finding | undefined {
  const { flows, site } = input;
  if (flows.office365 === 0) return undefined;
  const lines = [
    `known both ways: ${grouped(flows.bothKnown)}, one way: ${grouped(flows.oneKnown)}, not known: ${grouped(flows.noneKnown)}`,
  ];
  const open = flows.oneKnown + flows.noneKnown;
  if (open === 0) return finding("paths", "Paths of Office 365 flows", "good", lines);
  const undeclared = undecided(input).slice(0, 6);
  for (const marker of undeclared)
    lines.push(
      `${markerText(marker)} would decide ${counted(marker.unknown, "direction")} of Office 365 flows${site.paths.length === 0 ? "" : ", but is declared for no path"}`,
    );
  const indices = sharedIndices(input);
  const ambiguous = undeclared.filter(({ kind, value }) => kind === "interface" && indices.has(value));
  if (ambiguous.length > 0)
    lines.push(
      `${ambiguous.map(({ value }) => value).join(", ")}: in several captures. Each host numbers its own interfaces: of different hosts, declare them with their file (\`match: [{ file: ..., interface: ... }]\`)`,
    );
  if (flows.unknownExamples.length > 0) lines.push(`for example ${flows.unknownExamples.join(", ")}`);
  return finding("paths", "Paths of Office 365 flows", flows.bothKnown > 0 ? "mind" : "bad", lines);
}
