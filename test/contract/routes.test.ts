import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { classifyFiles } from "../classify/classify-files.ts";
import { at, Tape } from "../support/conversation.ts";
import { tlsSession } from "../support/scenarios.ts";

/** Section 4: declared ExpressRoute route tables come before eligibility, longest match; a table is complete. */

const folder = mkdtempSync(join(tmpdir(), "o365flow-contract-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("an Outlook session on ExpressRoute, 13.107.6.152", () => {
  const cases = [
    {
      name: "its prefix is in the table",
      er: "13.107.6.0/24\n",
      expected: "expressroute",
      verdict: "ok",
      reason: "route 13.107.6.0/24 in the ExpressRoute table",
    },
    {
      name: "the longest of several",
      er: "13.107.0.0/16\n13.107.6.152/31\n",
      expected: "expressroute",
      verdict: "ok",
      reason: "route 13.107.6.152/31",
    },
    {
      name: "not in the table, though eligible",
      er: "52.112.0.0/14\n",
      expected: "internet",
      verdict: "expressroute-instead",
      reason: "eligible, but no route",
    },
    {
      name: "a default route does not count: Microsoft peering advertises none",
      er: "52.112.0.0/14\n0.0.0.0/0\n",
      expected: "internet",
      verdict: "expressroute-instead",
      reason: "eligible, but no route",
    },
    {
      name: "a route to nowhere does not count",
      er: "52.112.0.0/14 192.0.2.2\n13.107.6.0/24 Null0\n",
      expected: "internet",
      verdict: "expressroute-instead",
      reason: "eligible, but no route",
    },
    {
      name: "a table of another IP version is complete, too, and told",
      er: "2603:1006::/40 2001:db8::2\n",
      expected: "internet",
      verdict: "expressroute-instead",
      reason: "eligible, but no route in the ExpressRoute table, which has none of IPv4)",
    },
    {
      name: "a longer route of an Internet path wins",
      er: "13.107.0.0/16 192.0.2.2\n",
      isp: "13.107.6.0/24 198.51.100.1\n",
      expected: "internet",
      verdict: "expressroute-instead",
      reason: "route 13.107.6.0/24 in the Internet table",
    },
    {
      name: "the Internet's default route takes what ExpressRoute has not",
      er: "52.112.0.0/14 192.0.2.2\n",
      isp: "0.0.0.0/0 198.51.100.1\n",
      expected: "internet",
      verdict: "expressroute-instead",
      reason: "eligible, but no route",
    },
  ];
  test.each(cases)("$name", async ({ er, isp, expected, verdict, reason }) => {
    const tape = new Tape();
    const course = [{ tape, vlans: [100] }];
    tlsSession({
      client: { address: "10.1.1.5", port: 50123 },
      server: { address: "13.107.6.152", port: 443 },
      host: "outlook.office365.com",
      start: at("2026-11-10T09:00:00Z"),
      seed: 5,
      forward: course,
      backward: course,
    });
    const capture = join(folder, "a.pcap");
    writeFileSync(capture, tape.pcap());
    writeFileSync(join(folder, "er.txt"), er);
    writeFileSync(join(folder, "isp.txt"), isp ?? "");
    const site = join(folder, "site.yaml");
    const second = isp === undefined ? "" : ", routes: isp.txt";
    writeFileSync(
      site,
      `version: 1
paths:
  - { name: er, kind: expressroute, vlans: ["100"], routes: er.txt }
  - { name: isp, kind: internet, vlans: ["200"]${second} }
`,
    );
    const { rows } = await classifyFiles([capture], site);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ expected_path: expected, verdict });
    expect(rows[0]?.reason).toContain(reason);
  });
});
