import fc from "fast-check";
import type { CallFlow, CallStream } from "../../src/callflow/call-flow.ts";
import { DIALOG, flow, HOUR, type Making, signaling, stream } from "./flows.ts";

const ports = fc.integer({ min: 50_000, max: 50_003 });
const user = fc.constantFrom("alice", "bob", "carol", "roamer", "stranger");
const times = fc.record({
  at: fc.integer({ min: 0, max: 1500 }),
  lasts: fc.oneof(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 100, max: 900 })),
});
const shared = fc.constantFrom(3478, 54_000);
/** Flows of every kind that joins others: by user, by server, by what STUN reports and SIP offers. */
export const anyFlow: fc.Arbitrary<CallFlow> = fc.oneof(
  fc.tuple(user, ports, times).map(([who, port, when]) => flow(`${who}:${port} online:3479`, when)),
  fc.tuple(user, user, ports, ports, times).map(([x, y, p, q, when]) => flow(`${x}:${p} ${y}:${q}`, when)),
  fc.tuple(user, times).map(([who, when]) => signaling(`${who}:40000 signaling:443`, when)),
  fc.tuple(user, ports, user, ports, times).map(([who, port, peer, offered, when]) =>
    flow(`${who}:${port} online:3478`, {
      ...when,
      application: "stun",
      reported: [reported(peer, offered)],
    }),
  ),
  fc.tuple(user, ports, times).map(([who, port, when]) => flow(`${who}:${port} mediation:50010`, when)),
  fc.tuple(fc.constantFrom("stranger", "roamer"), ports, times).map(([who, port, { at, lasts }]) =>
    flow(`${who}:${port} online:3479`, {
      at,
      lasts,
      streams: [stream(70_000 + at, { startSeconds: HOUR + at, endSeconds: HOUR + at + lasts })],
    }),
  ),
  fc.tuple(ports, times).map(([port, when]) => flow(`mediation:${port} gateway:5004`, when)),
  fc.tuple(user, times).map(([who, when]) =>
    flow(`${who}:41000 stream:443`, {
      ...when,
      transport: "tcp",
      application: "tls",
      trafficType: "broadcast",
      hostRole: "broadcast-stream",
      bytesBack: 1_000_000,
    }),
  ),
  fc.tuple(user, user, ports, times, fc.boolean()).map(([who, peer, port, when, isUnderway]) => {
    const sip = dialog(who, peer, port, when);
    return { ...sip, dialogs: sip.dialogs.map((item) => ({ ...item, isUnderway })) };
  }),
  // At one address of a server that many have in common, by what is offered there and by peers of a relay.
  fc
    .tuple(user, ports, shared, times)
    .map(([who, port, place, when]) => flow(`${who}:${port} online:${place}`, when)),
  fc
    .tuple(user, ports, shared, times)
    .map(([who, port, place, when]) =>
      flow(`${who}:${port} online:3479`, { ...when, reported: [reported("online", place)] }),
    ),
  fc
    .tuple(user, fc.option(user), ports, shared, times)
    .map(([who, caller, port, place, when]) => sharedDialog(who, caller, port, place, when)),
  fc
    .tuple(
      fc.constantFrom("dave:50000 online:3479", "gateway:20000 online:52000"),
      fc.integer({ min: 0, max: 2 }),
    )
    .map(([ends, part]) => heldFlow(ends, part)),
);

/** A part of a call that is on hold for minutes between its parts. */
export function heldFlow(ends: string, part: number): CallFlow {
  const [at, lasts, numbers] = [4 + 500 * part, 60, 3000];
  const sent = (way: CallStream["way"], ssrc: number): CallStream =>
    stream(ssrc, {
      ...{ way, expected: numbers, startSeconds: HOUR + at, endSeconds: HOUR + at + lasts },
      ...{ firstSequence: numbers * part, lastSequence: numbers * part + numbers - 1 },
    });
  return flow(ends, { at, lasts, streams: [sent("out", 0x5aa50001), sent("back", 0x7bb70001)] });
}

function addressOf(who: string): string {
  return flow(`${who}:1 online:3478`).client.address;
}

export function reported(who: string, port: number): CallFlow["reported"][number] {
  return { kind: "mapped", address: addressOf(who), port, firstPacket: 1 } as CallFlow["reported"][number];
}

/** SIP that offers a place for media, in a dialog as long as its flow. */
export function dialog(who: string, peer: string, port: number, when: Making): CallFlow {
  return offering(
    who,
    [who, peer].map((one) => ({ address: addressOf(one), port })),
    when,
  );
}

/** As that, at a server; the caller's own place may not be known. */
export function sharedDialog(
  who: string,
  caller: string | null,
  port: number,
  place: number,
  when: Making,
): CallFlow {
  const own = caller === null ? [] : [{ address: addressOf(caller), port }];
  return offering(who, [...own, { address: addressOf("online"), port: place }], when);
}

function offering(
  who: string,
  addresses: readonly { readonly address: string; readonly port: number }[],
  when: Making,
): CallFlow {
  const startSeconds = HOUR + (when.at ?? 0);
  const media = [{ kind: "audio", addresses }] as unknown as CallFlow["dialogs"][number]["media"];
  return signaling(`${who}:5060 frontEnd:5061`, {
    ...when,
    application: "sip",
    dialogs: [{ ...DIALOG, startSeconds, endSeconds: startSeconds + (when.lasts ?? 0), media }],
  });
}
