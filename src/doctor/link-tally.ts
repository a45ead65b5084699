import { contextShares } from "../classify/context-shares.ts";
import type { JudgedFlow } from "../classify/judged-flow.ts";
import type { Links } from "../classify/links.ts";
import type { LearnedMarker, LearnedWay } from "../site/learn.ts";
import { plainVlan } from "../site/link-key.ts";
import type { OutBack } from "../words.ts";

/** What of a flow's packets one link context carried. */
interface ContextTally {
  readonly context: number;
  readonly direction: OutBack;
  readonly office365: boolean;
  flows: number;
  packets: number;
  /** Of them, flows whose path in this direction is not known. */
  unknown: number;
}

/** What loopback interfaces and traffic generators send: it marks no path. */
const NOBODYS = "00:00:00:00:00:00";

/** Most addresses of our side kept. */
const MAX_ADDRESSES = 4096;

/** Which links carried what each way: the ground of proposals for markers. Bounded by the bound of link contexts. */
export class LinkTally {
  readonly #contexts: Map<string, ContextTally> = new Map();
  readonly #addresses: Map<string, LearnedMarker> = new Map();

  add(flow: JudgedFlow): void {
    const office365 = isOffice365(flow);
    if (staysInside(flow)) return;
    for (const leg of flow.legs) {
      for (const direction of ["out", "back"] as const) {
        const shares = contextShares(leg, leg[direction]);
        let widest = shares[0];
        for (const share of shares)
          if (widest === undefined || share.packets > widest.packets) widest = share;
        for (const share of shares) {
          const key = `${share.context} ${direction} ${office365 ? 1 : 0}`;
          let tally = this.#contexts.get(key);
          if (tally === undefined)
            this.#contexts.set(
              key,
              (tally = { context: share.context, direction, office365, flows: 0, packets: 0, unknown: 0 }),
            );
          tally.packets += share.packets + share.copies;
          if (share !== widest) continue;
          tally.flows += 1;
          if (isOpen(flow, direction)) tally.unknown += 1;
        }
      }
    }
    const { nat_ip: nat, client_zone: zone } = flow.row;
    const source = nat ?? (zone === "internet" ? flow.row.client_ip : undefined);
    if (source !== undefined && office365 && flow.legs[0]?.ends.openedByUs === true)
      this.#address(source, flow);
  }

  #address(address: string, flow: JudgedFlow): void {
    const { row } = flow;
    let marker = this.#addresses.get(address);
    if (marker === undefined) {
      if (this.#addresses.size >= MAX_ADDRESSES) return;
      marker = {
        kind: "nat",
        value: address,
        office365: { out: way(), back: way() },
        other: { out: way(), back: way() },
        unknown: 0,
      };
      this.#addresses.set(address, marker);
    }
    // A pool tells of the way out alone.
    if (isOpen(flow, "out")) marker.unknown += 1;
    marker.office365.out.flows += 1;
    marker.office365.out.packets += row.packets_out;
    marker.office365.back.flows += row.packets_back > 0 ? 1 : 0;
    marker.office365.back.packets += row.packets_back;
  }

  /** Every possible marker with what it carried, the ones with most Office 365 packets first. */
  markers(links: Links): LearnedMarker[] {
    const found = new Map<string, LearnedMarker>();
    for (const tally of this.#contexts.values()) {
      const link = links.describe(tally.context);
      const mac = tally.direction === "out" ? link.destinationMac : link.sourceMac;
      const values: [LearnedMarker["kind"], string | undefined][] = [
        ["file", link.file],
        ["interface", link.interfaceName ?? link.interfaceDescription],
        ["vlan", plainVlan(link.vlan)],
        ["next-hop", mac === NOBODYS ? undefined : mac],
        ["erspan-session", link.erspanSession < 0 ? undefined : `${link.erspanSession}`],
      ];
      for (const [kind, value] of values) {
        if (value === undefined || value === "") continue;
        const key = `${kind} ${value}`;
        let marker = found.get(key);
        if (marker === undefined)
          found.set(
            key,
            (marker = {
              kind,
              value,
              office365: { out: way(), back: way() },
              other: { out: way(), back: way() },
              unknown: 0,
            }),
          );
        const sum = (tally.office365 ? marker.office365 : marker.other)[tally.direction];
        sum.flows += tally.flows;
        sum.packets += tally.packets;
        if (tally.office365) marker.unknown += tally.unknown;
      }
    }
    for (const marker of this.#addresses.values()) found.set(`nat ${marker.value}`, marker);
    return [...found.values()].sort(
      (x, y) => packetsOf(y) - packetsOf(x) || (`${x.kind} ${x.value}` < `${y.kind} ${y.value}` ? -1 : 1),
    );
  }
}

/** Office 365, or of a call that is. */
export function isOffice365({ row }: JudgedFlow): boolean {
  return row.verdict !== "not-office365" && (row.endpoint_ids.length > 0 || row.call_id !== undefined);
}

/** A path that another marker would settle; one that declared markers contradict each other about, none would. */
function isOpen(flow: JudgedFlow, direction: OutBack): boolean {
  return flow[direction].path === "unknown" && flow[direction].contradiction === undefined;
}

/** A local flow needs no link to the outside to be captured, also where one direction of it was not. */
export function staysInside({ row }: JudgedFlow): boolean {
  const seen = [row.path_out, row.path_back].filter((path) => path !== "none");
  return seen.length > 0 && seen.every((path) => path === "local");
}

function way(): LearnedWay {
  return { flows: 0, packets: 0 };
}

function packetsOf({ office365 }: LearnedMarker): number {
  return office365.out.packets + office365.back.packets;
}
