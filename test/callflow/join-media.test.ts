import { describe, expect, it } from "vitest";
import { assembleCalls } from "../../src/callflow/assemble.ts";
import type { Call } from "../../src/callflow/call.ts";
import type { CallFlow } from "../../src/callflow/call-flow.ts";
import { DIALOG, flow, HOUR, signaling, stream } from "./flows.ts";

type SdpMedia = CallFlow["dialogs"][number]["media"][number];

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

  it("two clients of which one reaches the address that a relay granted to the other", () => {
    const told = (kind: "relayed" | "peer", port: number): CallFlow["reported"][number] =>
      ({ kind, address: "52.115.63.30", port, firstPacket: 1 }) as CallFlow["reported"][number];
    const relayed = (who: string, own: number, peer: number, at = 4): CallFlow =>
      flow(`${who}:50012 online:3478`, { at, reported: [told("relayed", own), told("peer", peer)] });
    const [call, ...others] = assemble(relayed("alice", 51000, 52000), relayed("bob", 52000, 51000));
    expect(others).toEqual([]);
    expect(call?.users.map(({ address }) => address)).toEqual(["10.20.30.41", "10.20.31.52"]);
    // Another moment's grant, and a port that relays share among all.
    expect(assemble(relayed("alice", 51000, 52000), relayed("bob", 52000, 51000, 200))).toHaveLength(2);
    expect(assemble(relayed("alice", 3480, 3479), relayed("bob", 3479, 3480))).toHaveLength(2);
  });

  it("RTCP and SIP with the hundredth call at the same ports, and a client's signaling with its hundredth call", () => {
    const starts = Array.from({ length: 100 }, (_, i) => 10 + i * 400);
    const offers = (port: number): SdpMedia[] => [
      { kind: "audio", addresses: [{ address: "10.20.6.20", port }] } as unknown as SdpMedia,
    ];
    const trunk = signaling("mediation:5060 gateway:5060", {
      application: "sip",
      at: 0,
      lasts: 40_000,
      dialogs: starts.map((at) => ({
        ...DIALOG,
        callId: `${at}`,
        startSeconds: HOUR + at,
        endSeconds: HOUR + at + 20,
        media: [...offers(5004), ...offers(7001)],
      })),
    });
    const calls = assemble(
      trunk,
      signaling("alice:51001 signaling:443", { at: 0, lasts: 40_000 }),
      ...starts.flatMap((at) => [
        flow("mediation:50010 gateway:5004", { at: at + 1, lasts: 10 }),
        flow("mediation:50777 gateway:7001", { at: at + 2, lasts: 10, application: "rtcp" }),
        flow("alice:50012 online:3479", { at: at + 100, lasts: 10 }),
      ]),
    );
    expect(calls).toHaveLength(200);
    expect(new Set(calls.map(({ legs }) => legs.map(({ part }) => part).join(" ")))).toEqual(
      new Set(["media media signaling", "media signaling"]),
    );
  });

  it("not a carrier's calls, whose media is all at one address; the trunk's signaling is of each", () => {
    const trunk = signaling("stranger:5061 gateway:5061");
    const calls = assemble(
      trunk,
      flow("stranger:30000 gateway:20000"),
      flow("stranger:30001 gateway:20001", { at: 6, application: "rtcp" }),
      flow("gateway:20002 stranger:30002", { at: 20 }),
    );
    expect(calls.map(({ users }) => users.map(({ address }) => address))).toEqual([
      ["198.51.100.150"],
      ["198.51.100.150"],
    ]);
    expect(calls.map(({ legs }) => legs.map(({ part }) => part))).toEqual([
      ["media", "media", "signaling"],
      ["media", "signaling"],
    ]);
    // A declared home is one user's.
    expect(assemble(flow("roamer:30000 gateway:20000"), flow("roamer:30002 gateway:20002"))).toHaveLength(1);
  });

  it("not two clients behind one address of a NAT pool", () => {
    const behind = (port: number): CallFlow => {
      const one = flow(`alice:${port} online:3479`);
      return { ...one, client: { ...one.client, address: "203.0.113.5", translated: true } };
    };
    expect(assemble(behind(50012), behind(50014))).toHaveLength(2);
  });

  it("not those who speak at once at one address outside, be no pool declared there", () => {
    const speaks = (port: number, at: number, lasts: number, ssrc: number): CallFlow =>
      flow(`stranger:${port} online:3479`, {
        at,
        lasts,
        streams: [stream(ssrc, { startSeconds: HOUR + at, endSeconds: HOUR + at + lasts })],
      });
    const login = signaling("stranger:51001 signaling:443", { at: 3 });
    const shown = (...flows: CallFlow[]): string[] =>
      assemble(...flows, login).map(({ legs }) => legs.map(({ part }) => part).join(" "));
    expect(shown(speaks(50_012, 4, 60, 1e6), speaks(50_014, 6, 60, 2e6), speaks(50_016, 60, 9, 3e6))).toEqual(
      ["media", "media", "media"],
    );
    // A handover, and one who speaks beside a video, are one user's.
    expect(shown(speaks(50_012, 4, 60, 1e6), speaks(50_014, 50, 60, 2e6))).toEqual(["media media signaling"]);
    const video = flow("stranger:50020 online:3480", {
      modality: "video",
      streams: [stream(2e6, { modality: "video", startSeconds: HOUR, endSeconds: HOUR + 70 })],
    });
    expect(shown(speaks(50_012, 4, 60, 1e6), video)).toEqual(["media media signaling"]);
    // Where one direction was captured, two who are spoken to are two; else who speaks decides.
    const hears = (port: number, packetsOut: number): CallFlow => {
      const heard = speaks(port, 4, 60, port);
      return { ...heard, packetsOut, streams: heard.streams.map((one) => ({ ...one, way: "back" })) };
    };
    expect(shown(hears(50_012, 0), hears(50_014, 0))).toHaveLength(2);
    expect(shown(hears(50_012, 100), hears(50_014, 100))).toHaveLength(1);
    // Later, when nobody else is there, the address is one user's again.
    expect(
      shown(speaks(50_012, 4, 60, 1e6), speaks(50_014, 6, 60, 2e6), speaks(50_012, 100, 9, 4e6)),
    ).toHaveLength(3);
  });

  it("not RTCP with the call that had a gateway's port just before", () => {
    const calls = assemble(
      flow("mediation:49200 gateway:6010", { at: 4, lasts: 20 }),
      flow("mediation:49202 gateway:6010", { at: 26, lasts: 20 }),
      flow("mediation:49203 gateway:6011", { at: 27, lasts: 15, application: "rtcp" }),
    );
    expect(calls.map(({ legs }) => legs.length)).toEqual([1, 2]);
  });

  it("a relayed address that one flow was granted and another uses", () => {
    const calls = assemble(
      flow("carol:50014 innerEdge:3478", {
        reported: [
          { kind: "relayed", way: "back", address: "203.0.113.40", port: 50640, packets: 1, firstPacket: 2 },
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

  it("not users at a conference server that a relay names as the peer of another", () => {
    const peer = { kind: "peer", address: "52.115.63.30", port: 54_000, firstPacket: 1 };
    const calls = assemble(
      flow("alice:50012 online:3478", { reported: [peer as CallFlow["reported"][number]] }),
      flow("bob:50012 online:54000"),
      flow("carol:50012 online:54000"),
    );
    expect(calls).toHaveLength(3);
  });

  it.each([
    ["at once is of a call of its own", 5, stream(90_002), 2],
    ["after the relay's, from another address of the user's, is not", 60, stream(90_002), 1],
    ["at once with the stream that the relay carries is its other side", 5, stream(90_001), 1],
  ])("media straight to a server's port that a relay names as a peer: %s", (_, at, sent, count) => {
    const peer = { kind: "peer", address: "52.115.63.30", port: 54_000, firstPacket: 1 };
    const time = { startSeconds: HOUR + at, endSeconds: HOUR + at + 50 };
    const calls = assemble(
      flow("alice:50012 online:3478", {
        reported: [peer as CallFlow["reported"][number]],
        streams: [stream(90_001)],
      }),
      flow("bob:50012 online:54000", { at, lasts: 50, streams: [{ ...sent, ...time }] }),
    );
    expect(calls).toHaveLength(count);
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

  it("not two calls of users of whom one rings the other, unless both begin together after it", () => {
    const relayed = (who: string, at: number): CallFlow =>
      // The relay's address was asked for long before.
      flow(`${who}:50012 online:3478`, {
        at: at - 20,
        lasts: 80,
        streams: [stream(0x7a000001 + at, { startSeconds: HOUR + at, endSeconds: HOUR + at + 60 })],
      });
    const check = flow("alice:50014 bob:50020", { application: "stun", at: 30, lasts: 1 });
    const during = assemble(relayed("alice", 28), relayed("bob", 29), check);
    expect(during.map(({ legs }) => legs.map(({ part }) => part))).toEqual([["media", "checks"], ["media"]]);
    expect(assemble(relayed("alice", 20), relayed("bob", 33), check)).toHaveLength(2);
    expect(assemble(relayed("alice", 32), relayed("bob", 40), check)).toHaveLength(2);
    expect(assemble(relayed("alice", 32), relayed("bob", 33), check)).toHaveLength(1);
  });

  it("checks without media are no call", () => {
    expect(assemble(flow("alice:50012 online:3478", { application: "stun" }))).toEqual([]);
  });
});
