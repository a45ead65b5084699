import { expect, test } from "vitest";
import { doubles } from "../../src/protocols/doubles.ts";

test("each list is its own, and of zeros", () => {
  const one = doubles(5);
  one[2] = 7;
  one[4] = 0.25;
  expect(doubles(5)).toEqual([0, 0, 0, 0, 0]);
  expect(doubles(3)).toEqual([0, 0, 0]);
  expect(one).toEqual([0, 0, 7, 0, 0.25]);
});
