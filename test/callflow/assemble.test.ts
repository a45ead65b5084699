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

describe("when a call was", () => {
  it("from the first packet of its media to the last, not that of the allocation that was ready for it", () => {
    const spoken = stream(90_001, { startSeconds: HOUR + 604, endSeconds: HOUR + 664 });
    const [call] = assemble(flow("alice:50012 online:3478", { at: 4, lasts: 720, streams: [spoken] }));
    expect([call?.startUs, call?.endUs]).toEqual([(HOUR + 604) * 1e6, (HOUR + 664) * 1e6]);
    expect(call?.id).toBe(call?.legs[0]?.flow.flowId);
  });

  it("with the fax that came after its voice at the same ports, or before it", () => {
    const spoken = stream(90_001, { startSeconds: HOUR + 10, endSeconds: HOUR + 14 });
    const faxed = (startSeconds: number, endSeconds: number): (Call | undefined)[] =>
      assemble(
        flow("mediation:50012 gateway:60000", {
          at: 4,
          lasts: 120,
          streams: [spoken],
          fax: { startSeconds, endSeconds },
        }),
      );
    const times = ([call]: readonly (Call | undefined)[]): unknown => [call?.startUs, call?.endUs];
    expect(times(faxed(HOUR + 15, HOUR + 60))).toEqual([(HOUR + 10) * 1e6, (HOUR + 60) * 1e6]);
    expect(times(faxed(HOUR + 5, HOUR + 9))).toEqual([(HOUR + 5) * 1e6, (HOUR + 14) * 1e6]);
  });

  it("as its flows were where no stream was read", () => {
    const spoken = stream(90_001, { startSeconds: HOUR + 5, endSeconds: HOUR + 30 });
    const [call] = assemble(
      flow("alice:50012 online:3478", { at: 4, lasts: 30, streams: [spoken] }),
      flow("alice:50014 online:3479", { at: 4.5, lasts: 40, application: "rtcp" }),
    );
    expect([call?.startUs, call?.endUs]).toEqual([(HOUR + 4.5) * 1e6, (HOUR + 44.5) * 1e6]);
  });
});

describe("media in the TLS of a relay", () => {
  const relay = (packets: number, lasts: number): CallFlow =>
    signaling("alice:50014 online:443", {
      trafficType: "media",
      hostRole: "media-relay",
      path: "internet",
      packetsOut: packets,
      packetsBack: packets >> 1,
      lasts,
    });

  it("is a call over TCP, although nothing of it can be read", () => {
    const [call] = assemble(
      signaling("alice:51001 signaling:443", { path: "expressroute" }),
      relay(3000, 60),
    );
    expect(call).toMatchObject({
      route: "relayed",
      tcpFallback: true,
      transports: ["tcp"],
      verdict: "deviates",
    });
    expect(call?.legs.map(({ part }) => part)).toEqual(["media", "signaling"]);
  });

  it("is told from an allocation that was held ready, by how much went how fast", () => {
    expect(assemble(relay(20, 1))).toEqual([]);
    expect(assemble(relay(90, 1))).toEqual([]);
    expect(assemble(relay(500, 3000))).toEqual([]);
    const [call] = assemble(relay(20, 4), flow("alice:50012 online:3479", { path: "expressroute" }));
    expect(call?.tcpFallback).toBe(false);
    expect(call?.legs.map(({ part }) => part)).toEqual(["media", "checks"]);
  });
});

describe("pseudo-TLS without media that can be read", () => {
  const held = (packets: number): CallFlow =>
    flow("alice:50018 online:443", {
      transport: "tcp",
      application: "pseudo-tls",
      microsoftIce: true,
      packetsOut: packets,
      packetsBack: packets,
      lasts: 20,
    });

  it("is an allocation held ready, no media and no call by itself", () => {
    expect(assemble(held(9))).toEqual([]);
    const [call] = assemble(held(9), flow("alice:50012 online:3479"));
    expect(call).toMatchObject({ transports: ["udp"], tcpFallback: false });
    expect(call?.legs.map(({ part }) => part)).toEqual(["media", "checks"]);
  });

  it("is media where more goes than an allocation takes", () => {
    expect(assemble(held(1000))[0]).toMatchObject({ transports: ["tcp"], tcpFallback: true });
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

  it("through a proxy of the site are of nobody, and not one call of all that it fetches", () => {
    const fetched = (second: number): CallFlow => ({
      ...broadcast({ startUs: (HOUR + second) * 1e6, endUs: (HOUR + second + 30) * 1e6 }),
      client: flow("proxy:51000 stream:443").client,
      flowId: `1:${second}`,
    });
    const calls = assemble(fetched(1), fetched(5));
    expect(calls.map(({ users }) => users)).toEqual([[], []]);
  });

  it("asked of a proxy of the site are local as far as that", () => {
    const asked = { ...broadcast({}), pathOut: "local", pathBack: "local" } as const;
    const [call] = assemble({ ...asked, server: flow("alice:51001 proxy:8080").server });
    expect(call).toMatchObject({ verdict: "as-documented", legs: [{ documented: "local" }] });
    expect(call?.scenarios.map(({ id }) => id)).toEqual(["broadcast-attendee"]);
    expect(assemble(asked)[0]).toMatchObject({ verdict: "unproven", legs: [{ documented: "internet" }] });
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
        streams: [
          stream(0x7a000001, { burstLossPercent: 40 }),
          stream(0x7a000002, { burstLossPercent: 60, codec: "rtx" }),
        ],
      }),
    );
    expect(call?.quality).toMatchObject({ quality: "good", burstLossPercent: 40 });
  });

  it("media over TCP is a fallback, with what was sent again", () => {
    const [call] = assemble(flow("alice:50012 online:443", { transport: "tcp", retransmissions: 7 }));
    expect(call).toMatchObject({ tcpFallback: true, retransmissions: 7 });
  });
});

describe("the address under which a user was seen", () => {
  it("is none that the other end of the flow sees as it is", () => {
    const told = (address: string): CallFlow["reported"][number] =>
      ({ kind: "mapped", address, port: 50014, firstPacket: 1 }) as CallFlow["reported"][number];
    const [call] = assemble(
      flow("alice:50012 bob:50014", {
        microsoftIce: true,
        reported: [told("10.20.31.52"), told("10.20.30.41")],
      }),
      flow("alice:50012 online:3478", { reported: [told("203.0.113.5")] }),
    );
    expect(call?.reflexive).toEqual(["203.0.113.5:50014"]);
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
