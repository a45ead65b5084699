import { describe, expect, it } from "vitest";
import { prefixText } from "../../src/address/prefix.ts";
import { siteFromText } from "../../src/site/load.ts";
import { type MarkerOptions, siteWithMarkers } from "../../src/site/options.ts";
import { SiteError } from "../../src/site/site-error.ts";
import { defaultSite } from "../../src/site/site.ts";

function faults(options: MarkerOptions, site = defaultSite()): readonly string[] {
  try {
    siteWithMarkers(site, options);
    return [];
  } catch (error) {
    if (error instanceof SiteError) return error.messages;
    throw error;
  }
}

describe("siteWithMarkers", () => {
  it("gives the site back when there are no markers", () => {
    const site = defaultSite();
    expect(siteWithMarkers(site, { expressroute: [], internal: [] })).toBe(site);
  });

  it("makes one path of all markers of a kind", () => {
    const site = siteWithMarkers(
      defaultSite(),
      {
        expressroute: [
          "vlan=100",
          "vlan=500.101",
          "interface=er*",
          "file=er-*.pcap",
          "next-hop=0000.5e00.5301",
          "erspan-session=7",
          "nat=203.0.113.0/28",
          "hop=192.0.2.1",
          "routes=er.txt",
        ],
        internet: ["vlan=200"],
      },
      () => new TextEncoder().encode("198.51.100.0/24 192.0.2.1"),
    );
    expect(site.declared).toBe(true);
    expect(site.paths).toMatchObject([
      {
        index: 0,
        name: "expressroute",
        kind: "expressroute",
        vlans: ["100", "500.101"],
        interfaces: ["er*"],
        files: ["er-*.pcap"],
        nextHops: ["00:00:5e:00:53:01"],
        erspanSessions: [7],
      },
      { index: 1, name: "internet", kind: "internet", vlans: ["200"] },
    ]);
    expect(site.paths[0]?.nat.map(prefixText)).toEqual(["203.0.113.0/28"]);
    expect(site.paths[0]?.hops.map(prefixText)).toEqual(["192.0.2.1/32"]);
    expect(site.paths[0]?.routes[0]?.routes).toHaveLength(1);
  });

  it("adds internal and remote prefixes to those of the site", () => {
    const site = siteWithMarkers(defaultSite(), { internal: ["203.0.113.0/24"], remote: ["10.9.0.0/16"] });
    expect(site.internal).toHaveLength(6);
    expect(site.zoneOf(0, 0, 0xffff, 0xcb007105).zone).toBe("internal");
    expect(site.zoneOf(0, 0, 0xffff, 0x0a090001).zone).toBe("remote");
    expect(site.paths).toEqual([]);
  });

  it("adds its path behind those of the site file, under a name that is free", () => {
    const file = siteFromText(
      'version: 1\npaths: [{ name: expressroute, kind: expressroute, vlans: ["1"] }]',
      "s",
    );
    const site = siteWithMarkers(file, { expressroute: ["vlan=2"] });
    expect(site.paths.map((path) => [path.index, path.name, path.vlans])).toEqual([
      [0, "expressroute", ["1"]],
      [1, "--expressroute", ["2"]],
    ]);
  });

  it.each<[MarkerOptions, string]>([
    [{ expressroute: ["vlan=5000"] }, '--expressroute vlan=5000: "5000" is no VLAN'],
    [{ internet: ["next-hop=xyz"] }, '--internet next-hop=xyz: "xyz" is no Ethernet address'],
    [{ expressroute: ["vlans=7"] }, '--expressroute vlans=7: "vlans" is no key; did you mean "vlan"?'],
    [{ expressroute: ["100"] }, "--expressroute 100: wanted KEY=VALUE such as vlan=100"],
    [{ expressroute: ["interface="] }, '--expressroute interface=: "" matches nothing'],
    [{ expressroute: ["routes=/does/not/exist"] }, "/does/not/exist does not exist"],
    [{ internal: ["10.0.0.1/8"] }, '--internal 10.0.0.1/8: "10.0.0.1/8" has bits set behind its length'],
    [{ remote: ["home"] }, '--remote home: "home" is not an IPv4 or IPv6 address or prefix'],
    [
      { expressroute: ["vlan=100"], internet: ["vlan=100"] },
      '--internet vlan=100: vlan "100" is declared for "internet" (internet) and for "expressroute" (expressroute) at --expressroute vlan=100',
    ],
  ])("names the option that is wrong: %j", (options, message) => {
    expect(faults(options).join("\n")).toContain(message);
  });

  it("names every wrong option at once", () => {
    expect(faults({ expressroute: ["vlan=0", "hop=x"], internal: ["y"] })).toHaveLength(3);
  });

  it("refuses a marker that the site file declares for another kind", () => {
    const file = siteFromText('version: 1\npaths: [{ name: isp, kind: internet, vlans: ["100"] }]', "s");
    expect(faults({ expressroute: ["vlan=100"] }, file)[0]).toContain('path "isp" of the site description');
  });
});
