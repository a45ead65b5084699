import { expect, it } from "vitest";
import { mayJoin } from "../../src/classify/join-lookups.ts";
import type { LookupSighting } from "../../src/classify/lookup-sightings.ts";

const question: LookupSighting = {
  flow: 1,
  seconds: 1000,
  nanoseconds: 900_000_000,
  context: 0,
  response: false,
  mark: 7,
};
const handedOn: LookupSighting = { ...question, flow: 2, seconds: 1001, nanoseconds: 100_000_000 };

it.each([
  ["handed on by another flow", handedOn, true],
  ["asked by the same flow again", { ...handedOn, flow: 1 }, false],
  ["of another length, or with other flags", { ...handedOn, mark: 8 }, false],
  ["answered", { ...handedOn, response: true }, false],
  ["asked by chance long after", { ...handedOn, seconds: 1002 }, false],
])("a question that is %s", (_, other, expected) => {
  expect(mayJoin({ sightings: [question, other] })).toBe(expected);
  expect(mayJoin({ sightings: [other, question] })).toBe(expected);
});
