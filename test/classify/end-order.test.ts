import fc from "fast-check";
import { expect, it } from "vitest";
import { EndOrder } from "../../src/classify/end-order.ts";
import { JoinedLegs, type LegReader } from "../../src/classify/leg-group.ts";
import type { Leg } from "../../src/classify/leg.ts";
import * as layout from "../../src/flows/layout.ts";
import { SpareWords } from "../../src/flows/spare-words.ts";

/** A flow's end and start in seconds, and its Community ID. */
type Made = readonly [end: number, start: number, id: string];

/** An order of flows as they were made, and how often a Community ID was asked for. */
function orderOf(flows: readonly Made[]): { order: EndOrder; reader: LegReader; asked(): number } {
  const page = new Uint32Array(flows.length * layout.WORDS);
  for (const [flow, [end, start]] of flows.entries()) {
    page[flow * layout.WORDS + layout.LAST_SECONDS] = Math.floor(end);
    page[flow * layout.WORDS + layout.LAST_NANOSECONDS] = Math.round((end % 1) * 1e9);
    page[flow * layout.WORDS + layout.FIRST_SECONDS] = start;
    page[flow * layout.WORDS + layout.PACKETS] = 1;
  }
  let asked = 0;
  const leg = (flow: number): Leg =>
    ({
      flow,
      get communityId() {
        asked += 1;
        return flows[flow]?.[2] ?? "";
      },
    }) as Leg;
  const reader = { leg } as LegReader;
  const table = {
    live: 0,
    page: () => page,
    base: (flow: number) => flow * layout.WORDS,
    word: (flow: number, field: number) => page[flow * layout.WORDS + field] ?? 0,
  } as unknown as ConstructorParameters<typeof EndOrder>[0];
  return {
    order: new EndOrder(
      table,
      reader,
      flows.length,
      new SpareWords(new Uint32Array(3 * flows.length).fill(7)),
    ),
    reader,
    asked: () => asked,
  };
}

it("flows come by end, start, Community ID, whether they are joined or not", () => {
  const copies = fc.constantFrom(1, 1, 1, 150);
  const made = fc.tuple(fc.nat(2), fc.nat(2), fc.nat(5).map(String));
  fc.assert(
    // Few flows are sorted by comparisons, many by their digits.
    fc.property(fc.array(fc.tuple(made, fc.boolean()), { maxLength: 40 }), copies, (different, times) => {
      const items = Array.from({ length: times }, () => different).flat();
      const flows = items.map(([flow]) => flow);
      const { order, reader } = orderOf(flows);
      for (const [flow, [, joined]] of items.entries())
        if (joined) order.addJoined(new JoinedLegs([reader.leg(flow)], undefined));
        else order.addSingle(flow);
      const sorted = order.sorted();
      const found = Array.from({ length: sorted.length }, (_, i) => sorted.at(i).legs[0].flow);
      const wanted = [...flows.keys()].sort((x, y) => {
        const [[endX, startX, idX], [endY, startY, idY]] = [flows[x] ?? [0, 0, ""], flows[y] ?? [0, 0, ""]];
        return endX - endY || startX - startY || (idX < idY ? -1 : idX > idY ? 1 : x - y);
      });
      expect(found).toEqual(wanted);
    }),
  );
});

it.each([
  ["microseconds within an hour", 1e6, 4000],
  ["nanoseconds", 1e9, 2],
  ["microseconds of many days", 1e6, 10_000_000],
])("many flows come by end: %s", (_, ticks, span) => {
  const end = (i: number): number =>
    Math.floor(((i * 7919) % 1009) * (span / 1009)) + ((i * 104_729) % ticks) / ticks;
  const flows = Array.from({ length: 6000 }, (__, i): Made => [end(i), 0, String(i).padStart(4, "0")]);
  const nanoseconds = (flow: number): number => {
    const at = flows[flow]?.[0] ?? 0;
    return Math.floor(at) * 1e9 + Math.round((at % 1) * 1e9);
  };
  const { order } = orderOf(flows);
  for (const flow of flows.keys()) order.addSingle(flow);
  const sorted = order.sorted();
  const found = Array.from({ length: sorted.length }, (__, i) => sorted.at(i).legs[0].flow);
  expect(found).toEqual([...flows.keys()].sort((x, y) => nanoseconds(x) - nanoseconds(y) || x - y));
});

it("asks a flow for its Community ID once, where packets have no time and all are tied", () => {
  const flows = Array.from({ length: 1000 }, (_, i): Made => [0, 0, String((i * 7919) % 1000)]);
  const { order, asked } = orderOf(flows);
  for (const flow of flows.keys()) order.addSingle(flow);
  order.sorted();
  expect(asked()).toBe(1000);
});
