import { contextShares } from "../classify/context-shares.ts";
import type { JudgedFlow } from "../classify/judged-flow.ts";
import type { Links } from "../classify/links.ts";
import { compareText } from "../compare-text.ts";
import type { LearnedMarker, LearnedWay } from "../site/learn.ts";
import { interfaceName } from "../site/interface-names.ts";
import { plainVlan } from "../site/link-key.ts";
import type { OutBack, Path } from "../words.ts";

/** Packets of one direction that a link context carried. */
interface ContextTally {
  readonly context: number;
  readonly direction: OutBack;
  readonly office365: boolean;
  packets: number;
}

/** Flows whose packets of one direction came in these link contexts. */
interface FlowsTally {
  readonly contexts: readonly number[];
  readonly direction: OutBack;
  readonly office365: boolean;
  flows: number;
  /** Of them, flows whose path in this direction is not known. */
  unknown: number;
  /** The paths to the outside that the others took. */
  readonly uplinks: Set<Path>;
}

/** What loopback interfaces and traffic generators send: it marks no path. */
const NOBODYS = "00:00:00:00:00:00";

/** Most addresses of our side kept. */
const MAX_ADDRESSES = 4096;

/** Most sets of several link contexts that flows are counted by; beyond, a flow counts for the one that most of its packets came in. */
const MAX_SETS = 16_384;

/** Which links carried what each way: the ground of proposals for markers. Bounded by the bound of link contexts. */
export class LinkTally {
  readonly #contexts: Map<string, ContextTally> = new Map();
  readonly #flows: Map<string, FlowsTally> = new Map();
  readonly #addresses: Map<string, LearnedMarker> = new Map();

  add(flow: JudgedFlow): void {
    const office365 = isOffice365(flow);
    if (staysInside(flow)) return;
    for (const direction of ["out", "back"] as const) {
      const counts = new Map<number, number>();
      for (const leg of flow.legs)
        for (const { context, packets, copies } of contextShares(leg, leg[direction]))
          counts.set(context, (counts.get(context) ?? 0) + packets + copies);
      if (counts.size === 0) continue;
      for (const [context, packets] of counts) this.#countPackets(context, direction, office365, packets);
      const tally = this.#flowsIn(counts, direction, office365);
      tally.flows += 1;
      if (isOpen(flow, direction)) tally.unknown += 1;
      for (const path of uplinksOf(flow[direction])) tally.uplinks.add(path);
    }
    const { nat_ip: nat, client_zone: zone } = flow.row;
    const source = nat ?? (zone === "internet" ? flow.row.client_ip : undefined);
    if (source !== undefined && office365 && flow.legs[0]?.ends.openedByUs === true)
      this.#address(source, flow);
  }

  #countPackets(context: number, direction: OutBack, office365: boolean, packets: number): void {
    const key = `${context} ${direction} ${office365 ? 1 : 0}`;
    const tally = this.#contexts.get(key);
    if (tally === undefined) this.#contexts.set(key, { context, direction, office365, packets });
    else tally.packets += packets;
  }

  #flowsIn(counts: ReadonlyMap<number, number>, direction: OutBack, office365: boolean): FlowsTally {
    let contexts = [...counts.keys()].toSorted((x, y) => x - y);
    const key = (): string => `${contexts.join(" ")} ${direction} ${office365 ? 1 : 0}`;
    let known = this.#flows.get(key());
    if (known === undefined && contexts.length > 1 && this.#flows.size >= MAX_SETS) {
      const widest = contexts.reduce((x, y) => ((counts.get(y) ?? 0) > (counts.get(x) ?? 0) ? y : x));
      contexts = [widest];
      known = this.#flows.get(key());
    }
    if (known === undefined)
      this.#flows.set(
        key(),
        (known = { contexts, direction, office365, flows: 0, unknown: 0, uplinks: new Set() }),
      );
    return known;
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
    for (const { context, direction, office365, packets } of this.#contexts.values())
      for (const [kind, value] of marksOf(context, direction, links)) {
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
              uplinks: new Set(),
            }),
          );
        (office365 ? marker.office365 : marker.other)[direction].packets += packets;
      }
    for (const { contexts, direction, office365, flows, unknown, uplinks } of this.#flows.values()) {
      const marks = contexts.flatMap((context) => marksOf(context, direction, links));
      // A flow counts once for a marker, in however many link contexts that have it.
      for (const key of new Set(marks.map(([kind, value]) => `${kind} ${value}`))) {
        const marker = found.get(key);
        if (marker === undefined) continue;
        (office365 ? marker.office365 : marker.other)[direction].flows += flows;
        if (office365) marker.unknown += unknown;
        for (const path of uplinks) marker.uplinks?.add(path);
      }
    }
    for (const marker of this.#addresses.values()) found.set(`nat ${marker.value}`, marker);
    return [...found.values()].sort(
      (x, y) => packetsOf(y) - packetsOf(x) || compareText(`${x.kind} ${x.value}`, `${y.kind} ${y.value}`),
    );
  }
}

/** What packets of a direction show in a link context, of all kinds that a site description knows. */
function marksOf(context: number, direction: OutBack, links: Links): [LearnedMarker["kind"], string][] {
  const link = links.describe(context);
  // What a router captures of itself is passed on with an address of its own, whichever path it came by.
  const source = link.sentByHost === true ? undefined : link.sourceMac;
  const mac = direction === "out" ? link.destinationMac : source;
  const marks: [LearnedMarker["kind"], string | undefined][] = [
    ["file", link.file],
    ["interface", interfaceName(link)],
    ["vlan", plainVlan(link.vlan)],
    ["next-hop", mac === NOBODYS ? undefined : mac],
    ["erspan-session", link.erspanSession < 0 ? undefined : `${link.erspanSession}`],
  ];
  return marks.flatMap(([kind, value]) => (value === undefined || value === "" ? [] : [[kind, value]]));
}

/** Office 365, or of a call that is. */
export function isOffice365({ row }: JudgedFlow): boolean {
  return row.verdict !== "not-office365" && (row.endpoint_ids.length > 0 || row.call_id !== undefined);
}

/** A path that another marker would settle; one that declared markers contradict each other about, none would. */
function isOpen(flow: JudgedFlow, direction: OutBack): boolean {
  return flow[direction].path === "unknown" && flow[direction].contradiction === undefined;
}

/** Of a direction that moved all of them. */
function uplinksOf({ path, stretches }: JudgedFlow[OutBack]): readonly Path[] {
  return (path === "mixed" ? stretches.map(({ says }) => says) : [path]).filter((each) => UPLINKS.has(each));
}

const UPLINKS: ReadonlySet<Path> = new Set(["expressroute", "internet", "other"]);

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
