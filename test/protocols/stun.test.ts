import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatAddress } from "../../src/address/address.ts";
import { StunAddress } from "../../src/protocols/stun-address.ts";
import { StunClass, StunFlavour, StunMessage } from "../../src/protocols/stun.ts";
import { concat, hex, u16, u32, u8, view } from "../support/bytes.ts";

const message = new StunMessage();
const address = new StunAddress();

function at(bytes: Uint8Array): StunFlavour {
  return message.at(view(bytes), 0, bytes.length);
}

function read(offset: number, xored: boolean): string {
  message.readAddress(offset, xored, address);
  const { version, word0, word1, word2, word3, port } = address;
  return `${formatAddress(version, word0, word1, word2, word3)} ${port}`;
}

describe("STUN of RFC 5389 and later", () => {
  // RFC 5769, section 2.1: the sample request.
  const request = hex(`
    00 01 00 58 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae
    80 22 00 10 53 54 55 4e 20 74 65 73 74 20 63 6c 69 65 6e 74
    00 24 00 04 6e 00 01 ff
    80 29 00 08 93 2f f9 b1 51 26 3b 36
    00 06 00 09 65 76 74 6a 3a 68 36 76 59 20 20 20
    00 08 00 14 9a ea a7 0c bf d8 cb 56 78 1e f2 b5 b2 d3 f2 49 c1 b5 71 a2
    80 28 00 04 e5 7a 3b cf`);

  it("reads the sample request of RFC 5769, padding of any value included", () => {
    expect(at(request)).toBe(StunFlavour.rfc5389);
    expect(message).toMatchObject({
      type: 1,
      class: StunClass.request,
      method: 1,
      attributes: 6,
      microsoft: false,
    });
    expect(message.text(message.usernameAt, message.usernameLength)).toBe("evtj:h6vY");
    expect(message.text(message.softwareAt, message.softwareLength)).toBe("STUN test client");
    expect(message.transactionId()).toBe("b7e7a701bc34d686fa87dfae");
    expect(message.hasPriority).toBe(true);
    expect(message.useCandidate).toBe(false);
    expect(message.fingerprintFits()).toBe(true);
  });

  it("takes bytes of data that look like an address for data", () => {
    const looks = u8(0, 1, 0x13, 0x88, 192, 0, 2, 1);
    const body = concat(u16(0x0013), u16(8), looks, u16(0x8022), u16(8), looks);
    expect(at(concat(u16(0x0016), u16(body.length), u32(0x2112a442), new Uint8Array(12), body))).not.toBe(
      StunFlavour.none,
    );
    expect(message).toMatchObject({ dataAt: 24, dataLength: 8, softwareAt: 36, softwareLength: 8 });
    expect(message).toMatchObject({ mappedAt: -1, xorMappedAt: -1, peerAt: -1 });
  });

  it("finds a wrong fingerprint", () => {
    const broken = request.slice();
    broken[30] = 0x55;
    expect(at(broken)).toBe(StunFlavour.rfc5389);
    expect(message.fingerprintFits()).toBe(false);
  });

  it.each([
    // RFC 5769, section 2.2
    [
      "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96",
      "192.0.2.1 32853",
    ],
    // RFC 5769, section 2.3
    [
      "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c",
      "2001:db8:1234:5678:11:2233:4455:6677 32853",
    ],
  ])("undoes the XOR of the mapped address", (text, expected) => {
    expect(at(hex(text))).toBe(StunFlavour.rfc5389);
    expect(message.class).toBe(StunClass.success);
    expect(read(message.xorMappedAt, true)).toBe(expected);
    expect(message.fingerprintFits()).toBe(true);
  });

  it("accepts a datagram only when the length is exact", () => {
    expect(at(request.subarray(0, -1))).toBe(StunFlavour.none);
    expect(at(concat(request, u8(0)))).toBe(StunFlavour.none);
  });

  it("accepts what a short snap length left, by the length on the wire", () => {
    expect(message.at(view(request), 0, 60, request.length)).toBe(StunFlavour.rfc5389);
    expect(message.complete).toBe(false);
    expect(message.fingerprintFits()).toBe(false);
  });

  it("accepts attributes without padding, which WhatsApp sends, without taking it for Microsoft's", () => {
    const unpadded = concat(
      u16(0x0101),
      u16(13),
      u32(0x2112a442),
      new Uint8Array(12),
      u16(0x8022),
      u16(9),
      hex("313131313131313131"),
    );
    expect(at(unpadded)).toBe(StunFlavour.rfc5389);
    expect(message.microsoft).toBe(false);
  });

  it("refuses attributes that do not end where the message does", () => {
    expect(at(concat(u16(1), u16(8), u32(0x2112a442), new Uint8Array(12), u16(6), u16(5), u32(0)))).toBe(
      StunFlavour.none,
    );
  });
});

describe("STUN without cookie", () => {
  const mapped = concat(u16(1), u16(8), hex("00 01 c0 00 c6 33 64 07"));
  const transaction = new Uint8Array(16).fill(0x17);

  it("reads a binding response of RFC 3489", () => {
    expect(at(concat(u16(0x0101), u16(mapped.length), transaction, mapped))).toBe(StunFlavour.classic);
    expect(read(message.mappedAt, false)).toBe("198.51.100.7 49152");
    expect(message.transactionId()).toBe("17".repeat(16));
  });

  it.each([
    ["a method that RFC 3489 does not have", 0x0003, mapped],
    ["no attribute", 0x0001, new Uint8Array(0)],
    ["an attribute that RFC 3489 does not have", 0x0001, concat(u16(0x0030), u16(4), u32(1))],
  ])("does not believe %s", (_, type, body) => {
    expect(at(concat(u16(type), u16(body.length), transaction, body))).toBe(StunFlavour.none);
  });
});

describe("MS-TURN", () => {
  // Attributes are not padded: the length is 87.
  const unauthorized = hex(
    "011300572112a442000102030405060708090a0b000f000472c64bc680080004000000060009001100000401556e617574686f72697a65642e0015000a227274636d65646961220014001400112233445566778899aabbccddeeff00112233000e000800010d96c6336407",
  );

  it("reads an Allocate error with attributes that are not padded", () => {
    expect(at(unauthorized)).toBe(StunFlavour.msTurn);
    expect(message).toMatchObject({
      errorCode: 401,
      microsoft: true,
      msVersion: 6,
      isTurn: true,
      isMsTurn: true,
    });
    expect(read(message.alternateAt, false)).toBe("198.51.100.7 3478");
  });

  it("reads an Allocate response: relayed address in clear, reflexive address XORed", () => {
    const response = hex(
      "010300702112a442000102030405060708090a0b000f000472c64bc6000d00040000003c000100080001c3cbc63364078008000400000006802000080001e244e112a64880500018aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa0000000100080020bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
    );
    expect(at(response)).toBe(StunFlavour.msTurn);
    expect(read(message.mappedAt, false)).toBe("198.51.100.7 50123");
    expect(read(message.msXorMappedAt, true)).toBe("192.0.2.10 50006");
    expect(message.lifetime).toBe(60);
  });

  it("reads a Data indication whose header has no cookie, by its first attribute", () => {
    const indication = hex(
      "01150060c2d6764f53f1d813305855947dbe126b000f000472c64bc60012000800013fcccb00710900130048010100342112a442000102030405060708090a0b002000080001e244e112a648807000040000000300080014fd9c7bb56576a3b28e1877489cc3a27fe3d469c58028000413d3a957",
    );
    expect(at(indication)).toBe(StunFlavour.msTurnLegacy);
    expect(read(message.peerAt, false)).toBe("203.0.113.9 16332");
    expect(message.dataLength).toBe(72);
    const inner = new StunMessage();
    expect(inner.at(view(indication), message.dataAt, message.dataAt + message.dataLength)).toBe(
      StunFlavour.rfc5389,
    );
    expect(inner.fingerprintFits()).toBe(true);
  });

  it("is not believed when the cookie attribute is not the first", () => {
    const body = concat(u16(0x8008), u16(4), u32(6), u16(0x000f), u16(4), u32(0x72c64bc6));
    expect(at(concat(u16(0x0115), u16(body.length), new Uint8Array(16).fill(9), body))).toBe(
      StunFlavour.none,
    );
  });
});

describe("any bytes", () => {
  it("get an answer, and every offset lies inside", () => {
    const cookies = fc.constantFrom(u32(0x2112a442), u32(0), concat(u32(0x2112a442)));
    const start = fc.constantFrom(hex("000f000472c64bc6"), new Uint8Array(0));
    const bytes = fc
      .tuple(fc.nat(0x3fff), cookies, start, fc.uint8Array({ maxLength: 120 }), fc.nat(4))
      .map(([type, cookie, first, body, cut]) => {
        const rest = concat(first, body);
        const whole = concat(u16(type), u16(rest.length), cookie, new Uint8Array(12), rest);
        return { whole, end: whole.length - Math.min(cut, whole.length) };
      });
    fc.assert(
      fc.property(bytes, ({ whole, end }) => {
        const flavour = message.at(view(whole), 0, end, whole.length);
        if (flavour === StunFlavour.none) return;
        for (const offset of [
          message.mappedAt,
          message.xorMappedAt,
          message.msXorMappedAt,
          message.relayedAt,
          message.peerAt,
          message.alternateAt,
          message.destinationAt,
        ]) {
          if (offset < 0) continue;
          message.readAddress(offset, true, address);
          expect(address.port).toBeLessThanOrEqual(0xffff);
        }
        expect(message.usernameAt + message.usernameLength).toBeLessThanOrEqual(end);
        expect(message.text(message.softwareAt, message.softwareAt < 0 ? 0 : message.softwareLength)).toMatch(
          /^[ -~]*$/,
        );
        message.fingerprintFits();
        message.transactionId();
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (noise) => {
        at(noise);
      }),
    );
  });
});
