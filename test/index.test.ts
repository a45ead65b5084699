import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  CaptureMerge,
  type CaptureSummary,
  type Cause,
  classify,
  type ClassifyOptions,
  ClockLine,
  defaultSite,
  type EndpointSet,
  type ExpectedDecision,
  expandInputs,
  loadEndpoints,
  type Moment,
  openFlowResult,
  ResultError,
  type RunProgress,
  siteWithMarkers,
  type SkippedInput,
  type Stretch,
  type SymmetryDecision,
} from "../src/index.ts";
import { ROOT } from "./support/shared.ts";

const examples = [
  ...readFileSync(join(ROOT, "docs", "library.md"), "utf8").matchAll(/```js\n([^]*?)```/g),
].map(([, code = ""]) => code);

/** Runs an example of the documentation as a module of somebody who depends on this package. */
function run(code: string): string {
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect(child.stderr).toBe("");
  return child.stdout;
}

it("classifies as the first example says", () => {
  expect(run(examples[0] ?? "")).toBe("10.20.30.44 13.107.136.9 internet expressroute 45\n141 packets\n");
});

it("reads and decodes as the second example says", () => {
  expect(run(examples[1] ?? "")).toBe("75 TCP packets\n");
});

it("reads a result back as the third example says", () => {
  expect(run(examples[2] ?? "")).toBe("1 asymmetric\n");
});

it("writes rows as the fourth example says", () => {
  const [names, , teams, ...others] = run(examples[3] ?? "").split("\n");
  expect(names).toBe("server_ip,service_area,expected_path");
  expect(teams).toBe("52.113.194.132,Skype,expressroute");
  expect(others).toHaveLength(6);
});

it("throws the errors that it names", () => {
  const code = `
    import { CaptureError, EndpointDataError, ResultError, SiteError } from "o365flow";
    import { loadSite, openCapture, openEndpoints, openFlowResult } from "o365flow";
    const missing = "fixtures/no-such-file";
    const wrong = [
      [CaptureError, () => openCapture(missing)],
      [EndpointDataError, () => openEndpoints("worldwide", { file: missing })],
      [ResultError, () => openFlowResult(missing, { required: [], purpose: "nothing" })],
      [SiteError, async () => loadSite(missing)],
    ];
    for (const [kind, work] of wrong) await work().catch((error) => console.log(error instanceof kind, kind.name));`;
  expect(run(code)).toBe("true CaptureError\ntrue EndpointDataError\ntrue ResultError\ntrue SiteError\n");
});

const capture = join(ROOT, "fixtures", "edge-vlan", "trunk.pcap");

async function optionsFor(...paths: string[]): Promise<ClassifyOptions> {
  const { inputs } = await expandInputs(paths);
  return { inputs, site: defaultSite(), history: loadEndpoints("worldwide"), onFlow: () => undefined };
}

it("refuses an asOf that is no moment before anything is read", async () => {
  let chunks = 0;
  const onProgress = (progress: RunProgress): void => void (chunks += progress.bytesRead);
  const run = classify({ ...(await optionsFor(capture)), asOf: "yesterday", onProgress });
  await expect(run).rejects.toThrow(
    new RangeError('"yesterday" is not "latest", a day YYYY-MM-DD or a list version YYYYMMDDNN'),
  );
  expect(chunks).toBe(0);
});

it("lists captures that are not there, and reads the others", async () => {
  const options = await optionsFor(capture);
  const missing = { name: "none.pcap", path: "none.pcap", source: join(ROOT, "none.pcap") };
  const { captures, errors } = await classify({ ...options, inputs: [missing, ...options.inputs] });
  const read: readonly CaptureSummary[] = captures;
  expect(read).toMatchObject([{ name: "trunk.pcap", packets: 141, status: "ok" }]);
  expect(errors).toMatchObject([{ code: "missing" }]);
});

it("has a name for each part of a flow's judgement, and makes the clocks that a merge takes", async () => {
  const options = await optionsFor(capture);
  const found: { cause: Cause | undefined; symmetry: SymmetryDecision; expected: ExpectedDecision }[] = [];
  const begun: Moment[] = [];
  await classify({
    ...options,
    site: siteWithMarkers(options.site, { expressroute: ["vlan=100"], internet: ["vlan=200"] }),
    onFlow: ({ cause, symmetry, expected, start, out }) => {
      found.push({ cause, symmetry, expected });
      const stretches: readonly Stretch[] = out.stretches;
      begun.push(start, ...stretches);
    },
  });
  expect(found.find(({ cause }) => cause !== undefined)).toMatchObject({
    cause: { id: "B" },
    symmetry: { symmetry: "asymmetric" },
    expected: { expected: "expressroute" },
  });
  const clockOf = (): ClockLine => new ClockLine([{ seconds: 0, offsetNs: 1_000_000_000 }]);
  const merge = await CaptureMerge.plan(options.inputs, { clockOf });
  expect(merge.next() || (await merge.refill())).toBe(true);
  merge.close();
});

it("has a name for what a folder left out and for the sets of a list", async () => {
  const skipped: readonly SkippedInput[] = (await expandInputs([join(ROOT, "fixtures", "edge-vlan")]))
    .skipped;
  expect(skipped.map(({ path }) => path)).toContain(join(ROOT, "fixtures", "edge-vlan", "README.md"));
  const sets: readonly EndpointSet[] = loadEndpoints("worldwide").at("latest").sets;
  expect(sets[0]).toMatchObject({ id: 1, serviceArea: "Exchange" });
});

it("runs at the same time do not know of each other", async () => {
  const rowsOf = async (fixture: string, asOf: string): Promise<string[]> => {
    const rows: string[] = [];
    const options = await optionsFor(join(ROOT, "fixtures", fixture));
    await classify({ ...options, asOf, onFlow: ({ row }) => rows.push(JSON.stringify(row)) });
    return rows;
  };
  const wanted = [
    ["edge-vlan", "latest"],
    ["two-taps", "2020-01-01"],
    ["fragments", "latest"],
    ["edge-vlan", "2019-01-01"],
  ] as const;
  const alone: string[][] = [];
  for (const [fixture, asOf] of wanted) alone.push(await rowsOf(fixture, asOf));
  expect(await Promise.all(wanted.map(([fixture, asOf]) => rowsOf(fixture, asOf)))).toEqual(alone);
  expect(alone[0]).not.toEqual(alone[3]);
});

it("takes no other text for a result, also where no column is required", async () => {
  const other = openFlowResult(join(ROOT, "README.md"), { required: [], purpose: "counting" });
  await expect(other).rejects.toThrow(ResultError);
});
