import { describe, expect, it } from "vitest";
import { assembleCalls } from "../../src/callflow/assemble.ts";
import type { Call } from "../../src/callflow/call.ts";
import type { CallFlow, CallStream } from "../../src/callflow/call-flow.ts";
import { flow, HOUR, stream } from "./flows.ts";

function assemble(...flows: CallFlow[]): Call[] {
  return assembleCalls(flows, { hasExpressRoute: true });
}

describe("which flows are one call by the streams that they carry", () => {
  it("not calls in which a gateway sends one SSRC, whose numbers begin at zero each time", () => {
    const sent = (at: number, making: Partial<CallStream> = {}): CallStream =>
      stream(0x1234567, {
        startSeconds: HOUR + at,
        endSeconds: HOUR + at + 60,
        firstSequence: 0,
        lastSequence: 2999,
        expected: 3000,
        ...making,
      });
    const call = (port: number, at: number, ...streams: CallStream[]): CallFlow =>
      flow(`gateway:${port} stranger:${port}`, { at, streams });
    expect(assemble(call(6010, 4, sent(4)), call(6020, 10, sent(10)))).toHaveLength(2);
    // At the same time, too, where what comes back is of two callers.
    const back = (ssrc: number): CallStream => sent(4, { way: "back", ssrc });
    expect(assemble(call(6010, 4, sent(4), back(7e6)), call(6020, 4, sent(4), back(8e6)))).toHaveLength(2);
    // Seen later on one side, with silence before and after that.
    const later = { startSeconds: HOUR + 50, endSeconds: HOUR + 64, firstSequence: 900, lastSequence: 2999 };
    expect(assemble(call(6010, 4, sent(4)), call(6020, 50, sent(4, later)))).toHaveLength(1);
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

  it("both sides of an Edge by small SSRCs where both directions begin alike", () => {
    const there = [stream(1111, { way: "back" }), stream(2222, { firstSequence: 500 })];
    const onward = (theirs: Partial<CallStream>): CallFlow =>
      flow("edge:50660 online:3479", {
        streams: [stream(1111), stream(2222, { way: "back", firstSequence: 500, ...theirs })],
      });
    const user = flow("stranger:50012 edge:3478", { streams: there });
    expect(assemble(user, onward({}))).toHaveLength(1);
    expect(assemble(user, onward({ firstSequence: 9000 }))).toHaveLength(2);
    expect(assemble(user, onward({ startSeconds: HOUR + 24 }))).toHaveLength(2);
    expect(assemble(user, onward({ way: "out" }))).toHaveLength(2);
  });

  it("users who talk by relays of Office 365, each of whom hears what the other says", () => {
    const [said, heard] = [stream(0x7a000001), stream(0x19e8f7a6, { way: "back", firstSequence: 500 })];
    const alice = flow("alice:50012 online:3478", { streams: [said, heard] });
    const turned = (theirs: Partial<CallStream>, ...more: CallStream[]): CallFlow =>
      flow("bob:50014 online:3478", {
        streams: [
          stream(0x19e8f7a6, { firstSequence: 500 }),
          stream(0x7a000001, { way: "back", ...theirs }),
          ...more,
        ],
      });
    const calls = assemble(alice, turned({}));
    expect(calls).toHaveLength(1);
    expect(calls[0]?.users.map(({ address }) => address)).toEqual(["10.20.30.41", "10.20.31.52"]);
    expect(assemble(alice, turned({ firstSequence: 30000, lastSequence: 30099 }))).toHaveLength(2);
    expect(assemble(alice, flow("bob:50014 online:3478", { streams: [stream(0x19e8f7a6)] }))).toHaveLength(2);
    // A conference that passes streams on: both hear a third one.
    const third = stream(0x5abc1234, { way: "back" });
    const attendee = flow("alice:50012 online:3478", { streams: [said, heard, third] });
    expect(assemble(attendee, turned({}, third))).toHaveLength(2);
  });

  it("a user at a relay of Office 365 and what an Edge of ours relays to and from there", () => {
    const said = stream(0x7a000001);
    const answered = stream(0x19e8f7a6, { way: "back", firstSequence: 500 });
    const alice = flow("alice:50012 online:3478", { streams: [said, answered] });
    const atEdge = (...more: CallStream[]): CallFlow =>
      flow("online:52001 edge:55001", {
        streams: [{ ...said, way: "back" }, { ...answered, way: "out" }, ...more],
      });
    const peer = flow("stranger:50014 edge:3478", {
      streams: [said, answered],
    });
    const calls = assemble(alice, atEdge(), peer);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.legs.map((leg) => leg.kind)).toEqual(["inside-online", "edge-online", "outside-edge"]);
    // A conference: what a third one says comes to both.
    const third = stream(0x5abc1234, { way: "back" });
    expect(assemble({ ...alice, streams: [said, answered, third] }, atEdge(third))).toHaveLength(2);
  });
});
