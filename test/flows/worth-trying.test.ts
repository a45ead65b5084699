import { describe, expect, it } from "vitest";
import { WorthTrying } from "../../src/flows/worth-trying.ts";

/** How many of so many occasions are tried when every `nth` try succeeds. */
function tried(occasions: number, nth: number, worth: WorthTrying = new WorthTrying()): number {
  let tries = 0;
  for (let i = 0; i < occasions; i++) {
    if (!worth.ask()) continue;
    tries++;
    worth.note(tries % nth === 0);
  }
  return tries;
}

describe("what may be worth trying", () => {
  it("is tried every time while it mostly succeeds", () => {
    expect(tried(100_000, 1)).toBe(100_000);
    expect(tried(100_000, 3)).toBe(100_000);
  });

  it("is tried now and then when it does not, and always again when it does", () => {
    const worth = new WorthTrying();
    expect(tried(100_000, 10, worth)).toBeLessThan(20_000);
    const rest = tried(10_000, 1, worth);
    expect(rest).toBeGreaterThan(1000);
    expect(tried(10_000, 1, worth)).toBe(10_000);
  });
});
