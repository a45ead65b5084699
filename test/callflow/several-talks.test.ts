import { expect, it } from "vitest";
import { assembleCalls } from "../../src/callflow/assemble.ts";
import type { CallFlow } from "../../src/callflow/call-flow.ts";
import type { SdpMedia } from "../../src/protocols/recognition.ts";
import { DIALOG, flow, HOUR, signaling, stream } from "./flows.ts";

const SAID = "10.20.30.41 sends audio in several flows at once: maybe several calls";

function talk(ends: string, ssrc: number, at: number, lasts: number): CallFlow {
  const time = { startSeconds: HOUR + at, endSeconds: HOUR + at + lasts };
  return flow(ends, { at, lasts, streams: [stream(ssrc, time)] });
}

/** Audio that alice offers. */
function offerOf(port: number): SdpMedia {
  return {
    direction: 0,
    media: "audio",
    modality: "audio",
    addresses: [{ kind: "connection", transport: "udp", address: "10.20.30.41", port }],
    payloadTypes: [],
    iceUfrag: undefined,
    ssrcRanges: [],
    firstPacket: 1,
  };
}

const FIRST = talk("alice:50012 online:50000", 90_001, 4, 30);

it.each([
  ["at once", talk("alice:50014 online:50001", 90_002, 9, 30), true],
  ["one after the other", talk("alice:50014 online:50001", 90_002, 32, 30), false],
  ["the same stream", talk("alice:50014 online:50001", 90_001, 4, 30), false],
  [
    "video beside it",
    { ...talk("alice:50014 online:50001", 1, 4, 30), streams: [stream(90_002, { modality: "video" })] },
    false,
  ],
])(
  "what an inside address sends in two flows of a call, %s: the reason says whether it may be several",
  (_, second, isSaid) => {
    const calls = assembleCalls([FIRST, second], { hasExpressRoute: true });
    expect(calls).toHaveLength(1);
    expect(calls[0]?.reason.includes(SAID)).toBe(isSaid);
  },
);

/** Short calls of a server that nobody declared, each begun `apart` seconds after the one before it. */
function shortCalls(count: number, apart: number, lasts: number): CallFlow[] {
  return Array.from({ length: count }, (_, i) =>
    talk(`alice:${50_012 + 2 * i} online:${50_000 + i}`, 90_001 + i, 4 + apart * i, lasts),
  );
}

it.each([
  ["three at once", shortCalls(3, 2, 8), true],
  ["three of forty at once", shortCalls(40, 3, 8.5), true],
  ["two at a time", shortCalls(40, 5, 8), false],
  ["three at once for a moment, as who restarts ICE twice has them", shortCalls(3, 3, 7), false],
  [
    "three with one stream, as who tries several ways has it",
    shortCalls(3, 2, 8).map((one) => ({
      ...one,
      streams: [{ ...stream(90_001), ...one.streams[0], ssrc: 90_001 }],
    })),
    false,
  ],
])("short talks of an inside address, %s", (_, talks, isSaid) => {
  const calls = assembleCalls(talks, { hasExpressRoute: true });
  expect(calls).toHaveLength(1);
  expect(calls[0]?.reason.includes(SAID)).toBe(isSaid);
});

it.each([
  ["13 s long", 9, 13, true],
  ["of which the second begins while the first ends", 21, 13, false],
])("two talks of an inside address that both sides speak in, %s", (_, at, lasts, isSaid) => {
  const [first, second] = [4, at].map((start, i) => {
    const time = { startSeconds: HOUR + start, endSeconds: HOUR + start + (i === 0 ? 20 : lasts) };
    const streams = [stream(90_001 + 2 * i, time), stream(90_002 + 2 * i, { ...time, way: "back" })];
    return flow(`alice:${50_012 + 2 * i} online:${50_000 + i}`, { at: start, lasts, streams });
  });
  const calls = assembleCalls(
    [first, second].filter((item) => item !== undefined),
    { hasExpressRoute: true },
  );
  expect(calls).toHaveLength(1);
  expect(calls[0]?.reason.includes(SAID)).toBe(isSaid);
});

it.each([
  ["each by a dialog of its own", ["a", "b"], 5, true],
  ["each by a dialog of its own, one after the other", ["a", "b"], 7, false],
  ["by one dialog whose ports changed", ["a", "a"], 5, false],
])("two short talks of an inside address that SIP sets up, %s", (_, callIds, apart, isSaid) => {
  const talks = shortCalls(2, apart, 8);
  const dialogs = callIds.map((callId, i) => ({
    ...DIALOG,
    callId,
    startSeconds: HOUR + 3,
    endSeconds: HOUR + 20,
    media: [offerOf(50_012 + 2 * i)],
  }));
  const sip = signaling("alice:5060 online:5060", { application: "sip", lasts: 30, dialogs });
  const calls = assembleCalls([sip, ...talks], { hasExpressRoute: true });
  expect(calls).toHaveLength(1);
  expect(calls[0]?.reason.includes(SAID)).toBe(isSaid);
});

it.each([
  ["after the BYE of the first", { byeSeconds: HOUR + 14 }, { startSeconds: HOUR + 15 }, true],
  [
    "after the BYE of the first, in the same second",
    { byeSeconds: HOUR + 14, byePacket: 70 },
    { startSeconds: HOUR + 14, firstPacket: 71 },
    true,
  ],
  [
    "before the BYE of the first, in the same second",
    { byeSeconds: HOUR + 14, byePacket: 71 },
    { startSeconds: HOUR + 14, firstPacket: 70 },
    false,
  ],
  [
    "before the BYE of the first, as who is transferred does",
    { byeSeconds: HOUR + 15 },
    { startSeconds: HOUR + 14 },
    false,
  ],
  ["after the first, which no BYE ended", {}, { startSeconds: HOUR + 15 }, false],
  [
    "after the BYE of the first, without media",
    { byeSeconds: HOUR + 14 },
    { startSeconds: HOUR + 15, media: [] },
    false,
  ],
] as const)(
  "two dialogs of one call, the second %s: the reason says whether it may be several",
  (_, one, two, isSaid) => {
    const talks = [
      talk("alice:50012 online:50000", 90_001, 4, 10),
      talk("alice:50014 online:50001", 90_002, 17, 10),
    ];
    const first = { ...DIALOG, callId: "a", startSeconds: HOUR + 3, media: [offerOf(50_012)], ...one };
    const second = { ...DIALOG, callId: "b", endSeconds: HOUR + 20, media: [offerOf(50_014)], ...two };
    const sip = signaling("alice:5060 online:5060", {
      application: "sip",
      lasts: 30,
      dialogs: [first, second],
    });
    const calls = assembleCalls([sip, ...talks], { hasExpressRoute: true });
    expect(calls).toHaveLength(1);
    expect(calls[0]?.reason.includes("one dialog began after another one's BYE: maybe several calls")).toBe(
      isSaid,
    );
  },
);
