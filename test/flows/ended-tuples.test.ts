import fc from "fast-check";
import { expect, it } from "vitest";
import { EndedTuples } from "../../src/flows/ended-tuples.ts";

/** Few hashes that fall into one slot of any table, and words of both signs. */
const hash = fc.constantFrom(0, 1, 2, 0x4000_0000, 0x8000_0000, 0xffff_ffff, -1, 0x1234_0000);
const tuple = fc.record({
  hash: fc.oneof(hash, fc.integer()),
  ports: fc.constantFrom(0, 443, 0xffff_ffff, -1),
});

it("knows the last flow of the tuples that ended last, and forgets the oldest (a Map is the judge)", () => {
  fc.assert(
    fc.property(fc.array(tuple, { maxLength: 300 }), fc.integer({ min: 1, max: 40 }), (tuples, most) => {
      const ended = new EndedTuples(most);
      const known = new Map<string, number>();
      const order: string[] = [];
      tuples.forEach(({ hash, ports }, flow) => {
        const key = `${hash | 0} ${ports | 0}`;
        const found = ended.find(hash, ports);
        // Whatever it answers is the last flow; and those that ended last are never forgotten.
        if (found >= 0) expect(found).toBe(known.get(key));
        if (new Set(order.slice(order.lastIndexOf(key))).size <= most && known.has(key)) {
          expect(found).toBe(known.get(key));
        }
        ended.add(hash, ports, flow);
        known.set(key, flow);
        order.push(key);
        expect(ended.find(hash, ports)).toBe(flow);
      });
      const distinct = new Set(order.slice(-most));
      for (const key of distinct) {
        const [hash, ports] = key.split(" ").map(Number);
        expect(ended.find(hash ?? 0, ports ?? 0)).toBe(known.get(key));
      }
      expect(
        [...known.keys()].filter((key) => {
          const [hash, ports] = key.split(" ").map(Number);
          return ended.find(hash ?? 0, ports ?? 0) >= 0;
        }).length,
      ).toBeLessThanOrEqual(2 * most);
    }),
  );
});

it("holds as many as it says in tables that grow", () => {
  const ended = new EndedTuples(20_000);
  for (let i = 0; i < 20_000; i++) ended.add(Math.imul(i, 0x9e37_79b1), i, i);
  for (let i = 0; i < 20_000; i++) expect(ended.find(Math.imul(i, 0x9e37_79b1), i)).toBe(i);
  expect(ended.find(1, 1)).toBe(-1);
});
