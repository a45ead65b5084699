import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ROOT } from "../support/shared.ts";
import { classifyFiles } from "./classify-files.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true }));

const TAPS = ["lon-er1-tap.pcap", "lon-isp-tap.pcap"].map((name) => join(ROOT, "fixtures/two-taps", name));

async function expectedPaths(communities: string): Promise<Record<string, string>> {
  const site = join(folder, "site.yaml");
  writeFileSync(
    site,
    `version: 1
paths:
  - { name: er, kind: expressroute, files: ["*-er1-*"], communities: [${communities}] }
  - { name: isp, kind: internet, files: ["*-isp-*"] }
`,
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
});
