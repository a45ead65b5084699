import { describe, expect, it } from "vitest";
import { assembleCalls } from "../../src/callflow/assemble.ts";
import type { CallFlow } from "../../src/callflow/call-flow.ts";
import { scenarioTable } from "../../src/callflow/scenarios.ts";
import type { Path } from "../../src/words.ts";
import { flow, signaling, stream } from "./flows.ts";

const SITE = { hasExpressRoute: true };

const SHARED_STREAM = { streams: [stream(0x21000001)] };

/** What a capture of each row shows, with media on a given path; and the paths that the article documents. */
interface Row {
  readonly id: string;
  readonly documented: Path;
  readonly deviation: Path;
  flows(path: Path): CallFlow[];
}

const ROWS: readonly Row[] = [
  {
    id: "online-p2p-internal",
    documented: "local",
    deviation: "internet",
    flows: (path) => [
      signaling("alice:51001 signaling:443", { path: "expressroute" }),
      signaling("bob:51002 signaling:443", { path: "expressroute" }),
      flow("alice:50012 bob:50006", { path }),
    ],
  },
  {
    id: "online-p2p-internal-external",
    documented: "expressroute",
    deviation: "internet",
    flows: (path) => [
      signaling("alice:51001 signaling:443", { path: "expressroute" }),
      flow("alice:50012 online:3478", { path }),
    ],
  },
  {
    id: "online-p2p-federated",
    documented: "expressroute",
    deviation: "internet",
    flows: (path) => [flow("alice:50012 online:3478", { path })],
  },
  {
    id: "online-conference-internal",
    documented: "expressroute",
    deviation: "internet",
    flows: (path) => [
      flow("alice:50012 online:3479", { path }),
      flow("alice:50028 online:3480", { path, modality: "video" }),
    ],
  },
  {
    id: "online-conference-external",
    documented: "internet",
    deviation: "expressroute",
    flows: (path) => [
      signaling("roamer:51001 signaling:443", { path: "internet" }),
      flow("roamer:50012 online:3479", { path }),
    ],
  },
  {
    id: "online-conference-third-party",
    documented: "internet",
    deviation: "expressroute",
    flows: (path) => [flow("alice:50012 fabrikam:3478", { path })],
  },
  {
    id: "online-pstn-internal",
    documented: "expressroute",
    deviation: "internet",
    flows: (path) => [flow("alice:50012 online:3478", { path })],
  },
  {
    id: "online-pstn-external",
    documented: "internet",
    deviation: "expressroute",
    flows: (path) => [flow("roamer:50012 online:3478", { path })],
  },
  {
    id: "hybrid-p2p-onprem",
    documented: "local",
    deviation: "expressroute",
    flows: (path) => [
      signaling("carol:51001 frontEnd:5061", { path: "local" }),
      flow("carol:50012 dave:50006", { path }),
    ],
  },
  {
    id: "hybrid-p2p-mixed",
    documented: "local",
    deviation: "internet",
    flows: (path) => [
      signaling("alice:51001 signaling:443", { path: "expressroute" }),
      signaling("carol:51001 frontEnd:5061", { path: "local" }),
      flow("alice:50012 carol:50006", { path }),
    ],
  },
  {
    id: "hybrid-p2p-federated",
    documented: "internet",
    deviation: "expressroute",
    flows: (path) => [
      flow("carol:50014 innerEdge:3478", { path: "local", ...SHARED_STREAM }),
      flow("edge:50640 stranger:50700", { path, ...SHARED_STREAM }),
    ],
  },
  {
    id: "hybrid-conference-online",
    documented: "expressroute",
    deviation: "internet",
    flows: (path) => [
      signaling("carol:51001 frontEnd:5061", { path: "local" }),
      flow("carol:50012 online:3479", { path }),
    ],
  },
  {
    id: "hybrid-pstn-onprem",
    documented: "local",
    deviation: "internet",
    flows: (path) => [
      flow("carol:50012 mediation:49210", { path }),
      flow("mediation:49200 gateway:20002", { path: "local" }),
    ],
  },
  {
    id: "cloud-connector-pstn-internal",
    documented: "local",
    deviation: "internet",
    flows: (path) => [
      signaling("alice:51001 signaling:443", { path: "expressroute" }),
      flow("alice:50012 cloudConnector:49400", { path }),
    ],
  },
  {
    id: "cloud-connector-pstn-external",
    documented: "internet",
    deviation: "expressroute",
    flows: (path) => [flow("stranger:50012 cloudConnector:3478", { path })],
  },
  {
    id: "hybrid-conference-onprem-hosted",
    documented: "local",
    deviation: "internet",
    flows: (path) => [
      signaling("alice:51001 signaling:443", { path: "expressroute" }),
      flow("alice:50012 frontEnd:49500", { path }),
    ],
  },
  {
    id: "hybrid-conference-onprem-edge-relay",
    documented: "expressroute",
    deviation: "internet",
    flows: (path) => [
      flow("stranger:50012 edge:3478", { path: "internet", ...SHARED_STREAM }),
      flow("edge:50660 online:3479", { path, ...SHARED_STREAM }),
    ],
  },
  {
    id: "broadcast-presenter",
    documented: "expressroute",
    deviation: "internet",
    flows: (path) => [
      flow("alice:50012 online:3479", { path }),
      flow("alice:50028 online:3480", { path, modality: "video" }),
    ],
  },
  {
    id: "broadcast-attendee",
    documented: "internet",
    deviation: "expressroute",
    flows: (path) => [
      flow("alice:51001 stream:443", {
        path,
        transport: "tcp",
        application: "tls",
        trafficType: "broadcast",
        modality: undefined,
        host: "contoso.streaming.mediaservices.windows.net",
        hostRole: "broadcast-stream",
        bytesBack: 1_000_000,
      }),
    ],
  },
];

describe("every row of the article", () => {
  it("stands in the table once, and here", () => {
    expect(ROWS.map(({ id }) => id)).toEqual(scenarioTable().scenarios.map(({ id }) => id));
  });

  it.each(ROWS)("$id: recognised among the rows that fit, and as documented", ({ id, flows, documented }) => {
    const calls = assembleCalls(flows(documented), SITE);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.scenarios.map((scenario) => scenario.id)).toContain(id);
    expect(calls[0]?.verdict, calls[0]?.reason).toBe("as-documented");
  });

  it.each(ROWS)("$id: media on $deviation deviates", ({ flows, deviation }) => {
    const [call] = assembleCalls(flows(deviation), SITE);
    expect(call?.verdict, call?.reason).toBe("deviates");
  });

  it.each(ROWS)("$id: without any observed path nothing is claimed", ({ flows }) => {
    const unseen = flows("unknown").map((item) => ({
      ...item,
      pathOut: "unknown" as const,
      pathBack: "unknown" as const,
    }));
    const [call] = assembleCalls(unseen, SITE);
    expect(call?.verdict).toBe("unproven");
  });
});
