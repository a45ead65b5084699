import type { JudgedFlow } from "../classify/judged-flow.ts";
import { isPublic } from "../classify/public-address.ts";
import { contradictionText } from "../path/contradiction.ts";
import type { Verdict } from "../words.ts";
import { isOffice365, staysInside } from "./link-tally.ts";

/** Most flows kept as examples of a finding. */
const MAX_EXAMPLES = 3;

/** Counts of the flows that the question is about. */
export class FlowTally {
  flows = 0;
  /** Office 365 flows that leave the network or come to it; the counts below are of these. */
  office365 = 0;
  local = 0;
  bothSeen = 0;
  outOnly = 0;
  backOnly = 0;
  /** Path known in both directions, in one, in none. */
  bothKnown = 0;
  oneKnown = 0;
  noneKnown = 0;
  /** Our side's address is private (captured before source NAT), public (after it), or both were joined. */
  beforeNat = 0;
  afterNat = 0;
  joined = 0;
  /** Encrypted flows that have a server name, and those that do not. */
  named = 0;
  nameless = 0;
  /** Directions of which acknowledgements prove that they exist elsewhere. */
  provedElsewhere = 0;
  readonly verdicts: Map<Verdict, number> = new Map();
  /** Flows with packets that declared markers put on two paths at once, and what the first of them shows. */
  contradicted = 0;
  contradictionExample = "";
  /** flow_id of the first flows of which a direction's path is not known. */
  readonly unknownExamples: string[] = [];

  add(flow: JudgedFlow): void {
    this.flows += 1;
    if (!isOffice365(flow)) return;
    const { row, legs, out, back } = flow;
    if (staysInside(flow)) {
      this.local += 1;
      return;
    }
    this.office365 += 1;
    this.verdicts.set(row.verdict, (this.verdicts.get(row.verdict) ?? 0) + 1);
    if (row.packets_out > 0 && row.packets_back > 0) this.bothSeen += 1;
    else if (row.packets_out > 0) this.outOnly += 1;
    else this.backOnly += 1;
    const known = [out, back].filter(({ path }) => path !== "unknown" && path !== "none").length;
    if (known === 2) this.bothKnown += 1;
    else if (known === 1) this.oneKnown += 1;
    else this.noneKnown += 1;
    const contradiction = out.contradiction ?? back.contradiction;
    if (contradiction !== undefined && this.contradicted++ === 0)
      this.contradictionExample = contradictionText(contradiction);
    if (known < 2 && this.unknownExamples.length < MAX_EXAMPLES) this.unknownExamples.push(row.flow_id);
    const leg = legs[0];
    if (legs.length > 1) this.joined += 1;
    else if (leg?.ends.openedByUs === true) {
      // Addresses of a declared NAT pool are in zone internal, too.
      if (!isPublic(leg.near.words)) this.beforeNat += 1;
      else this.afterNat += 1;
    }
    for (const direction of ["out", "back"] as const)
      if (
        legs.every((one) => one.packetsOf(one[direction]) === 0) &&
        legs.some((one) => one.provedByAcknowledgement(one[direction]))
      )
        this.provedElsewhere += 1;
    if (row.application === "tls" || row.application === "quic") {
      if (row.host === undefined) this.nameless += 1;
      else this.named += 1;
    }
  }
}
