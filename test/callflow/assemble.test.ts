import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assembleCalls } from "../../src/callflow/assemble.ts";
import type { Call } from "../../src/callflow/call.ts";
import type { CallFlow } from "../../src/callflow/call-flow.ts";
import type { Modality, Path } from "../../src/words.ts";
import { flow, HOUR, signaling, stream } from "./flows.ts";

const SITE = { hasExpressRoute: true };

function assemble(...flows: CallFlow[]): Call[] {
  return assembleCalls(flows, SITE);
}

describe("which flows are one call", () => {
  it("audio and video of the same client at the same time", () => {
    const calls = assemble(
      flow("alice:50012 online:3479"),
      flow("alice:50028 online:3480", { at: 5, modality: "video" }),
    );
    expect(calls).toHaveLength(1);
    expect(calls[0]?.modalities).toEqual(["audio", "video"]);
  });

  it("not two calls of a client with silence between them", () => {
    expect(
      assemble(flow("alice:50012 online:3479", { lasts: 60 }), flow("alice:50014 online:3479", { at: 80 })),
    ).toHaveLength(2);
  });

  it("not two clients that use the same relay", () => {
    expect(assemble(flow("alice:50012 online:3479"), flow("bob:50012 online:3479"))).toHaveLength(2);
  });

  it("not two clients behind one address of a NAT pool", () => {
    const behind = (port: number): CallFlow => {
      const one = flow(`alice:${port} online:3479`);
      return { ...one, client: { ...one.client, address: "203.0.113.5", translated: true } };
    };
    expect(assemble(behind(50012), behind(50014))).toHaveLength(2);
  });

  it("both sides of an Edge by SSRC and sequence", () => {
    const calls = assemble(
      flow("stranger:50012 edge:3478", { streams: [stream(0x7a000001)] }),
      flow("edge:50660 online:3479", {
        at: 4.2,
        streams: [stream(0x7a000001, { firstSequence: 1020, lastSequence: 1119 })],
      }),
    );
    expect(calls).toHaveLength(1);
    expect(calls[0]?.legs.map((leg) => leg.kind)).toEqual(["outside-edge", "edge-online"]);
  });

  it("not both sides of an Edge by an SSRC whose sequence numbers are others", () => {
    expect(
      assemble(
        flow("stranger:50012 edge:3478", { streams: [stream(0x7a000001)] }),
        flow("edge:50660 online:3479", {
          streams: [stream(0x7a000001, { firstSequence: 30000, lastSequence: 30099 })],
        }),
      ),
    ).toHaveLength(2);
  });

  it("not by a conference server's own SSRC, which many calls have", () => {
    expect(
      assemble(
        flow("stranger:50012 edge:3478", { streams: [stream(1001)] }),
        flow("edge:50660 online:3479", { streams: [stream(1001)] }),
      ),
    ).toHaveLength(2);
  });

  it("a relayed address that one flow was granted and another uses", () => {
    const calls = assemble(
      flow("carol:50014 innerEdge:3478", {
        reported: [
          { kind: "relayed", direction: 1, address: "203.0.113.40", port: 50640, packets: 1, firstPacket: 2 },
        ],
      }),
      flow("edge:50640 stranger:50700"),
    );
    expect(calls).toHaveLength(1);
    expect(calls[0]?.relays).toContainEqual({
      address: "10.20.5.40",
      port: 3478,
      whose: "own edge",
      relayed: ["203.0.113.40:50640"],
    });
  });

  it("a Mediation Server's two sides when there is one of each, and not when there are several", () => {
    const pair = [flow("carol:50012 mediation:49210"), flow("mediation:49200 gateway:20002", { at: 5 })];
    expect(assemble(...pair)).toHaveLength(1);
    expect(assemble(...pair, flow("mediation:49202 gateway:20004", { at: 5 }))).toHaveLength(3);
  });

  it("a Mediation Server's sides by its address where several have calls at once, and a leg of several ports", () => {
    const at = (start: number): CallFlow[] => [
      flow("carol:50012 mediation:49210", { at: start }),
      flow("mediation:49200 gateway:20002", { at: start + 1 }),
    ];
    const elsewhere = at(5).map((item) => {
      const moved = (end: CallFlow["client"]): CallFlow["client"] =>
        end.role === "mediation" ? { ...end, address: "10.20.5.11" } : { ...end, address: `${end.address}0` };
      return {
        ...item,
        flowId: `${item.flowId} elsewhere`,
        client: moved(item.client),
        server: moved(item.server),
      };
    });
    expect(assemble(...at(4), ...elsewhere).map(({ legs }) => legs.length)).toEqual([2, 2]);
  });

  it("RTCP on a port of its own with its media, also of a Mediation Server's two sides", () => {
    const media = [flow("carol:50012 mediation:49210"), flow("mediation:49200 gateway:20002", { at: 5 })];
    const control = [
      flow("carol:50013 mediation:49211", { at: 6, application: "rtcp" }),
      flow("mediation:49201 gateway:20003", { at: 6, application: "rtcp" }),
    ];
    const [call, ...more] = assemble(...media, ...control);
    expect(more).toEqual([]);
    expect(call?.legs).toHaveLength(4);
    // Ports far from any media's, and media of other times, are another call's.
    const alone = [
      flow("mediation:49231 gateway:20033", { at: 6, application: "rtcp" }),
      flow("mediation:49201 gateway:20003", { at: 600, application: "rtcp" }),
    ];
    expect(assemble(...media, ...alone)).toHaveLength(3);
  });

  it("media that SDP offers", () => {
    const offer = (address: string, port: number): CallFlow["dialogs"][number]["media"][number] => ({
      direction: 0,
      media: "audio",
      modality: "audio",
      addresses: [{ kind: "connection", transport: "udp", address, port }],
      payloadTypes: [],
      iceUfrag: undefined,
      ssrcRanges: [],
      firstPacket: 1,
    });
    const sip = signaling("mediation:5060 gateway:5060", {
      application: "sip",
      dialogs: [
        {
          callId: "a",
          from: "sip:+441632960001@contoso.com",
          to: "sip:+441632960002@contoso.com",
          method: "INVITE",
          status: 200,
          userAgent: undefined,
          conversationId: undefined,
          startSeconds: HOUR + 3,
          endSeconds: HOUR + 64,
          firstPacket: 1,
          media: [offer("10.20.5.10", 49200), offer("10.20.6.20", 20002)],
        },
      ],
    });
    const [call] = assemble(sip, flow("mediation:49200 gateway:20002"));
    expect(call?.legs.map((leg) => leg.part)).toEqual(["media", "signaling"]);
    expect(call?.pstn.certainty).toBe("certain");
  });

  it("signaling of the same client up to 30 seconds before its media, and not sooner", () => {
    const parts = (...flows: CallFlow[]): string[] =>
      assemble(...flows)[0]?.legs.map((leg) => leg.part) ?? [];
    const media = flow("alice:50012 online:3479", { at: 100 });
    expect(parts(media, signaling("alice:51001 signaling:443", { at: 70, lasts: 0 }))).toHaveLength(2);
    expect(parts(media, signaling("alice:51001 signaling:443", { at: 60, lasts: 9 }))).toHaveLength(1);
    expect(parts(media, signaling("alice:51001 signaling:443", { at: 0, lasts: 3000 }))).toHaveLength(2);
    expect(parts(media, signaling("bob:51001 signaling:443", { at: 90 }))).toHaveLength(1);
  });

  it("connectivity checks are shown, and do not judge", () => {
    const [call] = assemble(
      flow("alice:50012 online:3479", { path: "expressroute" }),
      flow("alice:50012 stranger:50020", { application: "stun", path: "internet", expected: "expressroute" }),
    );
    expect(call?.legs.map((leg) => leg.part)).toEqual(["media", "checks"]);
    expect(call?.verdict).toBe("as-documented");
  });

  it("checks without media are no call", () => {
    expect(assemble(flow("alice:50012 online:3478", { application: "stun" }))).toEqual([]);
  });
});

describe("whose call it is", () => {
  it("media to an unknown address outside is another vendor's, even beside Teams' signaling", () => {
    const [call] = assemble(
      signaling("alice:51001 signaling:443"),
      flow("alice:40000 stranger:9000", { path: "internet" }),
    );
    expect(call?.verdict).toBe("not-office365");
    expect(call?.scenarios).toEqual([]);
  });

  it("unless its STUN is Microsoft's", () => {
    const [call] = assemble(flow("alice:40000 stranger:50020", { path: "internet", microsoftIce: true }));
    expect(call?.scenarios.map(({ id }) => id)).toContain("online-p2p-internal-external");
    expect(call?.verdict).toBe("as-documented");
  });

  it("media between two inside addresses without any sign of Office 365 is not Office 365's", () => {
    expect(assemble(flow("alice:50012 bob:50006", { path: "local" }))[0]?.verdict).toBe("not-office365");
  });
});

describe("broadcasts", () => {
  const broadcast = (making: Partial<CallFlow>): CallFlow =>
    flow("alice:51001 stream:443", {
      transport: "tcp",
      application: "tls",
      trafficType: "broadcast",
      modality: undefined,
      hostRole: "broadcast-stream",
      bytesBack: 1_000_000,
      ...making,
    });

  it("connections that follow each other are one attendee's stream, with the portal before it", () => {
    const [call, ...others] = assemble(
      broadcast({ hostRole: "broadcast-portal", startUs: HOUR * 1e6, bytesBack: 9000 }),
      broadcast({}),
      broadcast({ startUs: (HOUR + 100) * 1e6, endUs: (HOUR + 160) * 1e6 }),
    );
    expect(others).toEqual([]);
    expect(call?.legs.map((leg) => leg.part)).toEqual(["media", "media", "signaling"]);
    expect(call?.scenarios.map(({ id }) => id)).toEqual(["broadcast-attendee"]);
  });

  it("a web interface on a streaming host is no stream", () => {
    expect(assemble(broadcast({ bytesBack: 30_000 }))).toEqual([]);
  });
});

describe("what is said of quality", () => {
  const measured = (
    path: Path,
    loss: number,
    quality: "good" | "poor",
  ): Partial<CallFlow> & { path: Path } => ({
    path,
    quality: {
      codec: "SILK",
      jitterOutMs: 2,
      jitterBackMs: 3,
      lossOutPercent: loss,
      lossBackPercent: 0,
      rttMs: 20,
      mos: 4.3 - loss / 10,
      quality,
    },
  });

  it("the worst of the call, and ExpressRoute beside the Internet where both were seen", () => {
    const [call] = assemble(
      flow("alice:50012 online:3479", measured("expressroute", 0, "good")),
      flow("alice:50028 online:3480", measured("internet", 2, "poor")),
    );
    expect(call?.quality).toMatchObject({ quality: "poor", lossOutPercent: 2, jitterBackMs: 3, mos: 4.1 });
    expect(call?.qualityByPath.expressroute?.quality).toBe("good");
    expect(call?.qualityByPath.internet?.quality).toBe("poor");
  });

  it("a burst is reported and does not decide", () => {
    const [call] = assemble(
      flow("alice:50012 online:3479", {
        ...measured("expressroute", 0, "good"),
        streams: [stream(0x7a000001, { burstLossPercent: 40 })],
      }),
    );
    expect(call?.quality).toMatchObject({ quality: "good", burstLossPercent: 40 });
  });

  it("media over TCP is a fallback, with what was sent again", () => {
    const [call] = assemble(flow("alice:50012 online:443", { transport: "tcp", retransmissions: 7 }));
    expect(call).toMatchObject({ tcpFallback: true, retransmissions: 7 });
  });
});

describe("any flows", () => {
  const places = [
    "alice",
    "bob",
    "carol",
    "roamer",
    "stranger",
    "fabrikam",
    "online",
    "edge",
    "frontEnd",
    "gateway",
  ];
  const paths: readonly Path[] = ["local", "internet", "expressroute", "mixed", "unknown", "none"];
  const anyFlow = fc
    .record({
      from: fc.constantFrom(...places),
      to: fc.constantFrom(...places),
      ports: fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })),
      at: fc.integer({ min: 0, max: 120 }),
      lasts: fc.integer({ min: 0, max: 90 }),
      path: fc.constantFrom(...paths),
      type: fc.constantFrom("media" as const, "signaling" as const, "broadcast" as const),
      application: fc.constantFrom("rtp" as const, "stun" as const, "tls" as const),
      modality: fc.constantFrom<Modality | undefined>("audio", "video", undefined),
      ssrc: fc.option(fc.integer({ min: 0x10000, max: 0x10003 }), { nil: undefined }),
      number: fc.nat(),
    })
    .map(({ from, to, ports, type, ssrc, number, ...rest }) =>
      flow(`${from}:${50000 + ports[0]} ${to}:${50000 + ports[1]}`, {
        ...rest,
        flowId: String(number),
        trafficType: type,
        streams: ssrc === undefined ? [] : [stream(ssrc)],
      }),
    );

  it("give the same calls in whatever order they come", () => {
    fc.assert(
      fc.property(
        fc
          .uniqueArray(anyFlow, { maxLength: 30, selector: (item) => item.flowId })
          .chain((flows) =>
            fc.tuple(fc.constant(flows), fc.shuffledSubarray(flows, { minLength: flows.length })),
          ),
        ([flows, shuffled]) => {
          expect(assembleCalls(shuffled, SITE)).toEqual(assembleCalls(flows, SITE));
        },
      ),
      { numRuns: 200 },
    );
  });

  it("put every flow with media in exactly one call, named after its first", () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyFlow, { maxLength: 30, selector: (item) => item.flowId }), (flows) => {
        const calls = assembleCalls(flows, SITE);
        const media = calls.flatMap((call) =>
          call.legs.filter((leg) => leg.part === "media").map((leg) => leg.flow.flowId),
        );
        expect(new Set(media).size).toBe(media.length);
        const bearing = flows.filter(
          (item) => item.trafficType === "media" && (item.application === "rtp" || item.streams.length > 0),
        );
        expect(media.toSorted()).toEqual(bearing.map((item) => item.flowId).toSorted());
        for (const call of calls) expect(call.id).toBe(call.legs[0]?.flow.flowId);
      }),
      { numRuns: 200 },
    );
  });

  it("cost grows with their number only: ten thousand flows of one client are one call", () => {
    const flows = Array.from({ length: 10_000 }, (_, i) =>
      flow(`alice:${i} online:3479`, { at: 0, flowId: String(i), streams: [stream(0x7a000001)] }),
    );
    expect(assembleCalls(flows, SITE)).toHaveLength(1);
  });
});
