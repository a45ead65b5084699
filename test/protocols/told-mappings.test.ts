import { expect, it } from "vitest";
import { ToldMappings } from "../../src/protocols/told-mappings.ts";

const told = (last: number) => ({ words: [0, 0, 0xffff, last] as const, direction: 1 as const });

it("of a mapping that goes to and fro more often than there is room for, the end counts", () => {
  const [one, other] = [told(1), told(2)];
  const mappings = new ToldMappings<typeof one>();
  for (let i = 0; i < 300; i++) mappings.add(i % 2 === 0 ? one : other, 1000 * i);
  mappings.add(one, 1_000_000);
  mappings.add(one, 2_000_000);
  const [first = [], second = []] = [mappings.since(one), mappings.since(other)];
  expect(first.length + second.length).toBe(256);
  expect(first.at(-1)).toEqual({ seconds: 1000, nanoseconds: 0 });
  expect(second.every(({ seconds }) => seconds < 300)).toBe(true);
});
