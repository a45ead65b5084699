import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/address/address.ts";
import { siteFromText } from "../../src/site/load.ts";
import { type Site, type SiteZone, defaultSite } from "../../src/site/site.ts";
import { FULL, load, ROUTES } from "./reading.ts";

function zone(site: Site, text: string): SiteZone {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return site.zoneOf(...address.words);
}

describe("zoneOf", () => {
  it.each([
    ["10.1.1.1", "internal"],
    ["fd00::1", "internal"],
    ["10.99.3.4", "remote"],
    ["192.0.2.10", "on-premises-server"],
    ["10.1.2.5", "on-premises-server"],
    ["198.51.100.7", "partner"],
    ["203.0.113.65", "internal"], // a NAT pool
    ["169.254.1.1", "internal"],
    ["fe80::1", "internal"],
    ["239.1.2.3", "internal"],
    ["ff02::1", "internal"],
    ["255.255.255.255", "internal"],
    ["192.0.2.11", undefined],
    ["172.16.0.1", undefined], // this site declares its own internal prefixes
    ["2001:db8::1", undefined],
  ])("puts %s in zone %s", (address, expected) => {
    expect(zone(load(FULL, ROUTES), address).zone).toBe(expected);
  });

  it("puts equal prefixes with the server, else the partner, else remote", () => {
    const equal = (...keys: readonly string[]): string | undefined =>
      zone(load(`version: 1\ninternal: [10.0.0.0/8]\n${keys.join("\n")}\n`), "10.1.1.1").zone;
    const remote = "remote: [10.0.0.0/8]";
    const partner = "partners: [{ name: p, hosting: online, prefixes: [10.0.0.0/8] }]";
    expect(equal(remote)).toBe("remote");
    expect(equal(remote, partner)).toBe("partner");
    expect(equal(remote, partner, "servers: { proxy: [10.0.0.0/8] }")).toBe("on-premises-server");
  });

  it("names the role of a server and the partner", () => {
    const site = load(FULL, ROUTES);
    expect(zone(site, "192.0.2.10").role).toBe("edge");
    expect(zone(site, "10.1.4.1").role).toBe("gateway");
    expect(zone(site, "198.51.100.7").partner?.name).toBe("Fabrikam");
  });

  it("knows who is homed on-premises", () => {
    const site = load(FULL, ROUTES);
    const homed = (text: string): boolean =>
      site.homedOnPremises(...(parseAddress(text)?.words ?? [0, 0, 0, 0]));
    expect(homed("10.20.1.1")).toBe(true);
    expect(homed("10.21.1.1")).toBe(false);
  });

  it.each(["10.0.0.1", "172.31.255.255", "192.168.1.1", "100.127.0.1", "fc00::1"])(
    "has %s internal when nothing is declared",
    (address) => {
      expect(zone(defaultSite(), address).zone).toBe("internal");
    },
  );

  it("takes any number of prefixes", () => {
    const hosts = Array.from(
      { length: 150_000 },
      (_, i) => `10.${i >>> 16}.${(i >>> 8) & 255}.${i & 255}/32`,
    );
    const site = siteFromText(
      JSON.stringify({ version: 1, remote: hosts }),
      "site.json",
      () => new Uint8Array(),
    );
    expect(zone(site, "10.2.73.239").zone).toBe("remote");
    expect(zone(site, "10.2.73.240").zone).not.toBe("remote");
  });
});
