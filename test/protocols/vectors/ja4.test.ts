import { describe, expect, it } from "vitest";
import { ja4 } from "../../../src/protocols/ja4.ts";
import { readClientHello } from "../../../src/protocols/tls-client-hello.ts";
import { ascii, concat, hex, Noise, u16, u8, view } from "../../support/bytes.ts";
import { JA4, type Ja4Vector } from "./ja4.ts";

describe("JA4", () => {
  it.each(JA4)("$serverName over $transport: $ja4", (vector) => {
    const bytes = helloOf(vector);
    const read = readClientHello(view(bytes), 0, bytes.length, bytes.length, false);
    if (read === undefined) throw new Error("no hello");
    expect(read.serverName).toBe(vector.serverName);
    expect(ja4(read, vector.transport)).toBe(vector.ja4);
  });
});

/** The body of a hello with exactly these lists; extensions that JA4 does not look into are empty. */
function helloOf(vector: Ja4Vector): Uint8Array {
  const noise = new Noise(7);
  const vector16 = (body: Uint8Array): Uint8Array => concat(u16(body.length), body);
  const vector8 = (body: Uint8Array): Uint8Array => concat(u8(body.length), body);
  const bodies = new Map([
    [0, vector16(concat(u8(0), vector16(ascii(vector.serverName))))],
    [13, vector16(hex(vector.signatureAlgorithms))],
    [16, vector16(concat(...vector.alpn.map((name) => vector8(hex(name)))))],
    [43, vector8(hex(vector.supportedVersions))],
  ]);
  const types = (vector.extensions.match(/.{4}/g) ?? []).map((digits) => Number.parseInt(digits, 16));
  const extensions = types.map((type) => concat(u16(type), vector16(bodies.get(type) ?? new Uint8Array(0))));
  return concat(
    hex(vector.legacyVersion),
    noise.bytes(32),
    vector8(noise.bytes(32)),
    vector16(hex(vector.ciphers)),
    vector8(u8(0)),
    vector16(concat(...extensions)),
  );
}
