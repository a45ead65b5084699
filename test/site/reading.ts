import { siteFromText } from "../../src/site/load.ts";
import { SiteError } from "../../src/site/site-error.ts";
import type { Site } from "../../src/site/site.ts";

/** The messages of the error that a text gives; empty when it gives none. */
export function faults(text: string, files: Readonly<Record<string, string>> = {}): readonly string[] {
  try {
    load(text, files);
    return [];
  } catch (error) {
    if (error instanceof SiteError) return error.messages;
    throw error;
  }
}

/** The site of a text; `files`: what its route tables hold, by base name. */
export function load(text: string, files: Readonly<Record<string, string>> = {}): Site {
  return siteFromText(text, "site.yaml", (path) => {
    const found = files[path.replace(/^.*[\\/]/, "")];
    if (found === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
    return new TextEncoder().encode(found);
  });
}

/** Every documented key. */
export const FULL = `
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
export const ROUTES: Readonly<Record<string, string>> = { "er-routes.txt": "192.0.2.0/24 10.0.0.1\n" };
