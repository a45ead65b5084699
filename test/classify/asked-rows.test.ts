import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FlowRow } from "../../src/classify/row.ts";
import { classify } from "../../src/classify/run.ts";
import { openEndpoints } from "../../src/endpoints/history.ts";
import { loadSite } from "../../src/site/load.ts";
import { defaultSite } from "../../src/site/site.ts";
import { ROOT } from "../support/shared.ts";

/** Rows of the flows that `asks` picks by their place; nothing is asked of the others. */
async function rowsOf(name: string, asks: (index: number) => boolean): Promise<(FlowRow | undefined)[]> {
  const folder = join(ROOT, "fixtures", name);
  const files = readdirSync(folder);
  const rows: (FlowRow | undefined)[] = [];
  await classify({
    inputs: files
      .filter((file) => /\.pcap/.test(file))
      .toSorted()
      .map((file) => ({ name: file, path: join(folder, file), source: join(folder, file) })),
    site: files.includes("site.yaml") ? loadSite(join(folder, "site.yaml")) : defaultSite(),
    history: await openEndpoints("worldwide"),
    onFlow: (flow) => rows.push(asks(rows.length) ? flow.row : undefined),
  });
  return rows;
}

const names = readdirSync(join(ROOT, "fixtures")).filter(
  (name) => name.startsWith("scenario-") || name === "teams-morning" || name === "source-nat-two-taps",
);

describe.each(names)("fixture %s", (name) => {
  it("gives a flow the same row whichever others were asked for", async () => {
    const all = await rowsOf(name, () => true);
    expect(
      readFileSync(join(ROOT, "fixtures", name, "expected.csv"), "utf8")
        .trim()
        .split("\n"),
    ).toHaveLength(all.length + 1);
    for (let only = 0; only < all.length; only++) {
      const asked = await rowsOf(name, (index) => index === only);
      expect(asked).toHaveLength(all.length);
      expect(asked[only]).toEqual(all[only]);
    }
  });
});
