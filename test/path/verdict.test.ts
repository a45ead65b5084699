import { expect, it } from "vitest";
import { type VerdictFacts, decideVerdict } from "../../src/path/verdict.ts";

const OK: VerdictFacts = {
  symmetry: "symmetric",
  office365: true,
  concerned: false,
  out: "expressroute",
  back: "expressroute",
  expected: "expressroute",
};

it.each<[string, Partial<VerdictFacts>, string]>([
  ["both seen as expected", {}, "ok"],
  [
    "asymmetric before everything, Office 365 or not",
    { symmetry: "asymmetric", office365: false, back: "internet" },
    "asymmetric",
  ],
  ["not in the list", { office365: false }, "not-office365"],
  ["not in the list, but a declared server's", { office365: false, concerned: true }, "ok"],
  ["moved", { out: "mixed", back: "mixed" }, "mixed"],
  ["the way back fails", { symmetry: "suspect", back: "none" }, "return-missing"],
  [
    "one way seen on the Internet is enough",
    { out: "unknown", back: "internet", symmetry: "unknown" },
    "internet-instead",
  ],
  ["seen on ExpressRoute, expected on the Internet", { expected: "internet" }, "expressroute-instead"],
  ["one way as expected, nothing the other way", { back: "unknown", symmetry: "unknown" }, "unproven"],
  ["nothing seen", { out: "unknown", back: "unknown", symmetry: "unknown" }, "unproven"],
  ["either, and both seen alike", { expected: "either", out: "internet", back: "internet" }, "ok"],
  ["another declared path is not what was expected", { out: "other", back: "other" }, "unproven"],
])("%s", (_name, more, wanted) => {
  expect(decideVerdict({ ...OK, ...more })).toBe(wanted);
});
