import { expect, it } from "vitest";
import { type ExpectedFacts, decideExpected } from "../../src/path/expected.ts";

const ELIGIBLE: ExpectedFacts = {
  local: false,
  openedByMicrosoft: false,
  remoteClient: false,
  siteHasExpressRoute: true,
  routes: undefined,
  scenario: undefined,
  accepted: undefined,
  office365: true,
  eligible: true,
};

it.each<[string, Partial<ExpectedFacts>, string]>([
  ["an eligible set, no communities declared", {}, "expressroute"],
  ["an eligible set of an accepted area", { accepted: true }, "expressroute"],
  ["an eligible set of another area", { accepted: false }, "internet"],
  ["another set, no communities declared", { eligible: false }, "internet"],
  ["another set on an accepted prefix", { eligible: false, accepted: true }, "either"],
  ["another set elsewhere", { eligible: false, accepted: false }, "internet"],
  ["no Office 365", { office365: false, eligible: undefined, accepted: true }, "internet"],
])("%s", (_name, more, wanted) => {
  expect(decideExpected({ ...ELIGIBLE, ...more }).expected).toBe(wanted);
});
