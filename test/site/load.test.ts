import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/address/address.ts";
import { prefixText } from "../../src/address/prefix.ts";
import { siteFromText } from "../../src/site/load.ts";
import { SiteError } from "../../src/site/site-error.ts";
import { type Site, type SiteZone, defaultSite } from "../../src/site/site.ts";
import { SITE_TEMPLATE } from "../../src/site/template.ts";

/** The messages of the error that a text gives; empty when it gives none. */
function faults(text: string, files: Readonly<Record<string, string>> = {}): readonly string[] {
  try {
    load(text, files);
    return [];
  } catch (error) {
    if (error instanceof SiteError) return error.messages;
    throw error;
  }
}

function load(text: string, files: Readonly<Record<string, string>> = {}): Site {
  return siteFromText(text, "site.yaml", (path) => {
    const found = files[path.replace(/^.*[\\/]/, "")];
    if (found === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
    return new TextEncoder().encode(found);
  });
}

function zone(site: Site, text: string): SiteZone {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return site.zoneOf(...address.words);
}

const FULL = `
version: 1
name: Contoso London
cloud: worldwide
expressroute: true
internal: [10.0.0.0/8, "fc00::/7"]
remote: [10.99.0.0/16]
servers:
  edge: [192.0.2.10]
  front-end: [10.1.2.0/28]
  mediation: []
  cloud-connector: []
  gateway: [10.1.4.1]
  proxy: [10.1.3.10]
users:
  on-premises: [10.20.0.0/16]
partners:
  - { name: Fabrikam, hosting: on-premises, prefixes: [198.51.100.0/24] }
paths:
  - name: er-london-primary
    kind: expressroute
    circuit: london
    files: ["*-er1-*.pcapng"]
    interfaces: ["expressroute-er1"]
    vlans: ["100", "500.100"]
    next-hops: ["00-00-5E-00-53-01", 0000.5e00.5303]
    erspan-sessions: [7]
    nat: [203.0.113.0/28]
    hops: [192.0.2.0/30]
    communities: ["12076:5030", 12076:5010]
    routes: er-routes.txt
    complete: true
    match:
      - { file: "lon-*", vlan: "101", next-hop: "00:00:0c:07:ac:01", from: 2026-11-01, to: 2026-12-01T08:30:00+01:00 }
      - { interface: "port*", erspan-session: 9 }
  - { name: isp-a, kind: internet, vlans: ["200"], next-hops: ["00:00:5e:00:53:02"], nat: [203.0.113.64/28] }
`;
const ROUTES = { "er-routes.txt": "192.0.2.0/24 10.0.0.1\n" };

describe("siteFromText", () => {
  it("reads every documented key", () => {
    const site = load(FULL, ROUTES);
    expect(site).toMatchObject({
      name: "Contoso London",
      cloud: "worldwide",
      expressRoute: true,
      declared: true,
      warnings: [],
    });
    expect(site.internal.map(prefixText)).toEqual(["10.0.0.0/8", "fc00::/7"]);
    expect([...site.servers.keys()]).toEqual([
      "edge",
      "front-end",
      "mediation",
      "cloud-connector",
      "gateway",
      "proxy",
    ]);
    expect(site.paths).toHaveLength(2);
    expect(site.paths[0]).toMatchObject({
      index: 0,
      name: "er-london-primary",
      kind: "expressroute",
      circuit: "london",
      files: ["*-er1-*.pcapng"],
      interfaces: ["expressroute-er1"],
      vlans: ["100", "500.100"],
      nextHops: ["00:00:5e:00:53:01", "00:00:5e:00:53:03"],
      erspanSessions: [7],
      communities: ["12076:5030", "12076:5010"],
      complete: true,
      match: [
        {
          file: "lon-*",
          vlan: "101",
          nextHop: "00:00:0c:07:ac:01",
          from: Date.UTC(2026, 10, 1) / 1000,
          to: Date.UTC(2026, 11, 1, 7, 30) / 1000,
        },
        { interface: "port*", erspanSession: 9 },
      ],
    });
    expect(site.paths[0]?.routes[0]?.routes).toHaveLength(1);
    expect(site.paths[0]?.nat.map(prefixText)).toEqual(["203.0.113.0/28"]);
    expect(site.paths[0]?.hops.map(prefixText)).toEqual(["192.0.2.0/30"]);
    expect(site.paths[1]).toMatchObject({ index: 1, kind: "internet", circuit: "", complete: false });
  });

  it("reads the same from JSON", () => {
    const json = JSON.stringify(
      { version: 1, paths: [{ name: "a", kind: "internet", vlans: ["7"] }] },
      null,
      "\t",
    );
    expect(load(json).paths[0]).toMatchObject({ name: "a", kind: "internet", vlans: ["7"] });
  });

  it("takes a key without a value as not given", () => {
    const site = load("version: 1\ninternal:\nremote:\nservers:\n  edge:\npaths:\n");
    expect(site.internal).toEqual(defaultSite().internal);
    expect(site.paths).toEqual([]);
  });

  it("reads an unquoted S-tag.C-tag as it is written, not as a number", () => {
    const site = load("version: 1\npaths:\n  - { name: a, kind: internet, vlans: [500.100, 7] }\n");
    expect(site.paths[0]?.vlans).toEqual(["500.100", "7"]);
  });

  it.each<[string, string, string]>([
    ["no version", "name: x\n", "site.yaml:1:1: has no version: wanted version: 1"],
    ["another version", "version: 2\n", "site.yaml:1:10: version: found 2, wanted 1"],
    ["an empty file", "", "site.yaml:1:1: found nothing, wanted keys: version, name, cloud"],
    ["a list", "- 1\n", "site.yaml:1:1: found a list, wanted keys: version"],
    [
      "an unknown key",
      "version: 1\nintrenal: []\n",
      'site.yaml:2:1: intrenal: is no key here; did you mean "internal"?',
    ],
    [
      "a key like no other",
      "version: 1\nxyzzyxyzzy: 1\n",
      "site.yaml:2:1: xyzzyxyzzy: is no key here; the keys are version",
    ],
    [
      "a cloud that is none",
      "version: 1\ncloud: worldwid\n",
      'site.yaml:2:8: cloud: found "worldwid"; did you mean "worldwide"?',
    ],
    [
      "yes for true",
      "version: 1\nexpressroute: yes\n",
      'site.yaml:2:15: expressroute: found "yes", wanted true or false',
    ],
    [
      "text for a list",
      "version: 1\nremote: 10.0.0.0/8\n",
      'site.yaml:2:9: remote: found "10.0.0.0/8", wanted a list of address prefixes',
    ],
    ["a list for text", "version: 1\nname: [a]\n", "site.yaml:2:7: name: found a list, wanted a name"],
    [
      "an octet too large",
      "version: 1\ninternal:\n  - 10.0.0.0/8\n  - 300.1.1.1/8\n",
      'site.yaml:4:5: internal[1]: "300.1.1.1/8" is not an IPv4 or IPv6 address or prefix',
    ],
    [
      "bits behind the length",
      "version: 1\ninternal: [10.0.0.1/8]\n",
      'site.yaml:2:12: internal[0]: "10.0.0.1/8" has bits set behind its length; its network is 10.0.0.0/8',
    ],
    [
      "a prefix too long",
      "version: 1\ninternal: [10.0.0.0/33]\n",
      'site.yaml:2:12: internal[0]: "10.0.0.0/33" has no prefix length from 0 to 32',
    ],
    [
      "an unknown role",
      "version: 1\nservers: { frontend: [] }\n",
      'site.yaml:2:12: servers.frontend: is no key here; did you mean "front-end"?',
    ],
    [
      "a partner without hosting",
      "version: 1\npartners:\n  - { name: F, prefixes: [] }\n",
      "site.yaml:3:5: partners[0]: has no hosting",
    ],
    ["a key twice", "version: 1\nname: a\nname: b\n", "site.yaml:3:1: Map keys must be unique"],
    ["broken YAML", "version: 1\nname: [a\n", "site.yaml:"],
  ])("names the place of %s", (_what, text, message) => {
    expect(faults(text)[0]).toContain(message);
  });

  it.each<[string, string, string]>([
    ["no name", "kind: internet", "site.yaml:3:5: paths[0]: has no name"],
    [
      "no kind",
      "name: a",
      "site.yaml:3:5: paths[0]: has no kind: wanted one of expressroute, internet, local, other",
    ],
    [
      "a kind that is none",
      "name: a\n    kind: internt",
      'site.yaml:4:11: paths[0].kind: found "internt"; did you mean "internet"?',
    ],
    [
      "a VLAN too large",
      "name: a\n    kind: other\n    vlans: [4095]",
      'site.yaml:5:13: paths[0].vlans[0]: "4095" is no VLAN',
    ],
    [
      "three tags",
      'name: a\n    kind: other\n    vlans: ["1.2.3"]',
      'site.yaml:5:13: paths[0].vlans[0]: "1.2.3" is no VLAN',
    ],
    [
      "a MAC cut short",
      'name: a\n    kind: other\n    next-hops: ["00:00:5e:00:53"]',
      'site.yaml:5:17: paths[0].next-hops[0]: "00:00:5e:00:53" is no Ethernet address',
    ],
    [
      "a broadcast MAC",
      'name: a\n    kind: other\n    next-hops: ["ff:ff:ff:ff:ff:ff"]',
      "is a group address",
    ],
    [
      "an ERSPAN session of 11 bits",
      "name: a\n    kind: other\n    erspan-sessions: [1024]",
      'site.yaml:5:23: paths[0].erspan-sessions[0]: "1024" is no ERSPAN session',
    ],
    [
      "a community without AS",
      'name: a\n    kind: other\n    communities: ["5030"]',
      'paths[0].communities[0]: "5030" is no BGP community',
    ],
    [
      "a singular key",
      'name: a\n    kind: other\n    vlan: "7"',
      'site.yaml:5:5: paths[0].vlan: is no key here; did you mean "vlans"?',
    ],
    ["an empty glob", 'name: a\n    kind: other\n    files: [""]', 'paths[0].files[0]: "" matches nothing'],
    [
      "30 February",
      'name: a\n    kind: other\n    match: [{ vlan: "7", from: 2026-02-30 }]',
      'paths[0].match[0].from: "2026-02-30" is no date',
    ],
    [
      "a 13th month",
      'name: a\n    kind: other\n    match: [{ vlan: "7", from: 2026-13-01 }]',
      'paths[0].match[0].from: "2026-13-01" is no date',
    ],
    [
      "to before from",
      'name: a\n    kind: other\n    match: [{ vlan: "7", from: 2026-12-01, to: 2026-11-01 }]',
      "site.yaml:5:48: paths[0].match[0].to: is not after from",
    ],
    [
      "an item of dates only",
      "name: a\n    kind: other\n    match: [{ from: 2026-12-01 }]",
      "paths[0].match[0]: names no marker",
    ],
    [
      "a plural key in match",
      'name: a\n    kind: other\n    match: [{ vlans: "7" }]',
      'paths[0].match[0].vlans: is no key here; did you mean "vlan"?',
    ],
    [
      "a missing route file",
      "name: a\n    kind: other\n    routes: none.txt",
      "site.yaml:5:13: paths[0].routes: none.txt cannot be read (ENOENT)",
    ],
    [
      "a route file without routes",
      "name: a\n    kind: other\n    routes: [empty.txt]",
      "site.yaml:5:14: paths[0].routes[0]: empty.txt:1: no route found",
    ],
  ])("names the place of a path with %s", (_what, path, message) => {
    const text = `version: 1\npaths:\n  - ${path}\n`;
    expect(faults(text, { "empty.txt": "hello\n" }).join("\n")).toContain(message);
  });

  it("says everything that is wrong at once, in the order of the file", () => {
    const text =
      "version: 1\nnme: a\ninternal: [x]\npaths:\n  - { name: a, kind: other, vlans: [0] }\nremote: [y]\n";
    expect(faults(text).map((fault) => /:(\d+):/.exec(fault)?.[1])).toEqual(["2", "3", "5", "6"]);
  });

  it.each([
    ["vlan", 'vlans: ["100"]', "vlans: [100]"],
    ["next-hop", 'next-hops: ["00:00:5e:00:53:01"]', "next-hops: [0000.5E00.5301]"],
    ["interface", "interfaces: [Eth0]", "interfaces: [eth0]"],
    ["file", 'files: ["a*"]', 'files: ["A*"]'],
    ["erspan-session", "erspan-sessions: [7]", 'erspan-sessions: ["7"]'],
    ["hop", "hops: [192.0.2.1]", "hops: [192.0.2.1/32]"],
  ])("refuses one %s for two kinds", (key, first, second) => {
    const text = `version: 1\npaths:\n  - { name: a, kind: internet, ${first} }\n  - { name: b, kind: expressroute, ${second} }\n`;
    const found = faults(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`site.yaml:4:`);
    expect(found[0]).toContain(key);
    expect(found[0]).toContain('for "b" (expressroute) and for "a" (internet) at site.yaml:3:');
  });

  it("lets two links of one kind share a marker", () => {
    const site = load(
      'version: 1\npaths:\n  - { name: a, kind: expressroute, vlans: ["100"] }\n  - { name: b, kind: expressroute, vlans: ["100"] }\n',
    );
    expect(site.paths).toHaveLength(2);
  });

  it("refuses the same match item for two kinds, unless their times lie apart", () => {
    const paths = (to: string): string =>
      `version: 1\npaths:\n  - { name: a, kind: internet, match: [{ vlan: "7", to: ${to} }] }\n  - { name: b, kind: expressroute, match: [{ vlan: "7", from: 2026-11-01 }] }\n`;
    expect(faults(paths("2026-11-01"))).toEqual([]);
    expect(faults(paths("2026-11-02"))[0]).toContain("site.yaml:4:");
  });

  it("refuses two paths of one name", () => {
    const found = faults(
      "version: 1\npaths:\n  - { name: a, kind: internet }\n  - { name: a, kind: internet }\n",
    );
    expect(found).toEqual(['site.yaml:4:5: the name "a" is taken by the path at site.yaml:3:5']);
  });

  it("warns of NAT pools that overlap, of two kinds or circuits", () => {
    const pools = (first: string, second: string): readonly string[] =>
      load(
        `version: 1\npaths:\n  - { name: a, ${first}, nat: [203.0.113.0/24] }\n  - { name: b, ${second}, nat: [203.0.113.16/28] }\n`,
      ).warnings;
    expect(pools("kind: internet", "kind: expressroute")).toEqual([
      'site.yaml:4:42: NAT pool 203.0.113.16/28 of "b" overlaps 203.0.113.0/24 of "a" at site.yaml:3:38; 203.0.113.16/28 proves nothing',
    ]);
    expect(pools("kind: expressroute, circuit: one", "kind: expressroute, circuit: two")).toHaveLength(1);
    expect(pools("kind: expressroute, circuit: one", "kind: expressroute, circuit: one")).toEqual([]);
  });

  it("warns of a path without a marker, and of a match item whose marker alone means another kind", () => {
    const text =
      'version: 1\npaths:\n  - { name: a, kind: internet }\n  - { name: b, kind: internet, vlans: ["7"] }\n  - { name: c, kind: expressroute, match: [{ vlan: "7", file: x }] }\n';
    expect(load(text).warnings).toHaveLength(2);
    expect(load(text).warnings[1]).toContain('path "a" has no marker');
    expect(load(text).warnings[0]).toContain('vlan "7" of this item alone already means "b" (internet)');
  });

  it("warns of lines of a route table that it could not read, and of a default route for ExpressRoute", () => {
    const text = "version: 1\npaths:\n  - { name: a, kind: expressroute, routes: r.txt }\n";
    const site = load(text, { "r.txt": "0.0.0.0/0 10.0.0.1\n192.0.2.0/24 10.0.0.1\nwhat is this\n" });
    expect(site.warnings).toEqual([
      'r.txt:3: 1 line could not be read, first: "what is this"',
      "r.txt:1: the default route is left out: Microsoft peering advertises none",
    ]);
  });

  it("accepts the template as it is, and with every example in use", () => {
    expect(load(SITE_TEMPLATE)).toMatchObject({ name: "My site", warnings: [], paths: [] });
    const used = load(SITE_TEMPLATE.replace(/^# /gm, ""));
    expect(used.warnings).toEqual([]);
    expect(used.paths.map((path) => path.name)).toEqual(["er-primary", "isp-a"]);
  });

  it("accepts the example of docs/site.md, which has every key", () => {
    const docs = readFileSync(new URL("../../docs/site.md", import.meta.url), "utf8");
    const example = /```yaml\n(.*?)```/s.exec(docs)?.[1] ?? "";
    const site = load(example, ROUTES);
    expect(site.warnings).toEqual([]);
    expect(site.paths).toHaveLength(2);
    const keys = (text: string): Set<string> => new Set(text.match(/[a-z-]+(?=:(?: |$))/gm));
    expect([...keys(FULL)].filter((key) => !keys(example).has(key))).toEqual([]);
  });

  it("gives a site or a named error for any text", () => {
    const keys = fc.constantFrom(
      "version",
      "paths",
      "internal",
      "match",
      "vlans",
      "name",
      "routes",
      "- ",
      "x",
    );
    const values = fc.oneof(
      fc.constantFrom("1", "[]", "{}", "[{}]", "&a [*a]", "null", "2026-01-01"),
      fc.string(),
    );
    const lines = fc.array(
      fc
        .tuple(fc.nat(4), keys, values)
        .map(([indent, key, value]) => `${" ".repeat(indent)}${key}: ${value}`),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string({ unit: "binary" }),
          lines.map((all) => all.join("\n")),
        ),
        (text) => {
          const found = faults(text);
          for (const fault of found) expect(fault).toMatch(/^site\.yaml:\d+:\d+: /);
        },
      ),
    );
  });
});

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
});
