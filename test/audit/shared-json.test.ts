import fc from "fast-check";
import { expect, it } from "vitest";
import { sharedJson, unshared } from "../../src/audit/run/shared-json.ts";

it("comes back as it was, an object with many places as one object", () => {
  const capture = { name: "a.pcap", anchors: [1, 2] };
  const captures = [capture, { name: "b.pcap", anchors: [] }];
  const plan = { captures, maps: [{ captures }, { captures: [capture] }], none: null, text: "$" };
  const back = unshared(JSON.parse(sharedJson(plan))) as typeof plan;
  expect(back).toEqual(plan);
  expect(back.maps[0]?.captures).toBe(back.captures);
  expect(back.maps[1]?.captures[0]).toBe(back.captures[0]);
});

it("writes such an object once", () => {
  const capture = { name: "long".repeat(100) };
  const text = sharedJson(Array.from({ length: 50 }, () => ({ captures: [capture] })));
  expect(text.split(capture.name)).toHaveLength(2);
  expect(text.length).toBeLessThan(2000);
});

it("loses nothing of any JSON", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      fc.pre(!JSON.stringify(value).includes('"$":'));
      const twice = { one: value, two: [value, value] };
      expect(unshared(JSON.parse(sharedJson(twice)))).toEqual(JSON.parse(JSON.stringify(twice)));
    }),
  );
});

it("takes what was written plainly as it is", () => {
  expect(unshared({ id: "1", maps: [] })).toEqual({ id: "1", maps: [] });
});
