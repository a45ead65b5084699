import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prefixText } from "../../src/address/prefix.ts";
import { compareBuildings } from "../../src/site/building-checks.ts";
import { type BuildingFile, readBuildingFile, writeBuildingFile } from "../../src/site/building-file.ts";
import { siteFromText } from "../../src/site/load.ts";
import { SiteError } from "../../src/site/site-error.ts";

const ROW = "10.1.0.0,Office net,16,Tower,Contoso,Office,Engineering,London,E1,UK,,EMEA,1,1,0";

function read(text: string): BuildingFile {
  return readBuildingFile(text, "b.csv");
}

function faults(text: string): readonly string[] {
  try {
    read(text);
    return [];
  } catch (error) {
    if (error instanceof SiteError) return error.messages;
    throw error;
  }
}

describe("readBuildingFile", () => {
  it("names the first of very many faults, and a cell that never ends", () => {
    const found = faults("x\n".repeat(100_000));
    expect(found).toHaveLength(101);
    expect(found[99]).toBe("b.csv:100: found 1 columns, wanted 15 (or 14, without VPN)");
    expect(found[100]).toBe("b.csv: and 99,900 more errors");
    expect(faults(`${ROW}\n10.2.0.0,"${"n".repeat(70_000)}",24${",".repeat(12)}\n`)).toEqual([
      "b.csv:2: a cell has more than 65,536 characters: is a quote missing?",
    ]);
  });

  it("reads the 15 columns", () => {
    const { subnets, warnings } = read(`${ROW}\r\n`);
    expect(warnings).toEqual([]);
    expect(subnets).toHaveLength(1);
    expect(subnets[0]).toMatchObject({
      networkName: "Office net",
      buildingName: "Tower",
      ownershipType: "Contoso",
      buildingType: "Office",
      buildingOfficeType: "Engineering",
      city: "London",
      zipCode: "E1",
      country: "UK",
      state: "",
      region: "EMEA",
      insideCorp: true,
      expressRoute: true,
      vpn: false,
      line: 1,
    });
    expect(subnets.map((subnet) => prefixText(subnet.prefix))).toEqual(["10.1.0.0/16"]);
  });

  it.each([
    ["tabs", ROW.replaceAll(",", "\t")],
    ["a length with a slash", ROW.replace(",16,", ",/16,")],
    ["a byte order mark", `\ufeff${ROW}`],
    ["empty lines", `\n${ROW}\n\n`],
    ["quotes", ROW.replace("Office net", '"Office net"')],
    ["no VPN column", ROW.replace(/,0$/, "")],
    ["words for flags", ROW.replace(/1,1,0$/, "TRUE,true,False")],
  ])("reads %s", (_what, text) => {
    expect(read(text).subnets[0]).toMatchObject({
      buildingName: "Tower",
      insideCorp: true,
      expressRoute: true,
    });
  });

  it("reads commas, quotes and line ends inside quotes, and counts lines rightly", () => {
    const second = ROW.replace("10.1.", "10.2.");
    const { subnets } = read(`${ROW.replace("Tower", '"The ""Tower"",\nLondon"')}\n${second}\n`);
    expect(subnets[0]?.buildingName).toBe('The "Tower",\nLondon');
    expect(subnets.map((subnet) => subnet.line)).toEqual([1, 3]);
  });

  it("leaves a flag open where the file does not say", () => {
    expect(read(ROW.replace(/1,1,0$/, ",,")).subnets[0]).toMatchObject({
      insideCorp: undefined,
      expressRoute: undefined,
      vpn: undefined,
    });
  });

  it("finds the longest subnet of an address", () => {
    const file = read(
      `${ROW}\n${ROW.replace("10.1.0.0", "10.1.5.0").replace(",16,", ",24,").replace("Tower", "Annex")}`,
    );
    expect(file.subnetOf(0, 0, 0xffff, 0x0a010501)?.buildingName).toBe("Annex");
    expect(file.subnetOf(0, 0, 0xffff, 0x0a010601)?.buildingName).toBe("Tower");
    expect(file.subnetOf(0, 0, 0xffff, 0x0a020601)).toBeUndefined();
  });

  it.each(["NetworkIP", "Network IP", "network"])(
    "passes over a heading (%s) and a subnet that was there before, with a warning",
    (heading) => {
      expect(read(`${heading},NetworkName\n${ROW}\n${ROW}`).warnings).toEqual([
        "b.csv:1: the dashboard wants no heading; it is passed over",
        "b.csv:3: 10.1.0.0/16 is already at line 2, which counts",
      ]);
    },
  );

  it.each([
    [ROW.replace("10.1.0.0", "10.1.0.300"), 'b.csv:1: NetworkIP: "10.1.0.300" is no IPv4 or IPv6 address'],
    [ROW.replace(",16,", ",33,"), 'b.csv:1: NetworkRange: "33" is no prefix length from 0 to 32'],
    [
      ROW.replace("10.1.0.0", "10.1.2.0"),
      'b.csv:1: NetworkIP: "10.1.2.0" has bits set behind its length; its network is 10.1.0.0/16',
    ],
    [ROW.replace(/1,1,0$/, "1,yes,0"), 'b.csv:1: ExpressRoute: found "yes", wanted 0 or 1'],
    ["10.1.0.0,16", "b.csv:1: found 2 columns, wanted 15 (or 14, without VPN)"],
    [`${ROW},more`, "b.csv:1: found 16 columns, wanted 15 (or 14, without VPN)"],
    ["", "b.csv: has no subnet"],
  ])("names the line and column of what is wrong: %j", (text, message) => {
    expect(faults(text)).toEqual([message]);
  });

  it("names every line that is wrong at once", () => {
    expect(faults(`a\nb\n${ROW}\nc\n`).map((fault) => fault.slice(0, 8))).toEqual([
      "b.csv:1:",
      "b.csv:2:",
      "b.csv:4:",
    ]);
  });

  it("gives a file or a named error for any text", () => {
    const cells = fc.constantFrom("10.1.0.0", ",", "\t", '"', "16", "1", "\n", ROW, "::1");
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(cells).map((all) => all.join("")),
    );
    fc.assert(
      fc.property(text, (input) => {
        for (const message of faults(input)) expect(message).toMatch(/^b\.csv:/);
      }),
    );
  });
});

describe("writeBuildingFile", () => {
  it.each([",", "\t"] as const)("writes what it reads, joined by %j", (separator) => {
    const text = `${ROW.replace("Tower", '"A ""b"", c"')}\n${ROW.replace("10.1.0.0", "2001:db8::").replace(",16,", ",32,")}\n`;
    const { subnets } = read(text);
    const written = writeBuildingFile(subnets, separator);
    expect(written.split("\r\n")).toHaveLength(3);
    expect(read(written).subnets).toEqual(subnets);
  });
});

describe("compareBuildings", () => {
  it("names subnets that one has inside and the other outside", () => {
    const site = siteFromText(
      "version: 1\nremote: [10.99.0.0/16]\n" +
        "partners: [{ name: Fabrikam, hosting: online, prefixes: [198.51.100.0/24] }]\n",
      "s",
    );
    const rows = [
      "10.99.0.0,n,16,b,,,,,,,,,1,0,0",
      "198.51.100.0,n,24,b,,,,,,,,,1,0,0",
      "10.7.0.0,n,16,b,,,,,,,,,0,0,0",
      "10.99.1.0,n,24,b,,,,,,,,,1,0,1",
      "10.8.0.0,n,16,b,,,,,,,,,,0,0",
      "192.0.2.0,n,24,b,,,,,,,,,0,0,0",
    ].join("\n");
    expect(compareBuildings(site, read(rows), "b.csv")).toEqual([
      "b.csv:1: 10.99.0.0/16 is inside the corporate network here, but remote in the site description",
      "b.csv:2: 198.51.100.0/24 is inside the corporate network here, but a partner's in the site description",
      "b.csv:3: 10.7.0.0/16 is outside the corporate network here, but internal in the site description",
    ]);
  });

  it("says where a building file and a site description differ", () => {
    const site = siteFromText(
      "version: 1\nexpressroute: false\ninternal: [10.0.0.0/8]\nremote: [10.99.0.0/16]\n",
      "s",
    );
    const rows = [
      ROW, // declared ExpressRoute, where the site has none
      "192.168.1.0,n,24,b,,,,,,,,,1,0,0", // inside, but not internal
      "10.98.0.0,n,16,b,,,,,,,,,1,0,1", // VPN, but not remote
      "10.99.0.0,n,16,b,,,,,,,,,1,0,1",
    ].join("\n");
    expect(compareBuildings(site, read(rows), "b.csv")).toEqual([
      "b.csv:1: 10.1.0.0/16 is declared ExpressRoute here, but the site description says expressroute: false",
      "b.csv:2: 192.168.1.0/24 is inside the corporate network here, but not internal in the site description",
      "b.csv:3: 10.98.0.0/16 is a VPN pool here, but not remote in the site description",
    ]);
  });
});
