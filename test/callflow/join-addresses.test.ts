import { describe, expect, it } from "vitest";
import { assembleCalls } from "../../src/callflow/assemble.ts";
import type { Call } from "../../src/callflow/call.ts";
import type { CallFlow, CallReport } from "../../src/callflow/call-flow.ts";
import { flow, HOUR, type Making, stream } from "./flows.ts";

function assemble(...flows: CallFlow[]): Call[] {
  return assembleCalls(flows, { hasExpressRoute: true });
}

function told(kind: CallReport["kind"], who: string, way: CallReport["way"] = "back"): CallReport {
  const { address, port } = flow(`${who} online:3478`).client;
  return { kind, way, address, port, packets: 1, firstPacket: 1 };
}

/** Media with a stream of its own from `at` on. */
function talk(ends: string, ssrc: number, { at = 4, lasts = 60, ...rest }: Making = {}): CallFlow {
  const time = { startSeconds: HOUR + at, endSeconds: HOUR + at + lasts };
  return flow(ends, { at, lasts, streams: [stream(ssrc, time)], ...rest });
}

const VICTIMS = [talk("alice:50012 online:3479", 90_001), talk("bob:50020 online:3479", 90_002, { at: 5 })];

/** Checks of somebody who has no media there. */
function checksOf(who: string, ...reported: CallReport[]): CallFlow {
  return flow(`${who}:50040 stranger:3478`, {
    at: 1,
    lasts: 3,
    application: "stun",
    reported,
  });
}

function checks(...reported: CallReport[]): CallFlow {
  return checksOf("dave", ...reported);
}

describe("addresses of several users who speak at once", () => {
  it.each(["mapped", "relayed", "peer"] as const)("told of one side as %s join nothing", (kind) => {
    const calls = assemble(...VICTIMS, checks(told(kind, "alice:50012"), told(kind, "bob:50020")));
    expect(calls.map(({ legs }) => legs.length)).toEqual([1, 1]);
  });

  it("join nothing where relays granted them", () => {
    const granted = VICTIMS.map((item, i) => ({
      ...item,
      reported: [{ ...told("relayed", "alice:1"), address: "52.115.63.30", port: 52_000 + i }],
    }));
    const peers = granted.flatMap(({ reported }) =>
      reported.map((item) => ({ ...item, kind: "peer" as const })),
    );
    expect(assemble(...granted, checks(...peers))).toHaveLength(2);
    expect(assemble(...granted, checks(...peers.slice(0, 1)))).toHaveLength(2);
  });

  it("join nothing where one of them is told that the other's is its own", () => {
    const liar = talk("dave:50040 stranger:50000", 90_009, { reported: [told("mapped", "alice:50012")] });
    expect(assemble(liar, ...VICTIMS)).toHaveLength(3);
    // To the other end that end's own was told, and a peer is somebody else.
    const met = talk("dave:50040 online:3479", 90_009, { reported: [told("peer", "alice:50012")] });
    expect(assemble(met, ...VICTIMS)).toHaveLength(2);
  });
});

describe("addresses of several users, each told of as on another side", () => {
  const [alice, bob] = [told("mapped", "alice:50012"), told("peer", "bob:50020")];
  const sides = (calls: readonly Call[]): string[] =>
    calls.map(({ legs }) => legs.map(({ part }) => part).join(" "));

  it("join nothing where who tells it has no media: that is in no call", () => {
    expect(sides(assemble(...VICTIMS, checks(alice, bob)))).toEqual(["media", "media"]);
    expect(sides(assemble(...VICTIMS, checks(bob, told("relayed", "alice:50012"))))).toEqual([
      "media",
      "media",
    ]);
    // Of one call alone, or of two that nothing else holds apart: short ones, or such as cannot be read.
    expect(sides(assemble(...VICTIMS, checks(bob)))).toEqual(["media", "media checks"]);
    const unread = VICTIMS.map((item) => ({ ...item, streams: [], carriesMedia: true }));
    expect(sides(assemble(...unread, checks(alice, bob)))).toEqual(["media", "media"]);
  });

  it("join nothing where who tells it speaks at once with the one whose place is told to be its own", () => {
    const own = talk("dave:50050 online:3480", 90_003);
    expect(assemble(...VICTIMS, own, checks(alice, bob))).toHaveLength(3);
  });

  it("join the calls of the one whose checks they are", () => {
    expect(sides(assemble(...VICTIMS, checksOf("alice", alice, bob)))).toEqual(["media media checks"]);
    // The user's own is told, and nothing of the place under which the relay sees it.
    expect(sides(assemble(...VICTIMS, checksOf("alice", bob)))).toEqual(["media media checks"]);
    const own = talk("dave:50050 online:3480", 90_003);
    expect(sides(assemble(...VICTIMS, own, checks(bob)))).toEqual(["media", "media media checks"]);
  });

  it("join them where the one stands behind source NAT, at whose ports the media is", () => {
    const behind = (item: CallFlow): CallFlow => ({
      ...item,
      client: { ...item.client, address: "203.0.113.5", port: 50_012, translated: true },
    });
    const [first, second] = VICTIMS as [CallFlow, CallFlow];
    const itself: CallReport = { ...alice, address: "203.0.113.5" };
    expect(assemble(behind(first), second, behind(checks(itself, bob)))).toHaveLength(1);
  });
});

describe("addresses of several places of one user join", () => {
  it("a peer who changes from one to the other", () => {
    const asks = talk("dave:50040 online:3478", 90_009, {
      lasts: 100,
      reported: [told("peer", "alice:50012"), told("peer", "roamer:50012")],
    });
    const moves = [
      talk("alice:50012 online:3479", 90_001, { lasts: 40 }),
      talk("roamer:50012 online:3479", 90_002, { at: 44 }),
    ];
    expect(assemble(asks, ...moves)).toHaveLength(1);
    expect(assemble(asks, ...moves.map((item) => ({ ...item, endUs: (HOUR + 104) * 1e6 })))).toHaveLength(1);
  });

  it("one stream that the captures have under two addresses, or streams that cannot be told", () => {
    const places = [told("mapped", "alice:50012"), told("mapped", "bob:50020")];
    const asks = checks(...places);
    const [first, second] = VICTIMS;
    const twice = [first, { ...second, streams: first?.streams ?? [] }] as CallFlow[];
    expect(assemble(...twice, asks)).toHaveLength(1);
    const unread = VICTIMS.map((item) => ({ ...item, streams: [], carriesMedia: true }));
    expect(assemble(...unread, checksOf("alice", ...places))).toHaveLength(1);
  });
});

describe("a relayed address that is granted again soon", () => {
  const granted: CallReport = { ...told("relayed", "alice:1"), address: "52.115.63.30", port: 52_000 };
  const first = talk("alice:50012 online:3478", 90_001, { at: 4, lasts: 20, reported: [granted] });
  const next = talk("bob:50020 online:3478", 90_002, { at: 30, lasts: 20, reported: [granted] });
  const peer = (at: number): CallFlow =>
    talk("carol:50030 online:52000", 90_003, { at, lasts: 18, reported: [] });
  const usersOf = (calls: readonly Call[]): string[] =>
    calls.map(({ users }) =>
      users
        .map(({ address }) => address)
        .toSorted()
        .join(" "),
    );

  it("makes no call of two users' calls", () => {
    expect(usersOf(assemble(first, next))).toEqual(["10.20.30.41", "10.20.31.52"]);
    expect(assemble(first, { ...next, startUs: first.startUs + 1e6 })).toHaveLength(1);
    const moved = talk("bob:50020 online:3478", 90_001, { at: 30, lasts: 20, reported: [granted] });
    expect(assemble(first, moved)).toHaveLength(1);
  });

  it.each([
    [5, ["10.20.30.41 10.20.31.61", "10.20.31.52"]],
    [31, ["10.20.30.41", "10.20.31.52 10.20.31.61"]],
  ])("joins who sends to it at second %d with the user of that time", (at, wanted) => {
    expect(usersOf(assemble(first, next, peer(at)))).toEqual(wanted);
  });

  it("joins who names it as a peer with the user of that time", () => {
    const named: CallReport = { ...granted, kind: "peer", way: "out" };
    const peers = [4, 30].map((at) =>
      talk(`carol:${50_030 + at} online:3478`, 90_010 + at, { at, lasts: 19, reported: [named] }),
    );
    expect(usersOf(assemble(first, next, ...peers))).toEqual([
      "10.20.30.41 10.20.31.61",
      "10.20.31.52 10.20.31.61",
    ]);
  });
});
