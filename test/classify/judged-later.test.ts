import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { JudgedFlow } from "../../src/classify/judged-flow.ts";
import { classify } from "../../src/classify/run.ts";
import { openEndpoints } from "../../src/endpoints/history.ts";
import { loadSite } from "../../src/site/load.ts";
import { defaultSite } from "../../src/site/site.ts";
import { ROOT } from "../support/shared.ts";

const FIXTURES = readdirSync(join(ROOT, "fixtures"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

async function flowsOf(
  fixture: string,
  declared: boolean,
  onFlow: (flow: JudgedFlow) => void,
): Promise<void> {
  const from = join(ROOT, "fixtures", fixture);
  const names = readdirSync(from).filter((name) => /\.pcap(ng)?$/.test(name));
  const hasSite = readdirSync(from).includes("site.yaml");
  await classify({
    inputs: names.map((name) => ({ name, path: join(from, name), source: join(from, name) })),
    site: declared && hasSite ? loadSite(join(from, "site.yaml")) : defaultSite(),
    history: await openEndpoints("worldwide"),
    onFlow,
  });
}

describe("a flow that is judged when somebody asks", () => {
  it.each(FIXTURES)("%s: is asymmetric without being judged where it is when judged", async (fixture) => {
    for (const declared of [true, false]) {
      const said: boolean[] = [];
      const judged: boolean[] = [];
      await flowsOf(fixture, declared, (flow) => {
        said.push(flow.isAsymmetric);
        judged.push(flow.symmetry.symmetry === "asymmetric");
      });
      expect(said).toEqual(judged);
    }
  });

  it("is found asymmetric in a fixture that has such flows", async () => {
    let asymmetric = 0;
    await flowsOf("edge-vlan", true, (flow) => {
      if (flow.isAsymmetric) asymmetric += 1;
    });
    const rows = readFileSync(join(ROOT, "fixtures/edge-vlan/expected.csv"), "utf8").split("\n");
    expect(asymmetric).toBe(rows.filter((row) => /(^|,)asymmetric(,|$)/.test(row)).length);
    expect(asymmetric).toBeGreaterThan(0);
  });

  it("cannot be asked for the first time once its record is given away", async () => {
    let late: JudgedFlow | undefined;
    await flowsOf("edge-vlan", false, (flow) => (late ??= flow));
    expect(() => late?.symmetry).toThrow(TypeError);
  });
});
