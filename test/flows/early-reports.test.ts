import { describe, expect, it } from "vitest";
import { type EarlyReport, EarlyReports } from "../../src/flows/early-reports.ts";
import { FlowTable } from "../../src/flows/flow-table.ts";
import { DEFAULT_TIMEOUTS } from "../../src/flows/end-rule.ts";
import { Packet, PacketKind, QuotedPacket } from "../../src/wire/packet.ts";

interface Ends {
  readonly from?: number;
  readonly to?: number;
  readonly port?: number;
  readonly protocol?: number;
}

/** A UDP packet's fields, as it is sent and as an ICMP error quotes it. */
function fields({ from = 1, to = 2, port = 5000, protocol = 17 }: Ends): Partial<QuotedPacket> {
  return {
    present: true,
    ipVersion: 4,
    protocol,
    source2: 0xffff,
    destination2: 0xffff,
    source3: from,
    destination3: to,
    sourcePort: port,
    destinationPort: 53,
  };
}

function quoted(ends: Ends = {}): QuotedPacket {
  return Object.assign(new QuotedPacket(), fields(ends));
}

function report(seconds: number, firstPacket: number = 1): EarlyReport {
  return {
    report: { firstPacket } as unknown as EarlyReport["report"],
    path: -1,
    seconds,
    nanoseconds: 0,
  };
}

/** Of a flow that begins with a packet at that second: packet numbers of the reports, and the quoted packet's direction. */
function taken(early: EarlyReports, seconds: number, ends: Ends = {}): (readonly [unknown, 0 | 1])[] {
  const table = new FlowTable(DEFAULT_TIMEOUTS, { ended: () => undefined });
  const { present: _present, ...rest } = fields(ends);
  const packet = Object.assign(new Packet(), rest, { kind: PacketKind.udp });
  const flow = table.touch(packet, seconds, 0);
  const found: (readonly [unknown, 0 | 1])[] = [];
  early.take(table.page(flow), table.base(flow), seconds, (one, direction) => {
    found.push([(one.report as unknown as { readonly firstPacket: unknown }).firstPacket, direction]);
  });
  return found;
}

describe("ICMP errors that come before the first packet of their flow", () => {
  it("are taken once, with the direction of the packet that they quote", () => {
    const early = new EarlyReports();
    early.keep(quoted(), report(100));
    expect(taken(early, 102)).toEqual([[1, 0]]);
    expect(taken(early, 102)).toEqual([]);
    early.keep(quoted({ from: 9, to: 2 }), report(100));
    // The other end is the lower address.
    expect(taken(early, 102, { from: 9, to: 2 })).toEqual([[1, 1]]);
  });

  it("wait for five seconds, or come from a clock that is as much ahead", () => {
    for (const [second, count] of [
      [94, 0],
      [95, 1],
      [105, 1],
      [106, 0],
    ] as const) {
      const early = new EarlyReports();
      early.keep(quoted(), report(100));
      expect(taken(early, second)).toHaveLength(count);
      if (second >= 100) expect(early.mayWait(second)).toBe(count === 1);
    }
  });

  it.each<[string, Ends]>([
    ["another address", { from: 3 }],
    ["another far end", { to: 7 }],
    ["another port", { port: 5001 }],
    ["another protocol", { protocol: 6 }],
  ])("are not of a flow with %s", (_name, ends) => {
    const early = new EarlyReports();
    early.keep(quoted(), report(100));
    expect(taken(early, 100, ends)).toEqual([]);
    expect(taken(early, 100)).toHaveLength(1);
  });

  it("come in the order in which they came, and all of them", () => {
    const early = new EarlyReports();
    for (let i = 1; i <= 3; i++) {
      early.keep(quoted(), report(100 + i, i));
      early.keep(quoted({ port: 6000 + i }), report(100, 90 + i));
    }
    expect(taken(early, 103).map(([number]) => number)).toEqual([1, 2, 3]);
  });

  it("are the latest 32", () => {
    const early = new EarlyReports();
    for (let i = 1; i <= 40; i++) early.keep(quoted(), report(100, i));
    const numbers = taken(early, 100).map(([number]) => number);
    expect(numbers).toEqual(Array.from({ length: 32 }, (_, i) => i + 9));
  });

  it("keep what they quote though the packet is read over", () => {
    const early = new EarlyReports();
    const one = quoted();
    early.keep(one, report(100));
    Object.assign(one, fields({ from: 77 }));
    expect(taken(early, 100)).toHaveLength(1);
    expect(early.mayWait(100)).toBe(true);
    expect(new EarlyReports().mayWait(100)).toBe(false);
  });
});
