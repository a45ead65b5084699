import { compareText } from "../compare-text.ts";
import { ownText } from "../own-text.ts";
import { FINDINGS, VERDICTS } from "../report/verdicts.ts";
import { ourAddress, subnetOf } from "../results/client-subnet.ts";
import type { ResultFlow } from "../results/flow-result.ts";
import { serviceOf } from "./totals.ts";

/** Flows of one subnet that fail in the same way: one thing to look into. */
export interface FindingGroup {
  readonly verdict: string;
  readonly subnet: string;
  /** The first of them; its paths are those of all. */
  readonly example: ResultFlow;
  flows: number;
  bytes: number;
  first: number | undefined;
  last: number | undefined;
  readonly services: Map<string, number>;
  readonly hosts: Set<string>;
  readonly clients: Set<string>;
}

/** Most groups kept, and most names and clients of one: more are counted as "and more". */
const MOST_GROUPS = 20_000;
export const MOST_NAMES = 50;

/** Gathers findings into groups. */
export class FindingGroups {
  readonly #groups: Map<string, FindingGroup> = new Map();
  /** Findings beyond the groups that are kept. */
  left = 0;

  add(flow: ResultFlow): void {
    const { verdict } = flow;
    if (verdict === undefined || !FINDINGS.has(verdict)) return;
    const service = serviceOf(flow);
    const ours = ourAddress(flow);
    const subnet = subnetOf(ours);
    const ways = [flow.path_out, flow.path_out_name, flow.path_back, flow.path_back_name];
    const key = JSON.stringify([verdict, subnet, ...ways]);
    let group = this.#groups.get(key);
    if (group === undefined) {
      if (this.#groups.size >= MOST_GROUPS) {
        this.left += 1;
        return;
      }
      group = {
        verdict,
        subnet,
        example: flow,
        flows: 0,
        bytes: 0,
        first: undefined,
        last: undefined,
        services: new Map<string, number>(),
        hosts: new Set<string>(),
        clients: new Set<string>(),
      };
      this.#groups.set(ownText(key), group);
    }
    group.flows += 1;
    group.bytes += (flow.bytes_out ?? 0) + (flow.bytes_back ?? 0);
    group.services.set(service, (group.services.get(service) ?? 0) + 1);
    const server = flow.host ?? flow.server_ip;
    if (server !== undefined && group.hosts.size < MOST_NAMES) group.hosts.add(ownText(server));
    if (group.clients.size < MOST_NAMES) group.clients.add(ownText(ours));
    if (flow.start === undefined) return;
    group.first = Math.min(group.first ?? Infinity, flow.start.seconds);
    group.last = Math.max(group.last ?? 0, (flow.end ?? flow.start).seconds);
  }

  get size(): number {
    return this.#groups.size;
  }

  /** What to look at first: by verdict, then by number of flows. */
  ranked(): FindingGroup[] {
    const rank = (group: FindingGroup): number => VERDICTS.findIndex((verdict) => verdict === group.verdict);
    return [...this.#groups.values()].sort(
      (a, b) =>
        rank(a) - rank(b) || b.flows - a.flows || b.bytes - a.bytes || compareText(a.subnet, b.subnet),
    );
  }
}
