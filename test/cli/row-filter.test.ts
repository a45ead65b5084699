import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { classify } from "../../src/classify/run.ts";
import { wordFilter } from "../../src/cli/row-filter.ts";
import { type EndpointHistory, openEndpoints } from "../../src/endpoints/history.ts";
import { loadSite } from "../../src/site/load.ts";
import { ROOT } from "../support/shared.ts";

const FIXTURES = readdirSync(join(ROOT, "fixtures"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .filter((name) => readdirSync(join(ROOT, "fixtures", name)).includes("site.yaml"));

const CHOICES = [
  ["asymmetric"],
  ["internet-instead"],
  ["expressroute-instead"],
  ["mixed"],
  ["asymmetric", "internet-instead", "expressroute-instead", "mixed"],
  ["mixed", "ok"],
  ["return-missing"],
  ["unproven", "one-way"],
];

let history: EndpointHistory;
beforeAll(async () => {
  history = await openEndpoints("worldwide");
});

describe("a word of --only", () => {
  const found = new Map<string, number>();

  it.each(FIXTURES)("chooses the flows whose row has it: %s", async (fixture) => {
    const from = join(ROOT, "fixtures", fixture);
    const names = readdirSync(from).filter((name) => /\.pcap(ng)?$/.test(name));
    for (const choice of CHOICES) {
      const words = new Set(choice);
      const holds = wordFilter(words);
      await classify({
        inputs: names.map((name) => ({ name, path: join(from, name), source: join(from, name) })),
        site: loadSite(join(from, "site.yaml")),
        history,
        onFlow: (flow) => {
          const held = holds(flow); // asked first, before anything is concluded
          const { symmetry, verdict } = flow.row;
          expect(held, `${flow.flowId} ${symmetry} ${verdict}`).toBe(
            words.has(symmetry) || words.has(verdict),
          );
          if (held) found.set(choice.join(), (found.get(choice.join()) ?? 0) + 1);
        },
      });
    }
  });

  it("chooses some in these fixtures", () => {
    expect([...found.keys()].toSorted()).toEqual(CHOICES.map((choice) => choice.join()).toSorted());
  });
});
