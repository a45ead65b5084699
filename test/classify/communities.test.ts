import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { at, Tape, TcpConversation } from "../support/conversation.ts";
import { clientHello } from "../support/payloads.ts";
import { ROOT } from "../support/shared.ts";
import { classifyFiles } from "./classify-files.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true }));

const TAPS = ["lon-er1-tap.pcap", "lon-isp-tap.pcap"].map((name) => join(ROOT, "fixtures/two-taps", name));

async function expectedPaths(communities: string, more = ""): Promise<Record<string, string>> {
  const site = join(folder, "site.yaml");
  writeFileSync(
    site,
    `version: 1
paths:
  - { name: er, kind: expressroute, files: ["*-er1-*"], communities: [${communities}] }
  - { name: isp, kind: internet, files: ["*-isp-*"] }
${more}`,
  );
  const { rows } = await classifyFiles(TAPS, site);
  return Object.fromEntries(rows.map((row) => [row.host ?? row.application, row.expected_path]));
}

describe("communities that the ExpressRoute paths accept", () => {
  it("leave only their areas to ExpressRoute", async () => {
    expect(await expectedPaths('"12076:5030"')).toMatchObject({
      "teams.microsoft.com": "expressroute",
      "outlook.office365.com": "internet",
      "contoso.sharepoint.com": "internet",
      rtp: "expressroute",
    });
  });

  it("change nothing where all areas are accepted, or none is declared", async () => {
    const all = await expectedPaths('"12076:5010", "12076:5020", "12076:5030", "12076:5100"');
    expect(all).toMatchObject({
      "teams.microsoft.com": "expressroute",
      "outlook.office365.com": "expressroute",
      "contoso.sharepoint.com": "expressroute",
      "teams.events.data.microsoft.com": "internet",
    });
    expect(await expectedPaths("")).toEqual(all);
  });

  it.each([
    ["the same circuit", "", "internet"],
    ["another circuit", ", circuit: amsterdam", "expressroute"],
    [
      "another circuit that declares its own",
      ', circuit: amsterdam, communities: ["12076:5020"]',
      "internet",
    ],
  ])("say nothing of what %s accepts", async (_what, keys, outlook) => {
    const second = `  - { name: er-2, kind: expressroute, vlans: ["300"]${keys} }\n`;
    expect(await expectedPaths('"12076:5030"', second)).toMatchObject({
      "teams.microsoft.com": "expressroute",
      "outlook.office365.com": outlook,
    });
  });

  // login.microsoftonline.com's 20.190.128.0/18 is set 56's (Common, eligible), advertised with 12076:5060 (Entra ID), too.
  // www.office.com is in set 147 (Common, Default), not eligible; 52.108.0.0/14 is set 46's (Common, eligible), and
  // stored as advertised with 12076:5100; 52.112.0.0/14 is not stored for any community, and set 11's (Skype, eligible);
  // 52.96.0.0/14 is Exchange's.
  it.each([
    ["its own area's", "12076:5100", "52.108.1.1", "www.office.com", "either", "ok"],
    ["another area's", "12076:5010", "52.98.1.1", "www.office.com", "either", "ok"],
    [
      "none that is accepted",
      "12076:5010",
      "52.108.1.1",
      "www.office.com",
      "internet",
      "expressroute-instead",
    ],
    ["an eligible set's area's, not stored", "12076:5030", "52.112.1.1", "www.office.com", "either", "ok"],
    [
      "none that is stored or accepted",
      "12076:5100",
      "52.112.1.1",
      "www.office.com",
      "internet",
      "expressroute-instead",
    ],
    [
      "another community, an eligible set",
      "12076:5060",
      "20.190.128.5",
      undefined,
      "internet",
      "expressroute-instead",
    ],
    ["an eligible set of its area's", "12076:5100", "52.108.1.1", undefined, "expressroute", "ok"],
    [
      "an eligible set of another's",
      "12076:5010",
      "52.108.1.1",
      undefined,
      "internet",
      "expressroute-instead",
    ],
  ])("a set on a prefix of %s", async (_what, community, server, host, expected, verdict) => {
    expect(await rowsOf(server, host, community)).toMatchObject([{ expected_path: expected, verdict }]);
  });

  it("of one circuit carry a prefix of an eligible set: another circuit may accept its area", async () => {
    const other = '  - { name: er-2, kind: expressroute, circuit: amsterdam, vlans: ["300"] }\n';
    const rows = await rowsOf("20.190.128.5", undefined, "12076:5060", other);
    expect(rows).toMatchObject([{ expected_path: "expressroute", verdict: "ok" }]);
  });
});

async function rowsOf(server: string, host: string | undefined, community: string, more = "") {
  const tape = new Tape();
  const tap = [{ tape, vlans: [100] }];
  const talk = new TcpConversation({
    client: { address: "10.1.1.1", port: 40000 },
    server: { address: server, port: 443 },
    start: at("2026-03-03T09:30:00Z"),
    forward: tap,
    backward: tap,
  }).connect();
  if (host !== undefined) talk.send("client", clientHello({ serverName: host, seed: 1 }), "acknowledged");
  talk.finish();
  const capture = join(folder, "one.pcap");
  writeFileSync(capture, tape.pcap());
  const site = join(folder, "one.yaml");
  writeFileSync(
    site,
    `version: 1
paths:
  - { name: er, kind: expressroute, vlans: ["100"], communities: ["${community}"] }
${more}`,
  );
  return (await classifyFiles([capture], site)).rows;
}
