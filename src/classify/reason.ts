import { contradictionText } from "../path/contradiction.ts";
import type { DirectionPath, Evidence } from "../path/evidence.ts";
import type { Symptom } from "../flows/symptom.ts";
import type { OutBack } from "../words.ts";
import type { FlowDecision } from "./flow-decision.ts";

const SYMPTOMS: Readonly<Record<Symptom, string>> = {
  "syn-retransmitted": "the SYN was sent again and the handshake never completed",
  "syn-ack-retransmitted": "the SYN-ACK was sent again and the handshake never completed",
  "silent-while-retransmitting": "an answered flow fell silent while it retransmitted",
  "reset-of-syn-ack": "a SYN-ACK was answered by a reset",
  "reset-by-another-hop": "a reset came back with another time to live than the server's packets",
  "icmp-prohibited": "ICMP says that the flow is prohibited",
};

/**
 * The `reason` column: why this verdict, short, in words. `sharedSource`: a source address that was seen on the other
 * path before.
 */
export function reasonOf(facts: FlowDecision, sharedSource: string | undefined): string {
  const parts: string[] = [];
  const { out, back, verdict } = facts;
  if (verdict === "not-office365") {
    parts.push(`not in the ${facts.leg.list.cloud} endpoint list of ${facts.match.version}`);
  } else {
    parts.push(`out ${pathText(out)}, back ${pathText(back)}`);
    if (verdict !== "asymmetric") parts.push(`expected ${facts.expected.expected} (${facts.expected.why})`);
  }
  if (verdict === "asymmetric" && out.path === back.path && out.path !== "mixed") {
    parts.push(`different circuits: ${out.circuits.join(", ")} and ${back.circuits.join(", ")}`);
  }
  if (facts.symmetry.doubt !== undefined) parts.push(facts.symmetry.doubt);
  if (facts.cause !== undefined) parts.push(facts.cause.text);
  if (facts.symptom !== undefined) parts.push(SYMPTOMS[facts.symptom]);
  addDisagreement(parts, "out", out);
  addDisagreement(parts, "back", back);
  if (facts.note !== undefined) parts.push(facts.note);
  if (sharedSource !== undefined) parts.push(`source ${sharedSource} was seen on both paths`);
  const unmarked = isUnmarked(out) || isUnmarked(back);
  if (verdict === "unproven" && unmarked) {
    const seen = out.evidence.length > 0 || back.evidence.length > 0;
    const where = !seen ? "" : isUnmarked(out) ? " of the way out" : " of the way back";
    parts.push(`no declared marker was seen${where}: eligible is not evidence`);
  }
  const { far } = facts.leg;
  if (far.reached !== far.words) parts.push(`by NAT64 to ${far.reachedText}`);
  if (facts.carried.hostNote !== undefined) parts.push(facts.carried.hostNote);
  return parts.join("; ");
}

function addDisagreement(parts: string[], word: OutBack, path: DirectionPath): void {
  if (path.contradiction !== undefined)
    parts.push(`${word}: ${contradictionText(path.contradiction)}, so these markers contradict each other`);
  if (path.untimed !== undefined)
    parts.push(
      `${word}: when it moved is not known, since the clocks of ${path.untimed.join(" and ")} could not be compared`,
    );
  const against = path.against[0];
  if (against !== undefined) parts.push(`${word}: ${against.kind} says ${against.says} (${against.shown})`);
}

function isUnmarked(path: DirectionPath): boolean {
  return path.path === "unknown" && path.contradiction === undefined;
}

function pathText(path: DirectionPath): string {
  if (path.path === "mixed") return `mixed (${bothText(path)})`;
  const decided = path.evidence.find((item) => path.basis.includes(item.kind) && item.says === path.path);
  if (decided === undefined) return path.path === "none" ? "not in the captures" : path.path;
  return `${path.path} (${shownText(decided)})`;
}

/** What shows each of the paths that a direction moved between. */
function bothText(path: DirectionPath): string {
  const deciding = path.evidence.filter((item) => path.basis.includes(item.kind));
  return deciding
    .filter((item, i) => deciding.findIndex(({ says }) => says === item.says) === i)
    .map((item) => `${item.says}: ${shownText(item)}`)
    .join(", and ");
}

function shownText(evidence: Evidence): string {
  const packets = evidence.packetsInAll ?? evidence.packets;
  const count = packets === 1 ? "1 packet" : `${packets} packets`;
  return evidence.firstPacket === 0
    ? evidence.shown
    : `${evidence.shown}, ${count} from #${evidence.firstPacket}`;
}
