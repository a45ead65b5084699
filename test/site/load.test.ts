import fc from "fast-check";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { prefixText } from "../../src/address/prefix.ts";
import { defaultSite } from "../../src/site/site.ts";
import { SITE_TEMPLATE } from "../../src/site/template.ts";
import { faults, FULL, load, ROUTES } from "./reading.ts";

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
