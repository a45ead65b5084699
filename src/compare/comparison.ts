import { ownText } from "../own-text.ts";
import { ourAddress, farAddress, subnetOf } from "../results/client-subnet.ts";
import type { ResultFlow } from "../results/flow-result.ts";
import { Side } from "./side.ts";

/** What groups of flows are compared: everything, a service, a subnet of yours, or flows of one kind. */
export const LEVELS = ["all", "service", "subnet", "flow"] as const;
export type Level = (typeof LEVELS)[number];

/** By what your side of a flow is known. */
export type ClientKey = "host" | "subnet";

/** What the flows of a group have in common; undefined: anything. */
export interface GroupKey {
  readonly level: Level;
  /** Address or subnet of your side. */
  readonly client: string | undefined;
  /** Name of the server, else the prefix of Microsoft's list that holds it, else its address. */
  readonly server: string | undefined;
  /** Undefined also where the port was chosen for the flow alone. */
  readonly serverPort: number | undefined;
  readonly transport: string | undefined;
  readonly application: string | undefined;
  /** Service area and category. */
  readonly service: string | undefined;
}

export interface Group {
  readonly key: GroupKey;
  readonly before: Side;
  readonly after: Side;
}

/** The side of a result that has no such flow; never added to. Most groups of flows have one. */
const NOBODY: Side = new Side();

/** Most groups of one level, about two kilobytes each; flows of further ones are only counted. */
const MOST_GROUPS = 100_000;

/** Ports from here on are chosen by systems for one flow (RFC 6056, section 2.1, and Linux): the next flow has another. */
const FIRST_DYNAMIC_PORT = 32_768;

/** Two results side by side, by groups of flows that an engineer would call the same. */
export class Comparison {
  readonly #by: ClientKey;
  readonly #groups: Readonly<Record<Level, Map<string, Group>>> = {
    all: new Map(),
    service: new Map(),
    subnet: new Map(),
    flow: new Map(),
  };
  /** Flows that are in no group of some level, because there were too many. */
  left = 0;

  constructor(by: ClientKey) {
    this.#by = by;
  }

  add(side: "before" | "after", flow: ResultFlow): void {
    const service = serviceText(flow);
    const ours = ourAddress(flow);
    const subnet = subnetOf(ours);
    this.#addTo(side, flow, { ...ANY, level: "all" });
    this.#addTo(side, flow, { ...ANY, level: "service", service });
    this.#addTo(side, flow, { ...ANY, level: "subnet", client: subnet });
    const { server_port: port, transport, application } = flow;
    this.#addTo(side, flow, {
      level: "flow",
      client: this.#by === "host" ? ours : subnet,
      server: flow.host ?? flow.matched_prefix ?? farAddress(flow),
      serverPort: port !== undefined && port < FIRST_DYNAMIC_PORT ? port : undefined,
      transport,
      application,
      service,
    });
  }

  #addTo(side: "before" | "after", flow: ResultFlow, key: GroupKey): void {
    const { client, server, serverPort, transport, application, service } = key;
    const groups = this.#groups[key.level];
    const text = [client, server, serverPort, transport, application, service].join("\u0000");
    let group: { readonly key: GroupKey; before: Side; after: Side } | undefined = groups.get(text);
    if (group === undefined) {
      if (groups.size >= MOST_GROUPS) {
        this.left += 1;
        return;
      }
      group = { key: ownKey(key), before: NOBODY, after: NOBODY };
      groups.set(ownText(text), group);
    }
    if (group[side] === NOBODY) group[side] = new Side();
    group[side].add(flow);
  }

  /** All groups, level by level, in the order in which they appeared. */
  get groups(): Group[] {
    return LEVELS.flatMap((level) => [...this.#groups[level].values()]);
  }
}

/** The key without the row that its texts are pieces of. */
function ownKey(key: GroupKey): GroupKey {
  const own = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : ownText(text);
  const { client, server, transport, application, service } = key;
  return {
    ...key,
    client: own(client),
    server: own(server),
    transport: own(transport),
    application: own(application),
    service: own(service),
  };
}

const ANY = {
  client: undefined,
  server: undefined,
  serverPort: undefined,
  transport: undefined,
  application: undefined,
  service: undefined,
};

function serviceText(flow: ResultFlow): string {
  return flow.service_area === undefined
    ? "outside Office 365"
    : [flow.service_area, flow.category, flow.traffic_type].filter((word) => word !== undefined).join(" ");
}
