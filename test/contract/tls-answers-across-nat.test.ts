import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadSite } from "../../src/site/load.ts";
import { classifyFiles } from "../classify/classify-files.ts";
import { at, type Tap, Tape } from "../support/conversation.ts";
import { tlsSession } from "../support/scenarios.ts";
import { temporaryFolder } from "../support/temporary.ts";

/**
 * Section 3: legs on the two sides of source NAT join by what NAT leaves alone. Where a tap outside has what the server sends
 * and nothing else, that is the server's own random (RFC 8446, section 4.1.3).
 */

const folder = temporaryFolder();
const lan = join(folder, "lan.pcap");
const isp = join(folder, "isp.pcap");
const site = join(folder, "site.yaml");
writeFileSync(
  site,
  "version: 1\npaths:\n  - { name: er, kind: expressroute, files: [er.pcap] }\n" +
    "  - { name: isp, kind: internet, files: [isp.pcap], nat: [203.0.113.0/28] }\n",
);

/** Two users, whose clients' ports are one apart. */
async function rowsOf(version: "1.2" | "1.3", outside: "answers" | "both ways") {
  const [inner, outer] = [new Tape(), new Tape()];
  for (const user of [1, 2]) {
    const beyond: Tap = { tape: outer, nat: { address: "203.0.113.5", port: 6000 + user } };
    tlsSession({
      client: { address: "10.1.1.5", port: 50_000 + user },
      server: { address: "13.107.136.9", port: 443 },
      host: "contoso.sharepoint.com",
      version,
      start: at("2025-12-03T09:00:00Z"),
      seed: 10 * user,
      forward: [{ tape: inner }, ...(outside === "answers" ? [] : [{ ...beyond, laterMs: 0.3 }])],
      backward: [beyond, { tape: inner, laterMs: 0.3 }],
    });
  }
  writeFileSync(lan, inner.pcap());
  writeFileSync(isp, outer.pcap());
  return (await classifyFiles([lan, isp], loadSite(site))).rows;
}

test.each(["1.2", "1.3"] as const)(
  "TLS %s answers alone are known outside of source NAT",
  async (version) => {
    const rows = await rowsOf(version, "answers");
    const joined = { path_back: "internet", path_out: "unknown", join_basis: "server-hello-random" };
    expect(rows).toHaveLength(2);
    for (const user of [1, 2])
      expect(rows.find((row) => row.client_port === 50_000 + user)).toMatchObject({
        ...joined,
        client_ip: "10.1.1.5",
        nat_ip: "203.0.113.5",
        nat_port: 6000 + user,
        host: "contoso.sharepoint.com",
      });
  },
);

test("where both ways are known outside, the client's random says it", async () => {
  const rows = await rowsOf("1.3", "both ways");
  expect(rows.map((row) => row.join_basis)).toEqual(["client-hello-random", "client-hello-random"]);
});
