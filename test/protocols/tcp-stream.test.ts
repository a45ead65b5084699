import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Added, ByteBudget, TcpStream } from "../../src/protocols/tcp-stream.ts";
import { ascii, view } from "../support/bytes.ts";

function stream(limit?: number): TcpStream {
  return new TcpStream(new ByteBudget(1 << 20), limit);
}

function add(to: TcpStream, sequence: number, text: string): number {
  return to.add(view(ascii(text)), 0, text.length, sequence);
}

function text(of: TcpStream): string {
  return Buffer.from(of.view.buffer, of.view.byteOffset, of.length).toString("latin1");
}

describe("TcpStream", () => {
  it("puts segments in order whatever order they come in", () => {
    const s = stream();
    expect(add(s, 100, "abc")).toBe(Added.grew);
    expect(add(s, 106, "ghi")).toBe(Added.held);
    expect(s.hasHole).toBe(true);
    expect(add(s, 103, "def")).toBe(Added.grew);
    expect(text(s)).toBe("abcdefghi");
    expect(s.hasHole).toBe(false);
  });

  it("puts an earlier segment that comes late in front, until something is consumed", () => {
    const s = stream();
    add(s, 103, "def");
    expect(add(s, 100, "abc")).toBe(Added.grew);
    expect(text(s)).toBe("abcdef");
    s.consume(3);
    expect(add(s, 97, "xyz")).toBe(Added.nothing);
    expect(text(s)).toBe("def");
  });

  it("ignores retransmissions and takes the new part of an overlap", () => {
    const s = stream();
    add(s, 1, "abcd");
    expect(add(s, 1, "abcd")).toBe(Added.nothing);
    expect(add(s, 3, "CDef")).toBe(Added.grew);
    expect(text(s)).toBe("abcdef");
  });

  it("goes on where sequence numbers wrap", () => {
    const s = stream();
    add(s, 0xfffffffe, "abc");
    add(s, 1, "def");
    expect(text(s)).toBe("abcdef");
  });

  it("gives up a hole only when told to", () => {
    const s = stream();
    add(s, 0, "abc");
    add(s, 10, "klm");
    expect(text(s)).toBe("abc");
    s.skipHole();
    expect(text(s)).toBe("klm");
    add(s, 13, "nop");
    expect(text(s)).toBe("klmnop");
  });

  it("keeps no more than its limit, and no more than all streams may hold", () => {
    const s = stream(8);
    expect(add(s, 0, "0123456789")).toBe(Added.grew);
    expect(s.length).toBe(8);
    expect(add(s, 8, "89")).toBe(Added.beyond);
    const budget = new ByteBudget(900);
    const first = new TcpStream(budget);
    const second = new TcpStream(budget);
    expect(add(first, 0, "a")).toBe(Added.grew);
    expect(add(second, 0, "a")).toBe(Added.beyond);
    first.release();
    expect(add(second, 0, "a")).toBe(Added.grew);
  });

  it("takes what fills a hole when it keeps as many runs as it may", () => {
    const s = stream();
    for (let i = 0; i < 40; i++) add(s, i * 3, "a");
    expect(add(s, 95, "bc")).toBe(Added.beyond);
    expect(add(s, 1, "bca")).toBe(Added.grew);
    expect(text(s)).toBe("abca");
    for (let i = 1; i < 31; i++) add(s, i * 3 + 1, "bc");
    expect(s.length).toBe(94);
    expect(s.hasHole).toBe(false);
  });

  it("ends up with the bytes that were sent, however they were cut, repeated and shuffled", () => {
    const cuts = fc.array(fc.record({ from: fc.nat(200), length: fc.integer({ min: 1, max: 60 }) }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(cuts, fc.integer({ min: 0, max: 0xffffffff }), fc.boolean(), (pieces, base, eager) => {
        const sent = Uint8Array.from({ length: 260 }, (_, i) => (i * 7 + (i >>> 3)) & 255);
        const s = stream();
        const have = new Set<number>();
        // The first byte comes first, so that the beginning is known.
        for (const { from, length } of [{ from: 0, length: 1 }, ...pieces]) {
          s.add(view(sent), from, from + length, (base + from) >>> 0);
          for (let i = from; i < from + length; i++) have.add(i);
        }
        let whole = 0;
        while (have.has(whole)) whole++;
        expect(s.length).toBe(whole);
        expect(Buffer.from(s.view.buffer, 0, s.length).equals(sent.subarray(0, whole))).toBe(true);
        if (eager) {
          s.consume(Math.floor(whole / 2));
          expect(s.length).toBe(whole - Math.floor(whole / 2));
        }
      }),
    );
  });
});
