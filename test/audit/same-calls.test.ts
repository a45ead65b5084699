import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { assembleCalls } from "../../src/callflow/assemble.ts";
import type { CallFlow } from "../../src/callflow/call-flow.ts";
import { callFlowOf } from "../../src/classify/call-flow.ts";
import { classify } from "../../src/classify/run.ts";
import { CALL_COLUMNS, callRow } from "../../src/report/call-rows.ts";
import { csvWriter } from "../../src/report/csv.ts";
import { siteFromText } from "../../src/site/load.ts";
import { Markers } from "../../src/site/markers.ts";
import { makeCallWorld } from "../support/call-world.ts";
import { Chance } from "../support/chance.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { WORLD_START } from "../support/world.ts";
import { audit, type AuditOptions, classified, settingsFor } from "./pipeline.ts";

/** Calls of made networks, in files and windows cut anywhere: an audit has those of one run over all captures. */

const folder = temporaryFolder();
const MEDIA_AND_SIGNALING: ReadonlySet<string> = new Set(["media", "signaling", "broadcast"]);

/** Lines of the calls that `calls` writes, sorted. */
async function callLines(paths: readonly string[], { site, history }: AuditSite): Promise<string[]> {
  const flows: CallFlow[] = [];
  const markers = new Markers(site);
  await classify({
    site,
    history,
    inputs: paths.map((path) => ({ name: basename(path), path, source: path })),
    onFlow: (judged) => {
      if (MEDIA_AND_SIGNALING.has(judged.row.traffic_type)) flows.push(callFlowOf(judged, site, markers));
    },
  });
  const rows = assembleCalls(flows, { hasExpressRoute: true }).map(callRow);
  const form = { time: "iso", eol: "lf", bom: false, width: 80, color: false } as const;
  const writer = csvWriter({ columns: CALL_COLUMNS, ...form });
  return (writer.begin() + writer.rows(rows) + writer.end()).split("\n").toSorted();
}

type AuditSite = Pick<ReturnType<typeof settingsFor>, "site" | "history">;

describe("an audit's calls", () => {
  it.each([2, 10, 11, 18, 25])("are those of one run, world %i", async (seed) => {
    const world = makeCallWorld(seed);
    const chance = new Chance(seed * 3 + 1);
    const place = join(folder, `${seed}`);
    mkdirSync(place);
    const paths = world.tapes.flatMap((tape) =>
      tape.captures().map(({ name, bytes }) => {
        const path = join(place, `${name}.pcap`);
        writeFileSync(path, bytes);
        return path;
      }),
    );
    const settings = settingsFor(siteFromText(world.site, "site.yaml"));
    const begin = Number(WORLD_START / 1_000_000_000n);
    const borders = new Set(Array.from({ length: 8 }, () => begin + chance.below(60)));
    const options: AuditOptions = {
      extraBorders: [...borders].toSorted((x, y) => x - y),
      batch: { wanted: 1, most: Number.POSITIVE_INFINITY },
    };
    const { csv, directory } = await audit(paths, settings, options, join(place, "out"));
    const lines = readFileSync(join(directory, "calls.csv"), "utf8").split("\n").toSorted();
    expect(lines.length).toBeGreaterThan(3);
    expect(lines).toEqual(await callLines(paths, settings));
    expect(csv).toBe(await classified(paths, settings));
    rmSync(place, { recursive: true });
  });
});
