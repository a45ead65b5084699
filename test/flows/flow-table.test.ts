import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_TIMEOUTS } from "../../src/flows/end-rule.ts";
import { FlowTable } from "../../src/flows/flow-table.ts";
import * as layout from "../../src/flows/layout.ts";
import { Packet, PacketKind } from "../../src/wire/packet.ts";
import { Counting } from "../support/counting.ts";

const SYN = 2;
const ACK = 16;
const FIN = 1;

interface Sent {
  readonly from?: number;
  readonly to?: number;
  readonly ports?: readonly [number, number];
  readonly udp?: boolean;
  readonly flags?: number;
  readonly sequence?: number;
  readonly acknowledgement?: number;
  readonly length?: number;
}

function packet(sent: Sent): Packet {
  const made = new Packet();
  made.kind = sent.udp === true ? PacketKind.udp : PacketKind.tcp;
  made.ipVersion = 4;
  made.protocol = sent.udp === true ? 17 : 6;
  made.source2 = made.destination2 = 0xffff;
  made.source3 = sent.from ?? 1;
  made.destination3 = sent.to ?? 2;
  [made.sourcePort, made.destinationPort] = sent.ports ?? [50_000, 443];
  made.tcpFlags = sent.flags ?? ACK;
  made.tcpSequence = sent.sequence ?? 0;
  made.tcpAcknowledgement = sent.acknowledgement ?? 0;
  made.payloadLength = sent.length ?? 0;
  made.ipLength = 40 + made.payloadLength;
  return made;
}

class Table {
  readonly ended: number[] = [];
  readonly table = new FlowTable(DEFAULT_TIMEOUTS, { ended: (flow) => this.ended.push(flow) });
  readonly #counting = new Counting(this.table);

  send(sent: Sent, seconds: number, nanoseconds = 0): number {
    return this.#counting.count(packet(sent), seconds, nanoseconds);
  }
}

const back = { from: 2, to: 1, ports: [443, 50_000] } as const;

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

describe("TCP segments", () => {
  it("counts a segment sent again, not one that was only late, and not a keep-alive", () => {
    const t = new Table();
    const flow = t.send({ sequence: 100, length: 10 }, 1);
    t.send({ sequence: 120, length: 10 }, 1, 1000);
    t.send({ sequence: 110, length: 10 }, 1, 2000); // 1 microsecond late: reordered
    t.send({ sequence: 129, length: 1 }, 5); // keep-alive: the last byte again
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(0);
    t.send({ sequence: 100, length: 10 }, 6);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(1);
  });

  it("counts every lost segment that fills a hole later than reordering explains, whatever was sent behind it", () => {
    const t = new Table();
    const flow = t.send({ sequence: 100, length: 10 }, 1);
    t.send({ sequence: 130, length: 10 }, 1, 1_000_000); // 110 to 129 were lost before the capture
    for (let i = 1; i < 50; i++) t.send({ sequence: 130 + 10 * i, length: 10 }, 1, (1 + i) * 1_000_000);
    t.send({ sequence: 110, length: 10 }, 1, 50_100_000); // 0.1 ms behind the packet before, 49 ms behind the hole
    t.send({ sequence: 120, length: 10 }, 1, 50_110_000);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(2);
  });

  it("counts no late segment of several holes, but each of them that comes twice", () => {
    const t = new Table();
    const flow = t.send({ sequence: 100, length: 10 }, 1);
    // Two ways, one 0.5 ms longer: every other segment is late, five holes are open at once.
    for (let i = 1; i <= 9; i += 2) t.send({ sequence: 110 + 10 * i, length: 10 }, 1, i * 10_000);
    for (let i = 0; i <= 8; i += 2) t.send({ sequence: 110 + 10 * i, length: 10 }, 1, 500_000 + i * 10_000);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(0);
    for (let i = 0; i <= 8; i += 2) t.send({ sequence: 110 + 10 * i, length: 10 }, 1, 600_000 + i * 10_000);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(5);
  });

  it("counts the middle of a hole once as late, then as sent again", () => {
    const t = new Table();
    const flow = t.send({ sequence: 100, length: 10 }, 1);
    t.send({ sequence: 150, length: 10 }, 1, 10_000); // 110 to 149 are missing
    t.send({ sequence: 180, length: 10 }, 1, 20_000); // and 160 to 179
    for (const sequence of [130, 120, 140, 110, 170, 160])
      t.send({ sequence, length: 10 }, 1, 30_000 + sequence);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(0);
    for (const sequence of [130, 120, 140, 110, 170, 160])
      t.send({ sequence, length: 10 }, 1, 40_000 + sequence);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(6);
  });

  it("counts a lost tail that is sent again where an acknowledgement had shown it", () => {
    const t = new Table();
    const flow = t.send({ sequence: 100, length: 10 }, 1);
    t.send({ sequence: 140 }, 1, 1_000_000); // 110 to 139 were sent before, and not seen
    t.send({ sequence: 110, length: 10 }, 1, 2_000_000); // late: the acknowledgement overtook it
    t.send({ sequence: 130, length: 10 }, 1, 300_000_000);
    t.send({ sequence: 120, length: 10 }, 1, 310_000_000);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(2);
    t.send({ sequence: 140, length: 10 }, 2);
    t.send({ sequence: 150, length: 10 }, 3);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(2);
  });

  it("counts a lost tail that is sent again sooner than in half a round trip after it was shown", () => {
    const t = new Table();
    const flow = t.send({ flags: SYN, sequence: 99 }, 1);
    t.send({ ...back, flags: SYN | ACK, sequence: 899, acknowledgement: 100 }, 1, 200_000_000);
    t.send({ sequence: 100, acknowledgement: 900 }, 1, 200_100_000);
    t.send({ sequence: 120, acknowledgement: 900 }, 2);
    t.send({ sequence: 100, length: 10, acknowledgement: 900 }, 2, 2_000_000); // overtaken
    t.send({ sequence: 110, length: 10, acknowledgement: 900 }, 2, 20_000_000);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(1);
  });

  it("takes what goes on behind a lost tail for new", () => {
    const t = new Table();
    const flow = t.send({ sequence: 100, length: 10 }, 1);
    t.send({ sequence: 120 }, 1, 1_000_000);
    t.send({ sequence: 120, length: 10 }, 2);
    t.send({ sequence: 140, length: 10 }, 2, 1_000_000);
    t.send({ sequence: 130, length: 10 }, 2, 2_000_000);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(0);
    t.send({ sequence: 115, length: 10 }, 3); // begins in the tail that was lost
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(1);
  });

  it("shows data that was acknowledged unseen, whatever an acknowledgement of its sender told of it", () => {
    const t = new Table();
    const flow = t.send({ sequence: 100, length: 10 }, 1);
    t.send({ sequence: 140 }, 1, 1_000_000);
    t.send({ ...back, sequence: 900, acknowledgement: 140 }, 1, 2_000_000);
    expect(t.table.word(flow, layout.TCP_STATE) & layout.ACKED_UNSEEN_0).not.toBe(0);
  });

  it("takes no acknowledgement of another connection for a lost tail", () => {
    const t = new Table();
    const flow = t.send({ sequence: 100, length: 10 }, 1);
    t.send({ sequence: 100 + 2 ** 29 }, 2);
    t.send({ sequence: 110, length: 10 }, 3);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(0);
  });

  it("counts what goes out again unanswered, until the other side is heard", () => {
    const t = new Table();
    const flow = t.send({ flags: SYN, sequence: 100 }, 1);
    t.send({ flags: SYN, sequence: 100 }, 2);
    t.send({ flags: SYN, sequence: 100 }, 4);
    expect(t.table.word(flow, layout.UNANSWERED) & 0xffff).toBe(2);
    t.send({ ...back, flags: SYN | ACK, sequence: 900, acknowledgement: 101 }, 5);
    expect(t.table.word(flow, layout.UNANSWERED)).toBe(0);
  });

  it("measures the handshake from SYN to ACK", () => {
    const t = new Table();
    const flow = t.send({ flags: SYN, sequence: 100 }, 1, 0);
    t.send({ ...back, flags: SYN | ACK, sequence: 900, acknowledgement: 101 }, 1, 30_000_000);
    t.send({ flags: ACK, sequence: 101, acknowledgement: 901 }, 1, 30_100_000);
    expect(t.table.word(flow, layout.HANDSHAKE_US)).toBe(30_100);
  });

  // The capture lacks the ACK: who waits for one sends again within three seconds, and data has ACKs before it.
  it.each([
    ["the client speaks 25 s later", 26, 101],
    ["what the client said first is not there either", 1, 601],
  ])("does not measure a handshake without its ACK: %s", (_name, seconds, sequence) => {
    const t = new Table();
    const flow = t.send({ flags: SYN, sequence: 100 }, 1, 0);
    t.send({ ...back, flags: SYN | ACK, sequence: 900, acknowledgement: 101 }, 1, 30_000_000);
    t.send({ flags: ACK, sequence, acknowledgement: 901, length: 500 }, seconds, 800_000_000);
    expect(t.table.word(flow, layout.HANDSHAKE_US)).toBe(0);
  });

  // An ACK that goes with data may come late, up to what stacks delay it: at the server's side a whole round trip later.
  it.each<readonly [string, number, number, number]>([
    ["the client speaks at once", 30, 31, 31_000],
    ["the client speaks within the time of a delayed ACK", 30, 220, 220_000],
    ["the client speaks a second later", 30, 1030, 0],
    ["the client is as far away as the server", 400, 790, 790_000],
    ["the client speaks later than the server is far", 400, 810, 0],
  ])("of a handshake whose ACK comes with data: %s", (_name, answered, spoken, expected) => {
    const t = new Table();
    const flow = t.send({ flags: SYN, sequence: 100 }, 1, 0);
    t.send({ ...back, flags: SYN | ACK, sequence: 900, acknowledgement: 101 }, 1, answered * 1_000_000);
    const [seconds, ms] = [Math.floor(spoken / 1000), spoken % 1000];
    t.send({ flags: ACK, sequence: 101, acknowledgement: 901, length: 500 }, 1 + seconds, ms * 1_000_000);
    expect(t.table.word(flow, layout.HANDSHAKE_US)).toBe(expected);
  });
});
