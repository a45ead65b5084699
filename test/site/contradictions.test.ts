import { describe, expect, it } from "vitest";
import { faults, load } from "./reading.ts";

describe("a site description that contradicts itself", () => {
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
    expect(found[0]).toMatch(/^site\.yaml:4:\d+: paths\[1\]\.[a-z-]+\[0\]: /);
    expect(found[0]).toContain(key);
    expect(found[0]).toContain('for "b" (expressroute) and for "a" (internet) at site.yaml:3:');
  });

  it("lets two links of one kind share a marker", () => {
    const site = load(
      'version: 1\npaths:\n  - { name: a, kind: expressroute, vlans: ["100"] }\n  - { name: b, kind: expressroute, vlans: ["100"] }\n',
    );
    expect(site.paths).toHaveLength(2);
  });

  it.each([
    ["vlan", 'vlans: ["7"]', '{ vlan: "7" }'],
    ["vlan", 'vlans: ["7"]', '{ vlan: "7", from: 2026-11-01, to: 2026-12-01 }'],
    ["next-hop", 'next-hops: ["00:00:5e:00:53:01"]', "{ next-hop: 0000.5E00.5301 }"],
    ["interface", "interfaces: [eth0]", "{ interface: Eth0 }"],
    ["file", 'files: ["a*"]', '{ file: "A*" }'],
    ["erspan-session", "erspan-sessions: [7]", "{ erspan-session: 7 }"],
  ])("refuses one %s for two kinds, the second as the one key of a match item", (key, marker, item) => {
    const paths = (kind: string): string =>
      `version: 1\npaths:\n  - { name: b, kind: ${kind}, match: [${item}] }\n  - { name: a, kind: internet, ${marker} }\n`;
    const found = faults(paths("expressroute"));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^site\.yaml:3:\d+: paths\[0\]\.match\[0\]: /);
    expect(found[0]).toContain(key);
    expect(found[0]).toContain('for "b" (expressroute) and for "a" (internet) at site.yaml:4:');
    expect(faults(paths("internet"))).toEqual([]);
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
    expect(found).toEqual([
      'site.yaml:4:5: paths[1]: the name "a" is taken by the path at site.yaml:3:5: paths[0]',
    ]);
  });

  it("warns of NAT pools that overlap, of two kinds or circuits", () => {
    const pools = (first: string, second: string): readonly string[] =>
      load(
        `version: 1\npaths:\n  - { name: a, ${first}, nat: [203.0.113.0/24] }\n  - { name: b, ${second}, nat: [203.0.113.16/28] }\n`,
      ).warnings;
    expect(pools("kind: internet", "kind: expressroute")).toEqual([
      'site.yaml:4:42: paths[1].nat[0]: NAT pool 203.0.113.16/28 of "b" overlaps 203.0.113.0/24 of "a" at site.yaml:3:38: paths[0].nat[0]; 203.0.113.16/28 proves nothing',
    ]);
    expect(pools("kind: expressroute, circuit: one", "kind: expressroute, circuit: two")).toHaveLength(1);
    expect(pools("kind: expressroute, circuit: one", "kind: expressroute, circuit: one")).toEqual([]);
  });

  it("warns of hops that overlap, of two kinds or circuits", () => {
    const hops = (first: string, second: string): readonly string[] =>
      load(
        `version: 1\npaths:\n  - { name: a, ${first}, hops: [192.0.2.0/29] }\n  - { name: b, ${second}, hops: [192.0.2.4/30] }\n`,
      ).warnings;
    expect(hops("kind: internet", "kind: expressroute")).toEqual([
      'site.yaml:4:43: paths[1].hops[0]: hop 192.0.2.4/30 of "b" overlaps 192.0.2.0/29 of "a" at site.yaml:3:39: paths[0].hops[0]; 192.0.2.4/30 proves nothing',
    ]);
    expect(hops("kind: expressroute, circuit: one", "kind: expressroute, circuit: two")).toHaveLength(1);
    expect(hops("kind: internet", "kind: internet")).toEqual([]);
  });

  it("finds the one match item for two kinds among very many", () => {
    const items = (from: number): readonly object[] =>
      Array.from({ length: 10_000 }, (_, i) => ({ interface: `port-${from + i}`, file: "a" }));
    const paths = [
      { name: "a", kind: "internet", match: items(0) },
      { name: "b", kind: "expressroute", match: items(9_999) },
    ];
    const found = faults(JSON.stringify({ version: 1, paths }));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('the same match is declared for "b" (expressroute)');
  });

  it("finds the items of two kinds among very many with the same markers", () => {
    // Each holds for one second; the last one meets the one of second 7.
    const second = (at: number): string => new Date(at * 1000).toISOString().slice(0, 19);
    const item = (at: number): object => ({ vlan: "7", from: second(at), to: second(at + 1) });
    const items = Array.from({ length: 24_000 }, (_, at) => item(at));
    const paths = [
      { name: "a", kind: "internet", match: items },
      { name: "b", kind: "expressroute", match: [item(7)] },
    ];
    const found = faults(JSON.stringify({ version: 1, paths }));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('the same match is declared for "b" (expressroute) and for "a" (internet)');
    expect(faults(JSON.stringify({ version: 1, paths: paths.slice(0, 1) }))).toEqual([]);
  });

  it.each([
    ["the one that was there first", ["internet 0 9", "expressroute 3 4", "local 8 10"], ["3<2", "4<2"]],
    ["one that began later but stands earlier", ["internet 5 9", "expressroute 0 6"], ["3<2"]],
    ["none where each begins as another ends", ["internet 0 3", "expressroute 3 6", "internet 6 9"], []],
    ["one without an end", ["internet 0 -", "internet 1 2", "expressroute 5 6"], ["4<2"]],
  ])("names of match items %s", (_what, kinds, wanted) => {
    const date = (day: string): string =>
      day === "-" ? "" : `2026-01-${String(Number(day) + 1).padStart(2, "0")}`;
    const lines = kinds.map((text, index) => {
      const [kind = "", from = "", to = ""] = text.split(" ");
      return `  - { name: p${index}, kind: ${kind}, match: [{ vlan: "7", from: ${date(from)}, to: ${date(to)} }] }\n`;
    });
    const found = faults(`version: 1\npaths:\n${lines.join("")}`);
    const places = found.map((text) => /^site\.yaml:(\d+).* at site\.yaml:(\d+)/.exec(text)?.slice(1));
    // Lines: paths begin on the third.
    expect(places.map((pair) => pair?.map((line) => Number(line) - 1).join("<"))).toEqual(wanted);
  });

  it("warns of a path's name that reads as several in a result", () => {
    const text = 'version: 1\npaths: [{ name: "er;a", kind: expressroute, vlans: ["100"] }]\n';
    expect(load(text).warnings).toEqual([expect.stringContaining('the name "er;a" has a ;')]);
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

  it("tells of a prefix in two places, of which one counts; a server may be among what is internal", () => {
    const text =
      "version: 1\ninternal: [10.0.0.0/8, 192.0.2.1]\nremote:\n  - 10.0.0.0/8\n" +
      "servers:\n  edge: [192.0.2.1]\n  front-end: [192.0.2.1/32]\n";
    expect(load(text).warnings).toEqual([
      "site.yaml:6:3: servers: 192.0.2.1/32 stands in servers, edge and in servers, front-end: it counts as the former",
      "site.yaml:2:11: internal: 10.0.0.0/8 stands in remote and in internal: it counts as the former",
    ]);
    expect(load("version: 1\nremote: [10.0.0.0/8]\n").warnings).toEqual([]);
  });

  it("tells of a file glob with a slash, which no base name matches", () => {
    const text =
      "version: 1\npaths:\n  - { name: a, kind: internet, files: [taps/er1.pcap] }\n" +
      "  - { name: b, kind: internet, match: [{ file: 'x/*' }], files: ['[a-z]*'] }\n";
    expect(load(text).warnings).toEqual([
      expect.stringMatching(/^site.yaml:3:\d+: paths\[0\].files\[0\]: file "taps\/er1.pcap" has a slash/),
      expect.stringMatching(/^site.yaml:4:\d+: paths\[1\].match\[0\]: file "x\/\*" has a slash/),
    ]);
  });

  it("tells of a file glob with the backslashes of Windows, but for those that take a sign as it is", () => {
    const warnings = (glob: string): readonly string[] =>
      load(`version: 1\npaths:\n  - { name: a, kind: internet, files: ['${glob}'] }\n`).warnings;
    for (const glob of ["c:\\taps\\er-1.pcap", "taps\\er-*.pcap", "\\\\server\\taps\\*"])
      expect(warnings(glob)).toEqual([expect.stringContaining(`file "${glob}" has a backslash`)]);
    expect(warnings("er \\[1\\]\\{a\\,b\\}.pcap")).toEqual([]);
    const { platform } = process;
    try {
      for (const [value, count] of [
        ["linux", 0],
        ["win32", 1],
      ] as const) {
        Object.defineProperty(process, "platform", { value });
        expect(warnings("taps\\*.pcap")).toHaveLength(count);
      }
    } finally {
      Object.defineProperty(process, "platform", { value: platform });
    }
  });
});
