import { describe, expect, it } from "vitest";
import { hex, Noise, u32, view } from "./bytes.ts";
import { clientHello, pseudoTlsClientHello, pseudoTlsServerHello } from "./payloads.ts";
import { crc32, stun, stunXorAddress } from "./payloads-media.ts";

// The fixtures judge the program, so their own builders are held against the RFCs' examples.
describe("builders of payloads", () => {
  const transaction = hex("b7 e7 a7 01 bc 34 d6 86 fa 87 df ae");

  it("compute the FINGERPRINT of RFC 5769, section 2.1", () => {
    const request = hex(`
      00 01 00 58 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae
      80 22 00 10 53 54 55 4e 20 74 65 73 74 20 63 6c 69 65 6e 74
      00 24 00 04 6e 00 01 ff 80 29 00 08 93 2f f9 b1 51 26 3b 36
      00 06 00 09 65 76 74 6a 3a 68 36 76 59 20 20 20
      00 08 00 14 9a ea a7 0c bf d8 cb 56 78 1e f2 b5 b2 d3 f2 49 c1 b5 71 a2
    `);
    expect((crc32(request) ^ 0x5354554e) >>> 0).toBe(0xe57a3bcf);
  });

  it("hide addresses as RFC 5769, sections 2.2 and 2.3, has them", () => {
    expect(stunXorAddress("192.0.2.1", 32853, transaction)).toEqual(hex("00 01 a1 47 e1 12 a6 43"));
    expect(stunXorAddress("2001:db8:1234:5678:11:2233:4455:6677", 32853, transaction)).toEqual(
      hex("00 02 a1 47 01 13 a9 fa a5 d3 f1 79 bc 25 f4 b5 be d2 b9 d9"),
    );
  });

  it("count the FINGERPRINT in the message length before it is computed", () => {
    const message = stun(0x0001, [[0x0024, u32(0x6e0001ff)]], { transaction, fingerprint: true });
    expect(view(message).getUint16(2)).toBe(message.length - 20);
    const covered = message.subarray(0, message.length - 8);
    expect(view(message).getUint32(message.length - 4)).toBe((crc32(covered) ^ 0x5354554e) >>> 0);
  });

  it("write pseudo-TLS in the sizes of MS-TURN, section 2.1.1", () => {
    expect(pseudoTlsClientHello(new Noise(1))).toHaveLength(50);
    expect(pseudoTlsServerHello(new Noise(1))).toHaveLength(83);
  });

  it("fill a ClientHello's record to its end", () => {
    const hello = clientHello({ serverName: "teams.microsoft.com", seed: 1, postQuantum: true });
    expect(view(hello).getUint16(3)).toBe(hello.length - 5);
    expect((view(hello).getUint8(6) << 16) | view(hello).getUint16(7)).toBe(hello.length - 9);
  });
});
