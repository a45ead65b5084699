import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prefixText } from "../../src/address/prefix.ts";
import { bgpMessageLength, parseBgpMessage } from "../../src/protocols/bgp.ts";
import { type BgpEncoding, NO_PATH_IDS } from "../../src/protocols/bgp-attributes.ts";
import {
  asPath,
  attribute,
  bgpKeepalive,
  bgpOpen,
  bgpUpdate,
  communities,
  localPreference,
  nextHop,
  nlri,
} from "../support/bgp.ts";
import { concat, hex, u16, u32, u8, view } from "../support/bytes.ts";
import { ipBytes } from "../support/packets.ts";

const EITHER: BgpEncoding = { asOctets: undefined, addPath: NO_PATH_IDS };

function parse(bytes: Uint8Array, encoding = EITHER): ReturnType<typeof parseBgpMessage> {
  return parseBgpMessage(view(bytes), 0, bytes.length, encoding);
}

/** An update with its prefixes as text. */
function update(bytes: Uint8Array, encoding = EITHER): Record<string, unknown> {
  const found = parse(bytes, encoding);
  if (found?.type !== "update") throw new Error(`not an update: ${JSON.stringify(found)}`);
  return { ...found, announced: found.announced.map(prefixText), withdrawn: found.withdrawn.map(prefixText) };
}

describe("OPEN", () => {
  it("gives AS number, hold time and identifier (RFC 4271, section 4.2)", () => {
    const open = hex(`
      ffffffffffffffffffffffffffffffff 001d 01  # marker, length 29, OPEN
      04 2f2c 00b4 c0000202 00                  # version 4, AS 12076, hold time 180, 192.0.2.2, no parameters
    `);
    expect(parse(open)).toEqual({
      type: "open",
      as: 12_076,
      fourOctetAs: false,
      addPath: { 4: 0, 6: 0 },
      families: { 4: true, 6: false },
      gracefulRestart: false,
      holdTimeSeconds: 180,
      identifier: "192.0.2.2",
    });
  });

  it("takes the AS number from the four-octet capability (RFC 6793)", () => {
    expect(parse(bgpOpen({ as: 4_200_000_001, fourOctetAs: true }))).toMatchObject({
      as: 4_200_000_001,
      fourOctetAs: true,
    });
  });

  it("reads extended optional parameters (RFC 9072)", () => {
    const capability = concat(u8(65, 4), u32(12_076));
    const parameter = concat(u8(2), u16(capability.length), capability);
    const body = concat(
      u8(4),
      u16(23_456),
      u16(90),
      ipBytes("192.0.2.1"),
      u8(255, 255),
      u16(parameter.length),
      parameter,
    );
    const open = concat(new Uint8Array(16).fill(255), u16(19 + body.length), u8(1), body);
    expect(parse(open)).toMatchObject({ as: 12_076, fourOctetAs: true, holdTimeSeconds: 90 });
  });

  it("has no answer for another version", () => {
    const open = bgpOpen({ as: 1 });
    open[19] = 3;
    expect(parse(open)).toBeUndefined();
  });
});

describe("UPDATE", () => {
  it("gives prefixes, path, next hop and communities", () => {
    const bytes = bgpUpdate({
      withdrawn: [nlri("198.51.100.0/24")],
      attributes: [
        hex("40 01 01 00"), // ORIGIN IGP
        asPath([12_076, 8075], 2),
        nextHop("192.0.2.2"),
        communities("12076:5010", "12076:5030"),
      ],
      announced: [nlri("192.0.2.128/25"), nlri("203.0.113.0/24"), nlri("0.0.0.0/0")],
    });
    expect(update(bytes)).toMatchObject({
      announced: ["192.0.2.128/25", "203.0.113.0/24", "0.0.0.0/0"],
      withdrawn: ["198.51.100.0/24"],
      asPath: "12076 8075",
      firstAs: 12_076,
      nextHop: "192.0.2.2",
      communities: ["12076:5010", "12076:5030"],
      hasLocalPreference: false,
      sound: true,
    });
  });

  it("reads AS numbers of four octets, told so or not", () => {
    const bytes = bgpUpdate({ attributes: [asPath([12_076, 4_200_000_001], 4)] });
    expect(update(bytes)).toMatchObject({ asPath: "12076 4200000001", firstAs: 12_076 });
    expect(update(bytes, { asOctets: 4, addPath: NO_PATH_IDS })).toMatchObject({ firstAs: 12_076 });
  });

  it("shows sets and confederations, and the first AS of a sequence", () => {
    const path = attribute(0x40, 2, hex("03 01 fde8  02 01 2f2c  01 02 fbff fc00"));
    expect(update(bgpUpdate({ attributes: [path] }), { asOctets: 2, addPath: NO_PATH_IDS })).toMatchObject({
      asPath: "(65000) 12076 {64511 64512}",
      firstAs: 12_076,
    });
  });

  it("reads IPv6 prefixes of MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760)", () => {
    const reach = attribute(
      0x80,
      14,
      concat(
        u16(2),
        u8(1, 32),
        ipBytes("2001:db8::2"),
        ipBytes("fe80::2"),
        u8(0),
        nlri("2001:db8:1000::/36"),
      ),
    );
    const unreach = attribute(0x80, 15, concat(u16(2), u8(1), nlri("2001:db8::/32")));
    expect(update(bgpUpdate({ attributes: [reach, unreach] }))).toMatchObject({
      announced: ["2001:db8:1000::/36"],
      withdrawn: ["2001:db8::/32"],
      nextHop: "2001:db8::2",
      sound: true,
    });
  });

  it("leaves other address families alone", () => {
    const vpn = attribute(
      0x80,
      14,
      concat(u16(1), u8(128, 12), new Uint8Array(12), u8(0), new Uint8Array(20)),
    );
    expect(update(bgpUpdate({ attributes: [vpn] }))).toMatchObject({ announced: [], sound: true });
  });

  it("knows a route between routers of one AS by its LOCAL_PREF", () => {
    expect(update(bgpUpdate({ attributes: [localPreference(100)] }))).toMatchObject({
      hasLocalPreference: true,
    });
  });

  it("reads path identifiers where the session has them (RFC 7911)", () => {
    const bytes = bgpUpdate({ announced: [nlri("203.0.113.0/24", 7), nlri("192.0.2.0/25", 8)] });
    expect(update(bytes, { asOctets: 4, addPath: { 4: true, 6: false } })).toMatchObject({
      announced: ["203.0.113.0/24", "192.0.2.0/25"],
    });
  });

  it("keeps what stands before a prefix that does not fit", () => {
    const bytes = bgpUpdate({ announced: [nlri("203.0.113.0/24"), hex("21 c0000200")] }); // 33 bits
    expect(update(bytes)).toMatchObject({ announced: ["203.0.113.0/24"], sound: false });
  });

  it("keeps what stands before an attribute that does not fit", () => {
    const bytes = bgpUpdate({ attributes: [nextHop("192.0.2.2"), hex("40 05 09 00")] });
    expect(update(bytes)).toMatchObject({ nextHop: "192.0.2.2", sound: false });
  });
});

describe("parseBgpMessage", () => {
  it("knows KEEPALIVE, NOTIFICATION and others", () => {
    expect(parse(bgpKeepalive())).toEqual({ type: "keepalive" });
    const notification = concat(new Uint8Array(16).fill(255), u16(21), u8(3, 6, 2));
    expect(parse(notification)).toEqual({ type: "notification", code: 6, subcode: 2 });
    const refresh = concat(new Uint8Array(16).fill(255), u16(23), u8(5, 0, 1, 0, 1));
    expect(parse(refresh)).toEqual({ type: "other", code: 5 });
  });

  it("has no answer for a cut message, a wrong marker or a length below the header's", () => {
    const keepalive = bgpKeepalive();
    expect(parse(keepalive.slice(0, 18))).toBeUndefined();
    expect(parse(bgpOpen({ as: 1 }).slice(0, 28))).toBeUndefined();
    expect(parse(keepalive.with(3, 0xfe))).toBeUndefined();
    expect(bgpMessageLength(view(keepalive.with(17, 18)), 0, 19)).toBe(0);
  });

  it("answers for any bytes, cut anywhere", () => {
    const start = bgpUpdate({
      withdrawn: [nlri("198.51.100.0/24")],
      attributes: [asPath([12_076], 4), nextHop("192.0.2.2"), communities("12076:5010")],
      announced: [nlri("203.0.113.0/24")],
    });
    const changed = fc
      .array(fc.tuple(fc.nat(start.length - 20), fc.nat(255)))
      .map((changes) => changes.reduce((bytes, [at, value]) => bytes.with(19 + at, value), start));
    const types = fc
      .tuple(fc.nat(6), fc.uint8Array({ maxLength: 80 }))
      .map(([type, body]) => concat(new Uint8Array(16).fill(255), u16(19 + body.length), u8(type), body));
    fc.assert(
      fc.property(
        fc.oneof(changed, types, fc.uint8Array()),
        fc.nat(100),
        fc.boolean(),
        (bytes, cut, addPath) => {
          const end = Math.max(0, bytes.length - cut);
          const found = parseBgpMessage(view(bytes), 0, end, {
            asOctets: undefined,
            addPath: { 4: addPath, 6: !addPath },
          });
          if (found !== undefined) expect(bgpMessageLength(view(bytes), 0, end)).toBeLessThanOrEqual(end);
          if (found?.type === "update")
            for (const prefix of found.announced) expect(prefix.length).toBeLessThanOrEqual(128);
        },
      ),
    );
  });
});
