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
  ["an eligible set of an accepted area", { accepted: "area" }, "expressroute"],
  ["an eligible set of another area", { accepted: "none" }, "internet"],
  ["an eligible set of another area, on an accepted prefix", { accepted: "prefix" }, "internet"],
  ["another set, no communities declared", { eligible: false }, "internet"],
  ["another set on an accepted prefix", { eligible: false, accepted: "prefix" }, "either"],
  ["another set elsewhere", { eligible: false, accepted: "none" }, "internet"],
  ["no Office 365", { office365: false, eligible: undefined, accepted: "prefix" }, "internet"],
])("%s", (_name, more, wanted) => {
  expect(decideExpected({ ...ELIGIBLE, ...more }).expected).toBe(wanted);
});

it("says where a set of another area lies on an accepted prefix", () => {
  const { why } = decideExpected({ ...ELIGIBLE, accepted: "prefix" });
  expect(why).toBe(
    "eligible, but its community is not accepted; its prefix is advertised with an accepted one, too",
  );
});

it("says which row of a route table could not be read where that decides", () => {
  const unread = "line 2 of er.txt";
  expect(decideExpected({ ...ELIGIBLE, unread })).toEqual({
    expected: "expressroute",
    why: "eligible; line 2 of er.txt could not be read and may be a route to it",
  });
  expect(decideExpected({ ...ELIGIBLE, unread, remoteClient: true }).why).not.toContain("line 2");
});
