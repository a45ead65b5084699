import { createCipheriv, createHash, createHmac } from "node:crypto";
import { crc32 as zlibCrc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aes128Block } from "../../src/hash/aes-block.ts";
import { gcmTagFits } from "../../src/hash/ghash.ts";
import { crc32 } from "../../src/hash/crc32.ts";
import { sha1OfShort } from "../../src/hash/sha1.ts";
import { HmacKey, sha256Hex12 } from "../../src/hash/sha256.ts";
import { hex, view } from "../support/bytes.ts";

describe("the tag of AES-128-GCM", () => {
  const any = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

  it("is told right from wrong as node:crypto tells it", () => {
    fc.assert(
      fc.property(
        any(16),
        any(12),
        fc.uint8Array({ maxLength: 80 }),
        fc.uint8Array({ maxLength: 200 }),
        fc.nat(127),
        (key, nonce, additional, text, wrong) => {
          const cipher = createCipheriv("aes-128-gcm", key, nonce);
          cipher.setAAD(additional);
          const body = cipher.update(text);
          cipher.final();
          const bytes = Uint8Array.from([...additional, ...body, ...cipher.getAuthTag()]);
          const start = additional.length;
          const end = start + body.length;
          expect(gcmTagFits(key, nonce, view(bytes), 0, start, end)).toBe(true);
          const at = end + (wrong >> 3);
          bytes[at] = (bytes[at] ?? 0) ^ (1 << (wrong & 7));
          expect(gcmTagFits(key, nonce, view(bytes), 0, start, end)).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("hashes of short messages, held against node:crypto", () => {
  it("SHA-256, of every length around a block", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(8), (message, extra) => {
        const padded = new Uint8Array(message.length + extra);
        padded.set(message);
        const wanted = createHash("sha256").update(message).digest("hex").slice(0, 12);
        expect(sha256Hex12(padded, message.length)).toBe(wanted);
      }),
      { numRuns: 500 },
    );
  });

  it("HMAC-SHA-256, RFC 4231's first case and any other", () => {
    const out = new Uint8Array(32);
    const message = new TextEncoder().encode("Hi There");
    new HmacKey(new Uint8Array(20).fill(0x0b)).digest(message, message.length, out);
    expect(Buffer.from(out).toString("hex")).toBe(
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 200 }), (key, text) => {
        new HmacKey(key).digest(text, text.length, out);
        expect(Buffer.from(out).equals(createHmac("sha256", key).update(text).digest())).toBe(true);
      }),
      { numRuns: 300 },
    );
    expect(() => new HmacKey(new Uint8Array(65))).toThrow(RangeError);
  });

  it("CRC-32 of any part of some bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, from) => {
        const start = Math.min(from, bytes.length);
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        expect(crc32(view, start, bytes.length)).toBe(zlibCrc32(bytes.subarray(start)));
      }),
    );
    // The check value of the polynomial.
    const digits = Buffer.from("123456789");
    expect(crc32(new DataView(digits.buffer, digits.byteOffset, 9), 0, 9)).toBe(0xcbf43926);
  });

  it("SHA-1 up to 55 bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 55 }), (message) => {
        const wanted = createHash("sha1").update(message).digest("base64");
        expect(sha1OfShort(message, message.length).toString("base64")).toBe(wanted);
      }),
      { numRuns: 300 },
    );
    expect(() => sha1OfShort(new Uint8Array(56), 56)).toThrow(RangeError);
  });

  it("AES-128, FIPS 197's example (appendix B) and any other block", () => {
    const key = hex("2b7e151628aed2a6abf7158809cf4f3c");
    const plain = hex("3243f6a8885a308d313198a2e0370734");
    expect(Buffer.from(aes128Block(key, view(plain), 0)).toString("hex")).toBe(
      "3925841d02dc09fbdc118597196a0b32",
    );
    const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(sixteen, sixteen, (anyKey, block) => {
        const cipher = createCipheriv("aes-128-ecb", anyKey, null).setAutoPadding(false);
        const wanted = cipher.update(block).toString("hex");
        expect(Buffer.from(aes128Block(anyKey, view(block), 0)).toString("hex")).toBe(wanted);
      }),
      { numRuns: 300 },
    );
  });
});
