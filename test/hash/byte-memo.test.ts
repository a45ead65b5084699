import fc from "fast-check";
import { expect, it } from "vitest";
import { ByteMemo } from "../../src/hash/byte-memo.ts";
import { view } from "../support/bytes.ts";

const short = fc.uint8Array({ maxLength: 3, max: 2 });

it("answers with the newest value of the same bytes or with nothing, however few its slots are", () => {
  fc.assert(
    fc.property(
      fc.array(short, { maxLength: 60 }),
      fc.constantFrom(1, 2, 64),
      fc.nat(9),
      (all, slots, lead) => {
        const memo = new ByteMemo<number>(slots);
        const newest = new Map<string, number>();
        all.forEach((bytes, i) => {
          // Inside of something else, as names are.
          const around = Uint8Array.from([...new Uint8Array(lead).fill(7), ...bytes, 7]);
          const found = memo.find(view(around), lead, lead + bytes.length);
          if (found !== undefined) expect(found).toBe(newest.get(bytes.join()));
          expect(memo.keep(view(around), lead, lead + bytes.length, i)).toBe(i);
          newest.set(bytes.join(), i);
          expect(memo.find(view(bytes), 0, bytes.length)).toBe(i);
        });
      },
    ),
  );
});

it("keeps a copy of the bytes, and nothing long", () => {
  const memo = new ByteMemo<string>(16);
  const bytes = Uint8Array.of(1, 2, 3);
  memo.keep(view(bytes), 0, 3, "kept");
  bytes[0] = 9;
  expect(memo.find(view(bytes), 0, 3)).toBeUndefined();
  expect(memo.find(view(Uint8Array.of(1, 2, 3)), 0, 3)).toBe("kept");
  const long = new Uint8Array(5000);
  memo.keep(view(long), 0, 5000, "long");
  expect(memo.find(view(long), 0, 5000)).toBeUndefined();
});
