import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prefixText } from "../../src/address/prefix.ts";
import type { BgpSession } from "../../src/protocols/bgp-session.ts";
import { BgpSessions, MAX_BGP_SESSIONS } from "../../src/protocols/bgp-sessions.ts";
import { Packet, PacketKind } from "../../src/wire/packet.ts";
import {
  asPath,
  bgpKeepalive,
  bgpNotification,
  bgpOpen,
  bgpUpdate,
  communities,
  localPreference,
  nextHop,
  nlri,
} from "../support/bgp.ts";
import { concat, view } from "../support/bytes.ts";

interface Segment {
  readonly from: number;
  readonly to: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly flags?: number;
  /** Bytes of payload on the wire, where the capture has fewer. */
  readonly wireLength?: number;
}

function packet(segment: Segment): Packet {
  const found = new Packet();
  found.kind = PacketKind.tcp;
  found.ipVersion = 4;
  found.source2 = 0xffff;
  found.destination2 = 0xffff;
  found.source3 = segment.from;
  found.destination3 = segment.to;
  found.sourcePort = segment.sourcePort ?? 40_000;
  found.destinationPort = segment.destinationPort ?? 179;
  found.tcpSequence = segment.sequence;
  found.tcpFlags = segment.flags ?? 0;
  found.view = view(segment.bytes);
  found.payloadEnd = segment.bytes.length;
  found.payloadLength = segment.wireLength ?? segment.bytes.length;
  return found;
}

/** Of IPv4, the only family of these sessions. */
const WHOLE = { 4: true, 6: false };
const PART = { 4: false, 6: false };

/** Whether the table of each family is whole in the end. */
function whole(session: BgpSession | undefined): unknown {
  const last = session?.history.spans.at(-1);
  const is = (family: 4 | 6): boolean => last?.holds === true && last.wholeFrom[family] < Infinity;
  return { 4: is(4), 6: is(6) };
}

const CUSTOMER = 0xcb007101; // 203.0.113.1
const MICROSOFT = 0xcb007102; // 203.0.113.2
const PRIVATE_CUSTOMER = 0x0a000001;
const PRIVATE_MICROSOFT = 0x0a000002;

const routes = bgpUpdate({
  attributes: [asPath([12_076], 4), nextHop("203.0.113.2"), communities("12076:5030")],
  announced: [nlri("198.51.100.0/24"), nlri("192.0.2.0/24")],
});

/** Shows what Microsoft's end says, in these pieces of its stream. */
function watch(pieces: readonly Uint8Array[], ends = [MICROSOFT, CUSTOMER]): BgpSession | undefined {
  const sessions = new BgpSessions();
  let sequence = 0xffffff00; // so that the sequence numbers wrap
  for (const [index, bytes] of pieces.entries()) {
    sessions.observe(
      packet({ from: ends[0] ?? 0, to: ends[1] ?? 0, sequence, bytes }),
      3,
      1000 + index,
      7 + index,
    );
    sequence = (sequence + bytes.length) >>> 0;
  }
  return sessions.sessions()[0];
}

describe("BgpSessions", () => {
  it("knows Microsoft peering by AS 12076 and public peer addresses", () => {
    const session = watch([bgpOpen({ as: 12_076, fourOctetAs: true })]);
    expect(session).toMatchObject({
      isMicrosoftPeering: true,
      firstPacket: 7,
      latestSeconds: 1000,
      messages: 1,
    });
    expect(session?.peers.map((peer) => [peer.address, peer.as])).toContainEqual(["203.0.113.2", 12_076]);
    expect([...(session?.contexts ?? [])]).toEqual([3]);
  });

  it("does not take private peering for it, which has the same AS", () => {
    expect(watch([bgpOpen({ as: 12_076 })], [PRIVATE_MICROSOFT, PRIVATE_CUSTOMER])).toMatchObject({
      isMicrosoftPeering: false,
      firstPacket: 7,
    });
  });

  it("takes private addresses when the communities are Office 365's", () => {
    const session = watch([bgpOpen({ as: 12_076 }), routes], [PRIVATE_MICROSOFT, PRIVATE_CUSTOMER]);
    expect(session?.isMicrosoftPeering).toBe(true);
    const other = bgpUpdate({ attributes: [asPath([12_076], 2), communities("12076:51004")] });
    expect(
      watch([bgpOpen({ as: 12_076 }), other], [PRIVATE_MICROSOFT, PRIVATE_CUSTOMER])?.isMicrosoftPeering,
    ).toBe(false);
  });

  it("does not take other public peers for it", () => {
    expect(watch([bgpOpen({ as: 64_496 }), bgpKeepalive()])?.isMicrosoftPeering).toBe(false);
  });

  it("knows the sender's AS from a route of its own when no OPEN was captured", () => {
    expect(watch([routes])?.isMicrosoftPeering).toBe(true);
    // A route reflected inside the customer's AS carries LOCAL_PREF, and says nothing of the sender.
    const inside = bgpUpdate({
      attributes: [asPath([12_076], 4), localPreference(100)],
      announced: [nlri("192.0.2.0/24")],
    });
    expect(watch([inside])?.isMicrosoftPeering).toBe(false);
    expect(watch([bgpKeepalive()])?.isMicrosoftPeering).toBe(false);
  });

  it("learns what Microsoft announces and withdraws", () => {
    const withdrawal = bgpUpdate({ withdrawn: [nlri("192.0.2.0/24")] });
    const session = watch([bgpOpen({ as: 12_076 }), routes, bgpKeepalive(), withdrawal]);
    expect(session?.routes.map((route) => prefixText(route.prefix))).toEqual(["198.51.100.0/24"]);
    expect(session?.routes[0]).toMatchObject({
      asPath: "12076",
      nextHop: "203.0.113.2",
      communities: ["12076:5030"],
    });
    expect(whole(session)).toEqual(WHOLE);
    expect(whole(watch([routes]))).toEqual(PART);
  });

  it("takes a table for whole when End-of-RIB or a KEEPALIVE came after the first routes", () => {
    const open = bgpOpen({ as: 12_076 });
    expect(whole(watch([open, bgpKeepalive(), routes]))).toEqual(PART);
    expect(whole(watch([open, bgpKeepalive(), routes, routes]))).toEqual(PART);
    expect(whole(watch([open, bgpKeepalive(), routes, bgpUpdate({})]))).toEqual(WHOLE);
    expect(whole(watch([open, bgpKeepalive(), routes, bgpKeepalive(), routes]))).toEqual(WHOLE);
    expect(whole(watch([open, routes, bgpKeepalive(), open, routes]))).toEqual(PART);
  });

  it.each([1, 7, 20, 40])("reads messages cut into segments of %d bytes", (size) => {
    const stream = concat(bgpOpen({ as: 12_076 }), routes, bgpKeepalive());
    const first = stream.slice(0, 29);
    const pieces = [first];
    for (let at = 29; at < stream.length; at += size) pieces.push(stream.slice(at, at + size));
    expect(whole(watch(pieces))).toEqual(WHOLE);
    expect(watch(pieces)).toMatchObject({ messages: 3 });
  });

  it("counts a segment that was sent again once", () => {
    const sessions = new BgpSessions();
    const open = bgpOpen({ as: 12_076 });
    const both = concat(open, routes, bgpKeepalive());
    const send = (sequence: number, bytes: Uint8Array): void =>
      sessions.observe(packet({ from: MICROSOFT, to: CUSTOMER, sequence, bytes }), 0, 0, 1);
    send(100, open);
    send(100, open);
    send(100, both);
    expect(whole(sessions.sessions()[0])).toEqual(WHOLE);
    expect(sessions.sessions()[0]).toMatchObject({ messages: 3 });
  });

  it("finds the next message after a gap, and says that routes may be missing", () => {
    const sessions = new BgpSessions();
    const send = (sequence: number, bytes: Uint8Array): void =>
      sessions.observe(packet({ from: MICROSOFT, to: CUSTOMER, sequence, bytes }), 0, 0, 1);
    send(0, bgpOpen({ as: 12_076 }));
    send(500, concat(new Uint8Array(13), bgpKeepalive(), routes.slice(0, 25)));
    send(600, routes);
    const session = sessions.sessions()[0];
    expect(whole(session)).toEqual(PART);
    expect(session).toMatchObject({ messages: 3 });
    expect(session?.routes).toHaveLength(2);
  });

  it("says so when a snap length cut a message", () => {
    const sessions = new BgpSessions();
    const open = bgpOpen({ as: 12_076 });
    sessions.observe(
      packet({ from: MICROSOFT, to: CUSTOMER, sequence: 0, bytes: open, wireLength: 80 }),
      0,
      0,
      1,
    );
    sessions.observe(packet({ from: MICROSOFT, to: CUSTOMER, sequence: 80, bytes: routes }), 0, 0, 2);
    expect(whole(sessions.sessions()[0])).toEqual(PART);
    expect(sessions.sessions()[0]).toMatchObject({ messages: 2 });
  });

  it("follows no more than its bound, and no flood that is not BGP", () => {
    const sessions = new BgpSessions();
    for (let port = 1024; port < 1024 + 2 * MAX_BGP_SESSIONS; port++) {
      const from = { from: MICROSOFT, to: CUSTOMER, sequence: 0, sourcePort: port };
      sessions.observe(packet({ ...from, bytes: new Uint8Array(40) }), 0, 0, 1);
    }
    expect(sessions.sessions()).toEqual([]);
    for (let port = 1024; port < 1024 + 2 * MAX_BGP_SESSIONS; port++)
      sessions.observe(
        packet({ from: MICROSOFT, to: CUSTOMER, sequence: 0, sourcePort: port, bytes: bgpKeepalive() }),
        0,
        0,
        1,
      );
    expect(sessions.sessions()).toHaveLength(MAX_BGP_SESSIONS);
  });

  it("follows a new session where others were over", () => {
    const sessions = new BgpSessions();
    for (let port = 1024; port < 1024 + 2 * MAX_BGP_SESSIONS; port++) {
      const ends = { from: CUSTOMER, to: 0xcb007109, sequence: 0, sourcePort: port };
      sessions.observe(
        packet({ ...ends, bytes: concat(bgpOpen({ as: 64_500 }), bgpNotification()) }),
        0,
        0,
        1,
      );
    }
    const open = bgpOpen({ as: 12_076 });
    sessions.observe(packet({ from: CUSTOMER, to: MICROSOFT, sequence: 0, bytes: open }), 0, 0, 1);
    expect(sessions.sessions()).toHaveLength(MAX_BGP_SESSIONS);
    expect(sessions.sessions().at(-1)?.isMicrosoftPeering).toBe(true);
  });

  it("leaves other ports alone", () => {
    const sessions = new BgpSessions();
    const bytes = bgpKeepalive();
    sessions.observe(packet({ from: 1, to: 2, sequence: 0, destinationPort: 443, bytes }), 0, 0, 1);
    expect(sessions.sessions()).toEqual([]);
  });

  it("answers for any stream in any pieces", () => {
    const piece = fc.oneof(
      fc.constantFrom(routes, bgpKeepalive(), bgpOpen({ as: 12_076 }), new Uint8Array(20).fill(0xff)),
      fc.uint8Array({ maxLength: 60 }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(piece, fc.nat(200), fc.boolean())), (pieces) => {
        const sessions = new BgpSessions();
        for (const [bytes, sequence, forward] of pieces) {
          const ends = forward
            ? { from: 1, to: 2 }
            : { from: 2, to: 1, sourcePort: 179, destinationPort: 40_000 };
          sessions.observe(packet({ ...ends, sequence, bytes }), 0, 0, 1);
        }
        for (const session of sessions.sessions()) expect(session.messages).toBeGreaterThan(0);
      }),
    );
  });
});
