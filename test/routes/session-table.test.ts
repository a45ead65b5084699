import fc from "fast-check";
import { expect, it } from "vitest";
import { parsePrefix } from "../../src/address/prefix.ts";
import { RouteHistory } from "../../src/protocols/bgp-history.ts";
import { SessionTable } from "../../src/routes/session-table.ts";
import { growthOf, SQUARE } from "../support/growth.ts";

const PREFIXES = ["192.0.2.0/24", "198.51.100.0/24", "2001:db8:1::/48"];

/** One second of a session: what it announces (1 to 3), withdraws (-1 to -3), or that it begins (4) or ends (-4). */
const course = fc.array(fc.constantFrom(0, 1, 2, 3, -1, -2, -3, 4, -4), { minLength: 5, maxLength: 40 });

it("has routes of an IP version while one that was announced is not withdrawn", () => {
  fc.assert(
    fc.property(course, (steps) => {
      const history = new RouteHistory();
      history.begin(0, true);
      let now = new Set<string>();
      let isUp = true;
      const had: Record<4 | 6, boolean>[] = [];
      steps.forEach((step, second) => {
        const text = PREFIXES[Math.abs(step) - 1];
        const prefix = parsePrefix(text ?? "");
        if (step === 4 || step === -4) {
          if (step === 4) history.begin(second, true);
          else history.end(second);
          now = new Set();
          isUp = step === 4;
        } else if (text !== undefined && prefix !== undefined) {
          if (step < 0) {
            history.withdraw(text, second);
            now.delete(text);
          } else {
            history.announce(text, { prefix, nextHop: "", asPath: "", communities: [], line: 0 }, second);
            if (isUp) now.add(text);
          }
        }
        const all = [...now];
        had.push({ 4: all.some((each) => each.includes(".")), 6: all.some((each) => each.includes(":")) });
      });
      const table = new SessionTable("bgp", history, 4, Number.POSITIVE_INFINITY);
      had.forEach((wanted, second) => {
        const moment = second + 0.5;
        expect({ 4: table.hasAt(4, moment), 6: table.hasAt(6, moment) }).toEqual(wanted);
      });
    }),
  );
});

it("finds the route of a moment among thousands of one prefix that came and went", async () => {
  const flapping = (flaps: number): SessionTable => {
    const history = new RouteHistory();
    const prefix = parsePrefix("192.0.2.0/24");
    if (prefix === undefined) throw new TypeError("no prefix");
    history.begin(0, true);
    for (let i = 0; i < flaps; i++) {
      history.announce("a", { prefix, nextHop: `hop ${i}`, asPath: "", communities: [], line: 0 }, 2 * i);
      history.withdraw("a", 2 * i + 1);
    }
    return new SessionTable("bgp", history, 4, Number.POSITIVE_INFINITY);
  };
  const flaps = 20_000;
  const whole = flapping(flaps);
  const found = (moment: number): string[] =>
    whole.matches(0, 0, 0xffff, 0xc0000205, moment).map(({ nextHop }) => nextHop);
  expect(found(0.5)).toEqual(["hop 0"]);
  expect(found(1)).toEqual([]);
  expect(found(2 * flaps + 5)).toEqual([]);
  const tables = new Map([flaps / 4, flaps].map((size) => [size, flapping(size)]));
  const growth = await growthOf((size) => {
    let count = 0;
    for (let i = 0; i < size; i++)
      count += tables.get(size)?.matches(0, 0, 0xffff, 0xc0000205, 2 * i).length ?? 0;
    expect(count).toBe(size);
  }, flaps / 4);
  // A walk through all of them for each flow takes the square of it.
  expect(growth).toBeLessThan(SQUARE);
});
