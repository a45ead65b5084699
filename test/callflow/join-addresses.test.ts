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

/** Checks of somebody who has no media. */
function checks(...reported: CallReport[]): CallFlow {
  return flow("dave:50040 stranger:3478", { at: 1, lasts: 3, application: "stun", reported });
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
    const asks = checks(told("mapped", "alice:50012"), told("mapped", "bob:50020"));
    const [first, second] = VICTIMS;
    const twice = [first, { ...second, streams: first?.streams ?? [] }] as CallFlow[];
    expect(assemble(...twice, asks)).toHaveLength(1);
    const unread = VICTIMS.map((item) => ({ ...item, streams: [], carriesMedia: true }));
    expect(assemble(...unread, asks)).toHaveLength(1);
  });
});
