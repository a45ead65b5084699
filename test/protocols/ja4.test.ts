import { describe, expect, it } from "vitest";
import { ja4 } from "../../src/protocols/ja4.ts";
import { type ClientHello, readClientHello } from "../../src/protocols/tls-client-hello.ts";
import { hex, view } from "../support/bytes.ts";
import { pseudoTlsClientHello } from "../support/payloads.ts";
import { Noise } from "../support/bytes.ts";
import { SHARED, sharedJson } from "../support/shared.ts";

/** Reads a handshake message: type, three bytes of length, body. */
function read(message: Uint8Array): ClientHello {
  const length = ((message[1] ?? 0) << 16) | ((message[2] ?? 0) << 8) | (message[3] ?? 0);
  const hello = readClientHello(view(message), 4, length, message.length, false);
  if (hello === undefined) throw new Error("no ClientHello");
  return hello;
}

function hello(parts: Partial<ClientHello>): ClientHello {
  return {
    legacyVersion: 0x0303,
    random: "",
    ciphers: [],
    extensions: [],
    supportedVersions: [],
    signatureAlgorithms: [],
    alpn: [],
    serverName: undefined,
    nameNote: undefined,
    encryptedClientHello: false,
    complete: true,
    ...parts,
  };
}

describe("ja4", () => {
  it("of Microsoft's pseudo-TLS hello is the published one", () => {
    const record = pseudoTlsClientHello(new Noise(1));
    expect(ja4(read(record.subarray(5)), "t")).toBe("t10i010000_7550e2da7b7a_000000000000");
  });

  it("drops GREASE everywhere and counts to 99 at most", () => {
    const many = Array.from({ length: 120 }, (_, i) => 0x1000 + i);
    const plain = hello({ ciphers: many, extensions: [0, 16, 43], supportedVersions: [0x0304] });
    const greased = hello({
      ciphers: [0x0a0a, ...many],
      extensions: [0xaaaa, 0, 16, 43, 0x1a1a],
      supportedVersions: [0x7a7a, 0x0304],
    });
    expect(ja4(plain, "t")).toMatch(/^t13d990300_/);
    expect(ja4(greased, "t")).toBe(ja4(plain, "t"));
  });

  it.each([
    [["h2"], "h2"],
    [["http/1.1"], "h1"],
    [["x"], "xx"],
    [[], "00"],
    [["\xab\xcd"], "ad"],
    [["\xba\xba"], "ba"],
    [["h\xff"], "6f"],
  ])("writes the first ALPN name %j as %s", (alpn, code) => {
    expect(ja4(hello({ alpn }), "t").slice(8, 10)).toBe(code);
  });

  it.each([
    ["t", [], 0x0300, "s3"],
    ["t", [0x0303, 0x0304], 0x0303, "13"],
    ["q", [0x0304], 0x0303, "13"],
    ["d", [0xfefd, 0xfefc], 0xfefd, "d3"],
    ["d", [], 0xfeff, "d1"],
    ["t", [0x7f1c], 0x0303, "00"],
  ] as const)(
    "over %s with versions %j writes %s as %s",
    (transport, supportedVersions, legacyVersion, code) => {
      expect(ja4(hello({ supportedVersions, legacyVersion }), transport).slice(0, 3)).toBe(transport + code);
    },
  );

  it.each([
    [hello({ ciphers: [0x1301] }), /^t12i010000_[0-9a-f]{12}_000000000000$/],
    [hello({}), /^t12i000000_000000000000_000000000000$/],
  ])("writes zeros for lists that are empty", (empty, expected) => {
    expect(ja4(empty, "t")).toMatch(expected);
  });

  describe.skipIf(SHARED === undefined)("the shared vectors", () => {
    interface Vector {
      client_hello_hex: string;
      ja4_computed: string;
      sni: string;
      transport: "t" | "q";
    }
    const vectors =
      SHARED === undefined ? [] : sharedJson<{ ja4: Vector[] }>("facts", "test-vectors.json").ja4;
    it.each(vectors.map((vector) => [vector.sni, vector.ja4_computed, vector] as const))(
      "%s has %s",
      (name, value, vector) => {
        const read_ = read(hex(vector.client_hello_hex));
        expect(ja4(read_, vector.transport)).toBe(value);
        expect(read_.serverName).toBe(name);
      },
    );
  });
});
