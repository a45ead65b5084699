import fc from "fast-check";
import { expect, it } from "vitest";
import * as layout from "../../src/flows/layout.ts";
import { RecordPages } from "../../src/flows/record-pages.ts";

const [TCP, UDP] = [6, 17];
const LENGTHS = new Map([
  [TCP, layout.TCP_WORDS],
  [UDP, layout.WORDS],
]);

it("records of both lengths come zeroed and keep their words apart, however they are taken and given back", () => {
  const step = fc.record({ protocol: fc.constantFrom(TCP, UDP), back: fc.boolean(), which: fc.nat() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const records = new RecordPages(2);
      const held: { flow: number; length: number; mark: number }[] = [];
      let mark = 0;
      for (const { protocol, back, which } of steps) {
        if (back && held.length > 0) {
          const [given] = held.splice(which % held.length, 1);
          records.release(given?.flow ?? 0);
          continue;
        }
        const flow = records.allocate(protocol);
        const length = LENGTHS.get(protocol) ?? 0;
        const at = records.base(flow);
        expect(records.words(flow)).toBe(length);
        expect([...records.page(flow).subarray(at, at + length)]).toEqual(new Array(length).fill(0));
        expect(held.some((other) => other.flow === flow)).toBe(false);
        mark += 1;
        records.page(flow).fill(mark, at, at + length);
        held.push({ flow, length, mark });
      }
      for (const { flow, length, mark: wanted } of held)
        for (let field = 0; field < length; field++) expect(records.word(flow, field)).toBe(wanted);
    }),
  );
});

it("a number that was given back is the first to be used again, by a flow of its kind", () => {
  const records = new RecordPages(4);
  const [tcp, udp] = [records.allocate(TCP), records.allocate(UDP)];
  records.release(tcp);
  records.release(udp);
  expect([records.allocate(UDP), records.allocate(TCP)]).toEqual([udp, tcp]);
});
