import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HostNames } from "../../src/endpoints/host-names.ts";

const escape = (text: string): string => text.replaceAll(".", "\\.").replaceAll("-", "\\-");

describe("HostNames", () => {
  it.each([
    ["teams.microsoft.com", "teams.microsoft.com", true],
    ["teams.microsoft.com", "TEAMS.Microsoft.COM.", true],
    ["teams.microsoft.com", "a.teams.microsoft.com", false],
    ["*.lync.com", "sipdir.online.lync.com", true],
    ["*.lync.com", "lync.com", false],
    ["*.lync.com", ".lync.com", false],
    ["*.lync.com", "mylync.com", false],
    ["*.lync.com", "a.lync.com.evil.example", false],
    ["*cdn.onenote.net", "cdn.onenote.net", true],
    ["*cdn.onenote.net", "site-cdn.onenote.net", true],
    ["*cdn.onenote.net", "a.b-cdn.onenote.net", true],
    ["*cdn.onenote.net", "cdn2.onenote.net", false],
    ["*-files.sharepoint.com", "contoso-files.sharepoint.com", true],
    ["*-files.sharepoint.com", "files.sharepoint.com", false],
    ["autodiscover-*.outlook.com", "autodiscover-s.outlook.com", true],
    ["autodiscover-*.outlook.com", "autodiscover-.outlook.com", false],
    ["autodiscover-*.outlook.com", "autodiscover-a.b.outlook.com", false],
    ["autodiscover.*.onmicrosoft.com", "autodiscover.contoso.onmicrosoft.com", true],
    ["autodiscover.*.onmicrosoft.com", "autodiscover.onmicrosoft.com", false],
    ["autodiscover.*.onmicrosoft.com", "autodiscover..onmicrosoft.com", false],
    ["autodiscover.*.onmicrosoft.com", "autodiscover.a.mail.onmicrosoft.com", false],
    ["autodiscover.*.onmicrosoft.com", "x.autodiscover.contoso.onmicrosoft.com", false],
    ["*.x.example", "", false],
  ])("%s matches %j: %s", (pattern, host, wanted) => {
    expect(new HostNames([[pattern]]).match(host).sets.length > 0).toBe(wanted);
  });

  it("puts the most specific name first, and of each set only its most specific", () => {
    const names = new HostNames([
      ["*.microsoft.com", "*.com"],
      ["teams.microsoft.com"],
      ["*.teams.microsoft.com", "teams.microsoft.com"],
      ["*.example"],
    ]);
    expect(names.match("teams.microsoft.com").sets.map((each) => [each.set, each.name])).toEqual([
      [1, "teams.microsoft.com"],
      [2, "teams.microsoft.com"],
      [0, "*.microsoft.com"],
    ]);
    expect(names.match("a.teams.microsoft.com").sets.map((each) => each.set)).toEqual([2, 0]);
  });

  it("gives hosts with the same answer the same object, and nothing the number 0", () => {
    const names = new HostNames([["*.a.example"], ["*.b.example"]]);
    expect(names.match("x.a.example")).toBe(names.match("y.a.example"));
    expect(names.match("x.a.example").id).not.toBe(names.match("x.b.example").id);
    expect(names.match("x.c.example")).toEqual({ id: 0, sets: [] });
  });

  it("answers on any text, however long, and stays small over many hosts", () => {
    const names = new HostNames([["*.a.example", "*b*.example"]]);
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (host) => names.match(host).sets.length <= 1));
    expect(names.match("a.".repeat(200_000)).sets).toEqual([]);
    for (let i = 0; i < 40_000; i++) names.match(`h${i}.a.example`);
    expect(names.match("h1.a.example").sets.map((each) => each.name)).toEqual(["*.a.example"]);
  });

  it("agrees with a regular expression on names with one wildcard", () => {
    const label = fc.stringMatching(/^[ab-]{0,3}$/);
    const part = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join("."));
    fc.assert(
      fc.property(part, part, fc.array(label, { minLength: 1, maxLength: 4 }), (before, after, labels) => {
        const host = labels.join(".");
        const star = before === "" ? (after.startsWith(".") ? ".+" : ".*") : "[^.]+";
        const oracle = new RegExp(`^${escape(before)}${star}${escape(after)}$`);
        // A final dot is no part of a name.
        fc.pre(host !== "" && !host.endsWith(".") && !after.endsWith("."));
        expect(new HostNames([[`${before}*${after}`]]).match(host).id !== 0).toBe(oracle.test(host));
      }),
      { numRuns: 2000 },
    );
  });
});
