import { describe, expect, it } from "vitest";
import { assembleCalls, certainExpected } from "../../src/callflow/assemble.ts";
import type { CallFlow } from "../../src/callflow/call-flow.ts";
import { isLegKind } from "../../src/callflow/leg-kind.ts";
import { scenarioTable } from "../../src/callflow/scenarios.ts";
import type { SdpAddress, SdpMedia } from "../../src/protocols/recognition.ts";
import type { Path } from "../../src/words.ts";
import { SHARED, sharedJson } from "../support/shared.ts";
import { flow, HOUR, signaling, stream } from "./flows.ts";

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

describe("rows that packets tell apart", () => {
  const idsOf = (...flows: CallFlow[]): string[] =>
    assembleCalls(flows, SITE)[0]?.scenarios.map(({ id }) => id) ?? [];

  it("gives all that look alike, in the table's order", () => {
    expect(idsOf(flow("alice:50012 online:3478"))).toEqual([
      "online-p2p-internal-external",
      "online-p2p-federated",
      "online-conference-internal",
      "online-pstn-internal",
      "broadcast-presenter",
    ]);
  });

  it("says what would decide between them", () => {
    const [call] = assembleCalls([flow("alice:50012 online:3478")], SITE);
    expect(call?.open).toContain("online-pstn-internal: the other side is a telephone");
  });

  it("video excludes the telephone", () => {
    expect(idsOf(flow("alice:50028 online:3480", { modality: "video" }))).not.toContain(
      "online-pstn-internal",
    );
  });

  const address = (port: number): SdpAddress => ({
    ...{ kind: "connection", transport: "udp", address: "10.20.30.41", port },
  });
  const offer = (port: number): SdpMedia => ({
    ...{ direction: 0, media: "audio", modality: "audio", addresses: [address(port)], payloadTypes: [] },
    ...{ iceUfrag: undefined, ssrcRanges: [], firstPacket: 1 },
  });

  it.each([
    ["at its time", {}, "certain"],
    ["that offers its address", { media: [offer(50012)] }, "certain"],
    ["of another hour", { startSeconds: HOUR - 3000, endSeconds: HOUR - 2000 }, "possible"],
    ["of other media at its time", { media: [offer(50090)] }, "possible"],
  ] as const)("a conference named in a dialog %s", (_which, other, certainty) => {
    const dialog = {
      ...{ callId: "a", from: "sip:a@contoso.com", to: "sip:b@contoso.com;opaque=app:conf:focus:id:A" },
      ...{ method: "INVITE", status: 200, userAgent: undefined, conversationId: undefined },
      ...{ startSeconds: HOUR + 3, endSeconds: HOUR + 60, firstPacket: 1, media: [] },
      ...other,
    };
    const sip = signaling("alice:51001 signaling:443", { application: "sip", dialogs: [dialog] });
    const [call] = assembleCalls([sip, flow("alice:50012 online:3479")], SITE);
    expect(call?.conference.certainty).toBe(certainty);
    expect(call?.reason).toContain("rows fit: signaling that can be read does not decide");
  });

  it("says that signaling was not seen, or is encrypted", () => {
    const media = flow("alice:50012 online:3479");
    const [alone] = assembleCalls([media], SITE);
    expect(alone?.reason).toContain("rows fit: no signaling was seen");
    const [hidden] = assembleCalls([media, signaling("alice:51001 signaling:443", {})], SITE);
    expect(hidden?.reason).toContain("rows fit: signaling is encrypted");
  });

  it("a conference named in SIP leaves the conferences", () => {
    const dialog = {
      callId: "a",
      from: "sip:alice@contoso.com",
      to: "sip:bob@contoso.com;gruu;opaque=app:conf:focus:id:ABC",
      method: "INVITE",
      status: 200,
      userAgent: undefined,
      conversationId: undefined,
      startSeconds: HOUR + 3,
      endSeconds: HOUR + 60,
      firstPacket: 1,
      media: [],
    };
    expect(
      idsOf(
        signaling("alice:51001 signaling:443", { application: "sip", dialogs: [dialog] }),
        flow("alice:50012 online:3479"),
      ),
    ).toEqual(["online-conference-internal", "broadcast-presenter"]);
  });

  it("a telephone call of a user homed Online through a Mediation Server is no row of the article", () => {
    const [call] = assembleCalls([flow("alice:50012 mediation:49210")], SITE);
    expect(call?.scenarios).toEqual([]);
    expect(call?.open).toContain("users.on-premises");
  });

  it("a client at an undeclared public address may be inside behind NAT or outside", () => {
    const [call] = assembleCalls([flow("stranger:50012 online:3479", { path: "expressroute" })], SITE);
    expect(call?.legs[0]?.kind).toBe("unplaced-online");
    expect(call?.legs[0]?.documented).toBe("either");
  });

  it("expects the scenario's path only where one row fits", () => {
    const relayed = [
      flow("stranger:50012 edge:3478", { path: "internet", ...SHARED_STREAM }),
      flow("edge:50660 online:3479", { path: "internet", ...SHARED_STREAM }),
    ];
    const [one] = assembleCalls(relayed, SITE);
    expect(relayed.map((item) => one && certainExpected(one, item))).toEqual(["internet", "expressroute"]);
    const alone = flow("alice:50012 online:3478");
    const [several] = assembleCalls([alone], SITE);
    expect(several && certainExpected(several, alone)).toBeUndefined();
  });

  it("documents the Internet for a destination that is not listed, and for a site without ExpressRoute", () => {
    const media = flow("alice:50012 online:3478", { eligible: false });
    expect(assembleCalls([media], SITE)[0]?.legs[0]?.documented).toBe("internet");
    const eligible = flow("alice:50012 online:3478");
    expect(assembleCalls([eligible], { hasExpressRoute: false })[0]?.legs[0]?.documented).toBe("internet");
  });
});

describe("data/scenarios.json", () => {
  const table = scenarioTable();

  it("names only places, principles and contradictions that there are", () => {
    const principles = new Set(table.principles.map(({ id }) => id));
    const contradictions = new Set(table.contradictions.map(({ id }) => id));
    for (const scenario of table.scenarios) {
      for (const leg of [...scenario.signaling, ...scenario.media]) {
        expect(leg.between.filter((kind) => !isLegKind(kind))).toEqual([]);
        expect((leg.expected === undefined) !== (leg.either === undefined)).toBe(true);
      }
      for (const fit of scenario.fits)
        expect([...(fit.has ?? []), ...(fit.only ?? [])].filter((kind) => !isLegKind(kind))).toEqual([]);
      expect(scenario.principles.filter((id) => !principles.has(id))).toEqual([]);
      if (scenario.contradiction !== undefined) expect(contradictions.has(scenario.contradiction)).toBe(true);
    }
    expect(table.principles.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(contradictions.size).toBe(2);
  });

  it.skipIf(SHARED === undefined)("documents the article's paths for every row", () => {
    interface Fact {
      readonly id: string;
      readonly deployment: string;
      readonly usage: string;
      readonly signaling?: readonly { readonly expected?: string; readonly either?: readonly string[] }[];
      readonly media: readonly { readonly expected?: string; readonly either?: readonly string[] }[];
    }
    const facts = sharedJson<{ readonly scenarios: readonly Fact[] }>(
      "facts",
      "call-flow-scenarios.json",
    ).scenarios;
    expect(table.scenarios.map(({ id, deployment, usage }) => ({ id, deployment, usage }))).toEqual(
      facts.map(({ id, deployment, usage }) => ({ id, deployment, usage })),
    );
    for (const fact of facts) {
      const scenario = table.scenarios.find(({ id }) => id === fact.id);
      for (const part of ["signaling", "media"] as const) {
        const ours = new Set(scenario?.[part].flatMap((leg) => leg.expected ?? leg.either ?? []));
        for (const leg of fact[part] ?? [])
          for (const path of leg.expected === undefined ? (leg.either ?? []) : [leg.expected])
            // The federated user signals on another company's network: no leg of ours.
            if (!(fact.id === "hybrid-p2p-federated" && part === "signaling" && path === "expressroute"))
              expect([...ours], `${fact.id} ${part}`).toContain(path);
      }
    }
  });
});
