import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_TIMEOUTS } from "../../src/flows/end-rule.ts";
import { FlowTable } from "../../src/flows/flow-table.ts";
import { Packet, PacketKind } from "../../src/wire/packet.ts";

function datagram(port: number): Packet {
  return Object.assign(new Packet(), {
    kind: PacketKind.udp,
    ipVersion: 4,
    protocol: 17,
    source2: 0xffff,
    source3: 0xc0000201,
    destination2: 0xffff,
    destination3: 0xc6336401,
    sourcePort: port,
    destinationPort: 3478,
  });
}

function liveOf(table: FlowTable): number[] {
  const seen: number[] = [];
  table.forEachLive((flow) => seen.push(flow));
  return seen;
}

describe("live flows", () => {
  it("are those that began and did not end, shown in the order of their numbers", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3000), fc.boolean()), { maxLength: 400 }), (steps) => {
        const released: number[] = [];
        const table = new FlowTable(DEFAULT_TIMEOUTS, { ended: (flow) => released.push(flow) });
        const model = new Map<number, number>();
        for (const [port, ends] of steps) {
          const flow = model.get(port);
          if (flow === undefined) model.set(port, table.touch(datagram(port), 100, 0));
          else if (ends) {
            table.end(flow);
            table.release(flow);
            model.delete(port);
          }
        }
        expect(liveOf(table)).toEqual([...model.values()].sort((x, y) => x - y));
        expect(table.live).toBe(model.size);
      }),
    );
  });

  it("may be ended while they are shown, over the border of a block and a page", () => {
    const ended: number[] = [];
    const table = new FlowTable(DEFAULT_TIMEOUTS, { ended: (flow) => ended.push(flow) });
    const count = 20_000;
    for (let port = 0; port < count; port++) table.touch(datagram(port), 100, 0);
    table.forEachLive((flow) => {
      if (flow % 3 === 0) table.end(flow);
    });
    expect(ended).toEqual(Array.from({ length: Math.ceil(count / 3) }, (_, i) => i * 3));
    expect(liveOf(table)).toEqual(
      Array.from({ length: count }, (_, i) => i).filter((flow) => flow % 3 !== 0),
    );
    table.endAll();
    expect(liveOf(table)).toEqual([]);
    expect(ended).toHaveLength(count);
  });
});
