import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as layout from "../../src/flows/layout.ts";
import { SYN, ACK, FIN, RST, Table, back } from "../support/counted-table.ts";

describe("the table of flows", () => {
  it("holds both directions of a 5-tuple in one record", () => {
    const t = new Table();
    const flow = t.send({ length: 10 }, 1);
    expect(t.send({ ...back, length: 5 }, 2)).toBe(flow);
    expect([t.table.word(flow, layout.PACKETS), t.table.word(flow, layout.PACKETS + 1)]).toEqual([1, 1]);
    expect([t.table.word(flow, layout.BYTES), t.table.word(flow, layout.BYTES + 1)]).toEqual([50, 45]);
  });

  it("keeps TCP and UDP, and swapped ports, apart", () => {
    const t = new Table();
    const flows = [t.send({}, 1), t.send({ udp: true }, 1), t.send({ ports: [443, 50_000] }, 1)];
    expect(new Set(flows).size).toBe(3);
  });

  it("begins a second flow after the idle time-out, and not a second before", () => {
    const t = new Table();
    const flow = t.send({ udp: true }, 1000);
    expect(t.send({ udp: true }, 1300)).toBe(flow);
    expect(t.send({ udp: true }, 1601)).not.toBe(flow);
    expect(t.ended).toEqual([flow]);
  });

  it.each([0, 1, 500_000_000, 999_999_999])(
    "counts idle time to the nanosecond (first packet at .%i)",
    (n) => {
      const t = new Table();
      const flow = t.send({ udp: true }, 1000, n);
      expect(t.send({ udp: true, ...back }, 1300, n)).toBe(flow);
      const [seconds, nanoseconds] = n === 999_999_999 ? [1601, 0] : [1600, n + 1];
      expect(t.send({ udp: true }, seconds, nanoseconds)).not.toBe(flow);
    },
  );

  it("takes packets in the first second of 1970 for packets with a time", () => {
    const t = new Table();
    const flow = t.send({ udp: true }, 0, 500_000_000);
    expect(t.send({ udp: true }, 1000)).not.toBe(flow);
    t.table.sweep(2000, Number.POSITIVE_INFINITY);
    expect(t.table.live).toBe(0);
  });

  it.each([0, 300_000_000, 600_000_000, 900_000_000])(
    "takes a refused SYN that comes again half a second later for the same connection's (at .%i)",
    (n) => {
      const t = new Table();
      const at = (tenths: number): [number, number] => {
        const total = n + tenths * 100_000_000;
        return [1 + Math.floor(total / 1e9), total % 1e9];
      };
      const flow = t.send({ flags: SYN, sequence: 100 }, ...at(0));
      t.send({ ...back, flags: 0x14, acknowledgement: 101 }, ...at(0));
      expect(t.send({ flags: SYN, sequence: 100 }, ...at(5))).toBe(flow);
      t.send({ ...back, flags: 0x14, acknowledgement: 101 }, ...at(5));
      expect(t.send({ flags: SYN, sequence: 100 }, ...at(10))).toBe(flow);
      expect(t.send({ flags: SYN, sequence: 100 }, ...at(21))).not.toBe(flow);
    },
  );

  it("keeps a refused SYN with the reset that the capture has before it", () => {
    const t = new Table();
    const flow = t.send({ ...back, flags: RST | ACK, acknowledgement: 101 }, 1, 20_000_000);
    expect(t.send({ flags: SYN, sequence: 100 }, 1)).toBe(flow);
    const refused = layout.TCP_SYN_SENT | (layout.TCP_RST_SENT << 8) | layout.TCP_SYN_REFUSED;
    expect(t.table.word(flow, layout.TCP_STATE) & refused).toBe(refused);
    t.send({ ...back, flags: RST | ACK, acknowledgement: 101 }, 1, 520_000_000);
    expect(t.send({ flags: SYN, sequence: 100 }, 1, 500_000_000)).toBe(flow);
    // Another connection's.
    expect(t.send({ flags: SYN, sequence: 7000 }, 1, 600_000_000)).not.toBe(flow);
  });

  it("begins a second flow when a connection of which one direction is captured is opened again", () => {
    const t = new Table();
    const flow = t.send({ flags: SYN, sequence: 70_000 }, 1);
    t.send({ flags: ACK, sequence: 70_001, acknowledgement: 901, length: 100 }, 1);
    t.send({ flags: FIN | ACK, sequence: 70_101, acknowledgement: 901 }, 2);
    expect(t.send({ flags: ACK, sequence: 70_102, acknowledgement: 902 }, 2)).toBe(flow);
    // The same SYN late, as another tap saw it.
    expect(t.send({ flags: SYN, sequence: 70_000 }, 2)).toBe(flow);
    expect(t.send({ flags: SYN, sequence: 100 }, 4)).not.toBe(flow);
    expect(t.table.live).toBe(1);
  });

  it("the same where only the way back is captured", () => {
    const t = new Table();
    const flow = t.send({ ...back, flags: SYN | ACK, sequence: 900, acknowledgement: 101 }, 1);
    t.send({ ...back, flags: FIN | ACK, sequence: 901, acknowledgement: 102 }, 2);
    expect(t.send({ ...back, flags: SYN | ACK, sequence: 900, acknowledgement: 101 }, 2)).toBe(flow);
    expect(t.send({ ...back, flags: SYN | ACK, sequence: 50_000, acknowledgement: 70_001 }, 3)).not.toBe(
      flow,
    );
  });

  it("keeps halves together of which one is captured with a clock that goes ahead", () => {
    const t = new Table();
    const flow = t.send({ ...back, flags: SYN | ACK, sequence: 900, acknowledgement: 101 }, 1);
    t.send({ ...back, flags: FIN | ACK, sequence: 901, acknowledgement: 102 }, 2);
    expect(t.send({ flags: SYN, sequence: 100 }, 6)).toBe(flow);
    t.send({ flags: FIN | ACK, sequence: 101, acknowledgement: 901 }, 7);
    expect(t.table.live).toBe(1);
  });

  it("begins a second flow when a closed connection is opened again", () => {
    const t = new Table();
    const flow = t.send({ flags: SYN, sequence: 100 }, 1);
    t.send({ ...back, flags: SYN | ACK, sequence: 900, acknowledgement: 101 }, 1);
    t.send({ flags: FIN | ACK, sequence: 101, acknowledgement: 901 }, 2);
    t.send({ ...back, flags: FIN | ACK, sequence: 901, acknowledgement: 102 }, 2);
    t.send({ flags: ACK, sequence: 102, acknowledgement: 902 }, 2);
    expect(t.send({ flags: SYN, sequence: 70_000 }, 3)).not.toBe(flow);
    expect(t.table.live).toBe(1);
  });

  const reused = (t: Table, flow: number): boolean =>
    (t.table.word(flow, layout.META) & layout.META_REUSED) !== 0;

  it("marks both flows of a 5-tuple that is used again, though a sweep ended the first", () => {
    const t = new Table();
    const flow = t.send({ udp: true }, 1000);
    const other = t.send({ udp: true, from: 3 }, 1000);
    t.table.sweep(1400, Number.POSITIVE_INFINITY);
    expect(t.ended).toEqual([flow, other]);
    expect(reused(t, flow)).toBe(false);
    const next = t.send({ udp: true, ...back }, 1401);
    expect([flow, next, other].map((each) => reused(t, each))).toEqual([true, true, false]);
  });

  it("marks the later flow when the record of the first was given away", () => {
    const t = new Table();
    const flow = t.send({ udp: true }, 1000);
    t.table.sweep(1400, Number.POSITIVE_INFINITY);
    t.table.release(flow);
    const other = t.send({ udp: true, from: 3 }, 1401);
    expect(other).toBe(flow);
    const next = t.send({ udp: true }, 1402);
    expect([reused(t, next), reused(t, other)]).toEqual([true, false]);
    t.table.sweep(1800, Number.POSITIVE_INFINITY);
    t.table.release(next);
    expect(reused(t, t.send({ udp: true }, 1801))).toBe(true); // takes its own first record again
  });

  it("counts bytes beyond 32 bits", () => {
    const t = new Table();
    const flow = t.send({ length: 0xfffffff0 - 40 }, 1);
    t.send({ length: 0xffffffff - 40 }, 1);
    expect(t.table.word(flow, layout.BYTES) + t.table.word(flow, layout.BYTES_UPPER) * 2 ** 32).toBe(
      0xfffffff0 + 0xffffffff,
    );
    for (let i = 0; i < 3; i++) t.send({ ...back, length: 0xffffffff - 40 }, 1);
    expect(t.table.word(flow, layout.BYTES + 1)).toBe((3 * 0xffffffff) % 2 ** 32);
    expect(t.table.word(flow, layout.BYTES_UPPER)).toBe(1 + 2 * 2 ** 16);
  });

  it("finds every flow again after others were ended, whatever the order (a Map is the judge)", () => {
    const step = fc.record({
      from: fc.integer({ min: 1, max: 40 }),
      to: fc.integer({ min: 1, max: 40 }),
      port: fc.integer({ min: 1, max: 3 }),
      end: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const t = new Table();
        const known = new Map<string, number>();
        for (const { from, to, port, end } of steps) {
          const flow = t.send({ from, to, ports: [port, port], udp: true }, 1);
          const key = `${Math.min(from, to)} ${Math.max(from, to)} ${port}`;
          if (known.has(key)) expect(flow).toBe(known.get(key));
          else expect([...known.values()]).not.toContain(flow);
          known.set(key, flow);
          if (end) {
            t.table.end(flow);
            t.table.release(flow);
            known.delete(key);
          }
          expect(t.table.live).toBe(known.size);
        }
      }),
    );
  });
});
