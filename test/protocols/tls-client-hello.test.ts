import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readClientHello } from "../../src/protocols/tls-client-hello.ts";
import { ascii, concat, u16, u8, view } from "../support/bytes.ts";
import { clientHello } from "../support/payloads.ts";

/** Body of the ClientHello in a record of test/support. */
function body(record: Uint8Array): Uint8Array {
  return record.subarray(9);
}

function read(bytes: Uint8Array, end: number = bytes.length): ReturnType<typeof readClientHello> {
  return readClientHello(view(bytes), 0, bytes.length, end, false);
}

/** A body with one server_name extension that holds these bytes. */
function helloWithName(name: Uint8Array): Uint8Array {
  const entry = concat(u8(0), u16(name.length), name);
  const extension = concat(u16(0), u16(entry.length + 2), u16(entry.length), entry);
  return concat(
    u16(0x0303),
    new Uint8Array(32),
    u8(0),
    u16(2),
    u16(0x1301),
    u8(1, 0),
    u16(extension.length),
    extension,
  );
}

describe("readClientHello", () => {
  it("reads name, ALPN, versions and lists", () => {
    const hello = read(
      body(clientHello({ serverName: "Teams.Microsoft.COM.", seed: 1, alpn: ["h2", "http/1.1"] })),
    );
    expect(hello).toMatchObject({
      legacyVersion: 0x0303,
      serverName: "teams.microsoft.com",
      nameNote: undefined,
      alpn: ["h2", "http/1.1"],
      supportedVersions: [0x0304, 0x0303],
      signatureAlgorithms: [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501],
      encryptedClientHello: false,
      complete: true,
    });
    expect(hello?.ciphers).toHaveLength(7);
    expect(hello?.random).toMatch(/^[\w-]{43}$/);
  });

  it.each([
    ["an IPv4 address", ascii("192.0.2.1"), "server name of the ClientHello is an IP address: 192.0.2.1"],
    ["an IPv6 address", ascii("2001:db8::1"), "server name of the ClientHello is an IP address: 2001:db8::1"],
    ["a line feed", ascii("a.example\nb"), "server name of the ClientHello holds what no host name can hold"],
    [
      "a formula",
      ascii("=cmd|' /C calc'!A0"),
      "server name of the ClientHello holds what no host name can hold",
    ],
    [
      "bytes above ASCII",
      u8(0x61, 0xff, 0x2e, 0x62),
      "server name of the ClientHello holds what no host name can hold",
    ],
    ["empty labels", ascii("a..b"), "server name of the ClientHello holds what no host name can hold"],
    ["a port", ascii("server:443"), "server name of the ClientHello holds what no host name can hold"],
    ["nothing", new Uint8Array(0), "server name of the ClientHello is empty"],
  ])("takes no name from %s, and says so", (_, name, note) => {
    expect(read(helloWithName(name))).toMatchObject({ serverName: undefined, nameNote: note });
  });

  it("says when an encrypted ClientHello is offered", () => {
    const plain = helloWithName(ascii("public.example"));
    const ech = concat(u16(0xfe0d), u16(4), u8(0, 0, 0, 0));
    const both = concat(plain, ech);
    const lengthAt = 34 + 1 + 4 + 2; // version, random, session, ciphers, compression
    both.set(u16(both.length - lengthAt - 2), lengthAt);
    expect(read(both)).toMatchObject({ serverName: "public.example", encryptedClientHello: true });
  });

  it("of a message that is not all there keeps what is, and says so", () => {
    const whole = body(clientHello({ serverName: "outlook.office365.com", seed: 2, postQuantum: true }));
    const cut = read(whole, 200);
    expect(cut).toMatchObject({ serverName: "outlook.office365.com", complete: false });
    expect(read(whole)?.complete).toBe(true);
    expect(read(whole, 60)).toMatchObject({ complete: false, ciphers: [] });
  });

  it("refuses lengths that point past the message", () => {
    const bytes = body(clientHello({ serverName: "a.example", seed: 3 }));
    const broken = bytes.slice();
    broken.set(u16(0xffff), 34 + 1 + 32); // cipher suites
    expect(read(broken)).toBeUndefined();
  });

  it("reads the cookie of DTLS", () => {
    const dtls = concat(
      u16(0xfefd),
      new Uint8Array(32),
      u8(0),
      u8(3, 1, 2, 3),
      u16(2),
      u16(0xc02b),
      u8(1, 0),
    );
    expect(readClientHello(view(dtls), 0, dtls.length, dtls.length, true)).toMatchObject({
      legacyVersion: 0xfefd,
      ciphers: [0xc02b],
      complete: true,
    });
  });

  it("answers for any bytes, cut anywhere", () => {
    const real = body(clientHello({ serverName: "a.example", seed: 4 }));
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(real.length),
        fc.nat(300),
        fc.boolean(),
        (noise, at, length, datagram) => {
          const bytes = concat(real.subarray(0, at), noise);
          const hello = readClientHello(view(bytes), 0, at + length, bytes.length, datagram);
          if (hello?.serverName !== undefined) expect(hello.serverName).toMatch(/^[a-z0-9._-]+$/);
        },
      ),
    );
  });
});
