import { describe, expect, it } from "vitest";
import { faults } from "./reading.ts";

describe("a site description that is wrong", () => {
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
    [
      "a prefix for a list",
      "version: 1\npaths:\n  - { name: a, kind: internet, nat: 192.0.2.0/28 }\n",
      'site.yaml:3:37: paths[0].nat: found "192.0.2.0/28", wanted a list of prefixes',
    ],
    [
      "a route table without a name",
      'version: 1\npaths:\n  - { name: a, kind: internet, routes: [""] }\n',
      'site.yaml:3:41: paths[0].routes[0]: "" names no file',
    ],
    [
      "a path of Windows between double quotes, whose backslashes are escapes",
      'version: 1\npaths:\n  - { name: a, kind: internet, routes: "C:\\taps\\er.txt" }\n',
      "r.txt does not exist; between double quotes a backslash begins an escape: write / for it, or single quotes",
    ],
    [
      "another, with an escape that is none",
      'version: 1\npaths:\n  - { name: a, kind: internet, routes: "C:\\Users\\x.txt" }\n',
      "between double quotes a backslash begins an escape",
    ],
    [
      "a path of Windows on another system",
      "version: 1\npaths:\n  - { name: a, kind: internet, routes: '.\\\\none.txt' }\n",
      process.platform === "win32" ? "none.txt does not exist" : "between folders, / works on every system",
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
    ["a key twice", "version: 1\nname: a\nname: b\n", 'site.yaml:3:1: the key "name" stands here again'],
    ["broken YAML", "version: 1\nname: [a\n", "site.yaml:"],
    ["a second document", "version: 1\n---\nname: a\n", "site.yaml:2:1: a second document begins here"],
    ["an alias of nothing", "version: 1\nremote: *a\n", "site.yaml:2:9: *a names nothing"],
    [
      "a text too long for a value",
      `version: 1\nname: ${"x".repeat(5_000)}\n`,
      "site.yaml:2:7: name: found 5,002 characters (at most 4,096 are taken), wanted a name",
    ],
    [
      "a very long key",
      `version: 1\n${"x".repeat(1_000)}: 1\n`,
      `site.yaml:2:1: ${"x".repeat(100)}...: is no key here; the keys are version`,
    ],
    ["a list for a key", "version: 1\n[a]: 1\n", "site.yaml:2:1: [...]: is no key here"],
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
      "a fraction of a second",
      'name: a\n    kind: other\n    match: [{ vlan: "7", from: 2026-02-03T09:30:00.5Z }]',
      'from: "2026-02-03T09:30:00.5Z" is no date: wanted 2026-11-01 or 2026-11-01T08:30:00Z, in whole seconds',
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
      "site.yaml:5:13: paths[0].routes: none.txt does not exist",
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

  it("lists the first of very many, wherever they were found", () => {
    const bad = (key: string): string => `${key}:\n${"  - x\n".repeat(150)}`;
    // Paths are read first, though they stand last here.
    const paths = `paths:\n${"  - { name: a, kind: nil }\n".repeat(10)}`;
    const found = faults(`version: 1\n${bad("remote")}${bad("internal")}${paths}`);
    expect(found).toHaveLength(101);
    expect(found[0]).toMatch(/^site\.yaml:3:5: remote\[0\]: /);
    expect(found[99]).toMatch(/^site\.yaml:102:5: remote\[99\]: /);
    expect(found[100]).toBe("site.yaml: and 210 more errors");
  });

  it("orders those of one long line by column", () => {
    const items = Array.from({ length: 120_000 }, (_, i) => (i % 60_000 === 7 ? "x" : '"10.20.30.0/24"'));
    const found = faults(`{"version":1,"remote":[${items.join(",")}],\n"name":[]}`);
    expect(found.map((fault) => fault.split(": ")[1])).toEqual(["remote[7]", "remote[60007]", "name"]);
  });
});
