import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/capture/frame.ts";
import { decodeCommonStack } from "../../src/wire/common-stack.ts";
import { Decoder } from "../../src/wire/decode.ts";
import { LinkType, isFollowed } from "../../src/wire/link-type.ts";
import { Oddities } from "../../src/wire/oddities.ts";
import { Packet } from "../../src/wire/packet.ts";
import { Feeder, frameOf } from "../support/decoding.ts";
import { ethernetIp, tcp, udp } from "../support/packets.ts";
import { INNER4, INNER6 } from "../support/stack.ts";
import { STACKS } from "../support/stacks.ts";

const LINK_TYPES = [...Object.values(LinkType), 147, 65_535];

/** What every answer of the decoder has to keep to; plain comparisons, since it runs very often. */
function expectInside(packet: Packet, frame: Frame): void {
  const { payloadStart, payloadEnd, payloadLength, ipLength, sourcePort, destinationPort } = packet;
  const inView = payloadStart >= 0 && payloadStart <= payloadEnd && payloadEnd <= packet.view.byteLength;
  const ofFrame = packet.view === frame.view && payloadEnd > 0;
  const inFrame = !ofFrame || (payloadStart >= frame.start && payloadEnd <= frame.end);
  const lengths = payloadLength >= payloadEnd - payloadStart && ipLength >= 0;
  const bounded = ipLength <= 65_575 + frame.originalLength;
  const ports = sourcePort >= 0 && sourcePort <= 65_535 && destinationPort >= 0 && destinationPort <= 65_535;
  expect({ inView, inFrame, lengths, bounded, ports }).toEqual(INSIDE);
}

const INSIDE = { inView: true, inFrame: true, lengths: true, bounded: true, ports: true };

const anyLinkType = fc.constantFrom(...LINK_TYPES);

describe("for whatever a frame holds", () => {
  it("the decoder answers, and every offset stays inside", () => {
    const decoder = new Decoder(new Oddities());
    const packet = new Packet();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), anyLinkType, (bytes, linkType) => {
        const frame = frameOf(bytes, linkType);
        decoder.decode(frame, packet);
        expectInside(packet, frame);
      }),
      { numRuns: 3000 },
    );
  });

  it("headers cut anywhere name the same flow or none", () => {
    const decoder = new Decoder(new Oddities());
    const packet = new Packet();
    for (const stack of STACKS) {
      for (let cut = 0; cut < stack.bytes.length; cut++) {
        const frame = frameOf(stack.bytes.subarray(0, cut), stack.linkType, stack.bytes.length);
        decoder.decode(frame, packet);
        expectInside(packet, frame);
        // Inside a tunnel the outer flow may be all that can be seen.
        expect([0, 51000, 50123, 40000]).toContain(packet.sourcePort);
      }
    }
  });

  it("headers with any bytes changed are answered too", () => {
    const decoder = new Decoder(new Oddities());
    const packet = new Packet();
    const change = fc.record({ at: fc.nat(), value: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(
        fc.constantFrom(...STACKS),
        fc.array(change, { minLength: 1, maxLength: 6 }),
        fc.nat(),
        fc.nat(3),
        (stack, changes, cut, mode) => {
          const bytes = stack.bytes.slice(0, mode === 0 ? cut % (stack.bytes.length + 1) : undefined);
          for (const { at, value } of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
          const frame = frameOf(bytes, stack.linkType, mode === 1 ? stack.bytes.length + 60 : bytes.length);
          decoder.decode(frame, packet);
          expectInside(packet, frame);
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it("headers inside headers end after a bounded number", () => {
    // 2,000 tags; and IPv4 in IPv4, 200 times.
    const feeder = new Feeder();
    feeder.feed(ethernetIp({ vlans: Array.from({ length: 2000 }, () => 5) }, INNER4));
    expect(feeder.packet).toMatchObject({ ipVersion: 0, vlanOuter: 5, vlanInner: 5 });
    expect(feeder.oddities.count("headers-too-many")).toBe(1);
    let nested = INNER4;
    for (let i = 0; i < 200; i++) {
      const header = Uint8Array.from([69, 0, 0, 0, 0, 0, 0, 0, 9, 4, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
      new DataView(header.buffer).setUint16(2, 20 + nested.length);
      nested = Uint8Array.from([...header, ...nested]);
    }
    feeder.feed(nested, { linkType: 101 });
    expect(feeder.packet).toMatchObject({ ipVersion: 4, kind: 4, tunnel: 5 });
    expect(feeder.oddities.count("tunnels-too-deep")).toBe(1);
  });
});

it.each([
  { tags: [0, 500, 100], kept: [500, 100] },
  { tags: [500, 0, 100], kept: [500, 100] },
  { tags: [0, 0, 500, 100], kept: [500, 100] },
  { tags: [0, 0, 100], kept: [0, 100] },
  { tags: [500, 100, 0], kept: [500, 100] },
  { tags: [500, 100, 200], kept: [500, 100] },
])("of tags $tags the first two that name a VLAN are kept: $kept", ({ tags, kept: [outer, inner] }) => {
  const feeder = new Feeder();
  feeder.feed(ethernetIp({ vlans: tags }, INNER4));
  expect(feeder.packet).toMatchObject({ ipVersion: 4, vlanOuter: outer, vlanInner: inner });
  expect(feeder.packet.vlanCount).toBe(tags.length);
});

it("a link type is called followed where its frames are, and no other", () => {
  for (let linkType = 0; linkType < 400; linkType++) {
    const feeder = new Feeder();
    feeder.feed(new Uint8Array(64), { linkType });
    const unsupported = feeder.oddities.list().some(({ name }) => name === "link-type-unsupported");
    // Frames of nothing but zeros: ERF and PPI name another type inside.
    if (linkType === LinkType.erf || linkType === LinkType.ppi) continue;
    expect([linkType, isFollowed(linkType)]).toEqual([linkType, !unsupported]);
  }
});

describe("the short cut for common packets", () => {
  const port = fc.oneof(fc.integer({ min: 0, max: 65_535 }), fc.constantFrom(4789, 2152, 3544, 4500));
  const vlans = fc.array(
    fc.oneof(
      fc.integer({ min: 0, max: 4095 }),
      fc.tuple(fc.constantFrom(0x8100, 0x88a8, 0x9100), fc.integer({ min: 0, max: 65_535 })),
    ),
    { maxLength: 3 },
  );
  const frames = fc
    .record({
      six: fc.boolean(),
      stream: fc.boolean(),
      sourcePort: port,
      destinationPort: port,
      vlans,
      payload: fc.uint8Array({ maxLength: 40 }),
      dscp: fc.nat(63),
      ttl: fc.nat(255),
      id: fc.nat(65_535),
      sequence: fc.nat(0xffffffff),
      acknowledgement: fc.nat(0xffffffff),
      flags: fc.nat(255),
      window: fc.nat(65_535),
    })
    .map((fields) => {
      const addresses = fields.six
        ? { source: "2001:db8::3", destination: "fe80::9" }
        : { source: "10.1.2.3", destination: "203.0.113.255" };
      const packet = (fields.stream ? tcp : udp)({ ...fields, ...addresses }, fields.payload);
      return ethernetIp({ vlans: fields.vlans }, packet);
    });
  const changes = fc.array(fc.record({ at: fc.nat(70), value: fc.integer({ min: 0, max: 255 }) }), {
    maxLength: 3,
  });

  it("says of whatever it takes what the walk through the headers says", () => {
    const oddities = new Oddities();
    const decoder = new Decoder(oddities);
    const short = new Packet();
    let taken = 0;
    fc.assert(
      fc.property(frames, changes, fc.nat(120), fc.boolean(), (whole, edits, cut, isCut) => {
        const bytes = isCut ? whole.slice(0, Math.min(cut, whole.length)) : whole.slice();
        for (const { at, value } of edits) if (at < bytes.length) bytes[at] = value;
        const frame = frameOf(bytes, 1, whole.length);
        if (!decodeCommonStack(frame, short)) return;
        taken++;
        const long = new Packet();
        const before = oddities.list().length;
        decoder.decodeByHeaders(frame, long);
        expect(oddities.list().length).toBe(before);
        expect({ ...short, rare: false }).toEqual({ ...long, rare: false });
      }),
      { numRuns: 5000 },
    );
    expect(taken).toBeGreaterThan(500);
  });

  it("leaves nothing of the packet before it", () => {
    // Every stack, each followed by a plain frame.
    const feeder = new Feeder();
    const fresh = new Feeder();
    const plain = ethernetIp({}, INNER6);
    fresh.feed(plain);
    for (const stack of STACKS) {
      feeder.feed(stack.bytes, { linkType: stack.linkType });
      feeder.feed(plain);
      expect({ ...feeder.packet, view: 0 }).toEqual({ ...fresh.packet, view: 0 });
    }
  });
});
