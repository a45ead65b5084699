import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { o365flow, o365flowEach, PROGRAM, type Run } from "../cli/run.ts";
import { ROOT } from "../support/shared.ts";

interface CallCells {
  readonly call_id: string;
  readonly users: string | null;
  readonly scenario: string | null;
  readonly verdict: string;
  readonly signaling: string | null;
  readonly media: string | null;
  readonly media_documented: string | null;
  readonly reason: string;
}

const CALLS = ["calls", "trunk.pcap", "--site", "site.yaml", "-q"];

function folderOf(fixture: string): string {
  return join(ROOT, "fixtures", fixture);
}

function o365flowIn(fixture: string, ...args: readonly string[]): Run {
  return o365flow(args, { cwd: folderOf(fixture) });
}

function callsOf(run: Run): CallCells[] {
  expect(run.status, run.stderr).toBe(0);
  return JSON.parse(run.stdout) as CallCells[];
}

function calls(fixture: string, ...args: readonly string[]): CallCells[] {
  return callsOf(o365flowIn(fixture, ...CALLS, "--json", ...args));
}

// As each fixture's README tells it: the verdict of each call, and what deviates.
const ROWS = [
  { id: "online-p2p-internal", verdicts: ["as-documented", "deviates"], why: "signaling" },
  { id: "online-p2p-internal-external", verdicts: ["as-documented", "deviates"], why: "media" },
  { id: "online-p2p-federated", verdicts: ["as-documented", "deviates"], why: "media" },
  { id: "online-conference-internal", verdicts: ["as-documented", "deviates"], why: "media" },
  { id: "online-conference-external", verdicts: ["as-documented", "deviates"], why: "media" },
  { id: "online-conference-third-party", verdicts: ["as-documented", "deviates"], why: "media" },
  { id: "online-pstn-internal", verdicts: ["as-documented", "deviates"], why: "media" },
  { id: "online-pstn-external", verdicts: ["as-documented", "deviates"], why: "media" },
  { id: "hybrid-p2p-onprem", verdicts: ["as-documented"], why: "" },
  { id: "hybrid-p2p-mixed", verdicts: ["as-documented", "deviates"], why: "signaling" },
  { id: "hybrid-p2p-federated", verdicts: ["as-documented", "as-documented"], why: "" },
  { id: "hybrid-conference-online", verdicts: ["as-documented", "deviates"], why: "media" },
  { id: "hybrid-pstn-onprem", verdicts: ["as-documented"], why: "" },
  { id: "cloud-connector-pstn-internal", verdicts: ["as-documented", "deviates"], why: "signaling" },
  { id: "cloud-connector-pstn-external", verdicts: ["as-documented"], why: "" },
  { id: "hybrid-conference-onprem-hosted", verdicts: ["as-documented", "as-documented"], why: "" },
  { id: "hybrid-conference-onprem-edge-relay", verdicts: ["as-documented", "deviates"], why: "media" },
  { id: "broadcast-presenter", verdicts: ["as-documented", "deviates"], why: "media" },
  { id: "broadcast-attendee", verdicts: ["as-documented", "deviates"], why: "media" },
];

describe.skipIf(!existsSync(PROGRAM))("o365flow calls", () => {
  let runs: ReadonlyMap<string, Run> = new Map();
  beforeAll(() => {
    const commands = ROWS.map(({ id }) => ({ args: [...CALLS, "--json"], cwd: folderOf(`scenario-${id}`) }));
    runs = new Map(o365flowEach(commands).map((run, i) => [ROWS[i]?.id ?? "", run]));
  });

  it.each(ROWS)("$id: every call of the fixture, and which deviates", ({ id, verdicts, why }) => {
    const found = callsOf(runs.get(id) ?? expect.fail("it was not run"));
    expect(found.map(({ verdict }) => verdict)).toEqual(verdicts);
    for (const call of found) expect(call.scenario?.split(";")).toContain(id);
    const deviating = found.find(({ verdict }) => verdict === "deviates");
    expect(deviating?.reason.split(" ")[0] ?? "").toBe(why);
  });

  it("shows both sides of an Edge as one call with its paths", () => {
    const [, second] = calls("scenario-hybrid-conference-onprem-edge-relay");
    expect(second).toMatchObject({
      users: "198.51.100.161",
      media: "outside-edge=internet;edge-online=internet",
      media_documented: "outside-edge=internet;edge-online=expressroute",
    });
  });

  it("answers a complaint by client and time", () => {
    const about = (...args: readonly string[]): CallCells[] =>
      calls("scenario-online-conference-internal", ...args);
    const at = ["--at", "2026-03-09T12:10:30Z"];
    const [call, ...others] = calls("scenario-online-conference-internal", "--client", "10.20.30.43");
    expect(others).toEqual([]);
    expect(call?.verdict).toBe("deviates");
    expect(about("--client", "10.20.30.43", ...at)).toEqual([]);
    const wrong = o365flowIn(
      "scenario-online-conference-internal",
      ...["calls", "trunk.pcap", "--client", "10.20.30.43", ...at],
    );
    expect(wrong.stderr).toContain("the nearest began at 2026-03-10T12:10:04");
  });

  it("lists legs with the addresses that Microsoft's call records know", () => {
    const run = o365flowIn("scenario-hybrid-p2p-federated", ...CALLS, "--legs", "--json");
    const legs = JSON.parse(run.stdout) as {
      part: string;
      leg: string;
      reflexive: string;
      relayed: string;
    }[];
    expect(legs.map(({ part, leg }) => `${part} ${leg}`)).toEqual([
      "media inside-online",
      "signaling inside-front-end",
      "media inside-edge",
      "media outside-edge",
      "signaling inside-front-end",
    ]);
    expect(legs[0]).toMatchObject({ reflexive: "203.0.113.5:50012", relayed: "52.115.66.60:52310" });
  });

  it("draws a ladder, in the terminal and as Mermaid", () => {
    const draw = (...args: readonly string[]): string => {
      const run = o365flowIn(
        "scenario-hybrid-conference-onprem-edge-relay",
        ...CALLS,
        "--ladder",
        "Bmqb",
        ...args,
      );
      expect(run.status, run.stderr).toBe(0);
      return run.stdout;
    };
    const ladder = draw().split("\n");
    const arrow = ladder.findIndex((line) => line.includes("13:10:04.200"));
    expect(ladder[arrow]).toMatch(/\|-+>\|/);
    expect(ladder[arrow + 1]).toMatch(/^ +deviates: took the Internet/);
    const mermaid = draw("--mermaid").split("\n");
    expect(mermaid[0]).toBe("sequenceDiagram");
    expect(mermaid).toContain("  participant p1 as edge 203.0.113.40");
    expect(mermaid.some((line) => line.startsWith("  p1->>p2: "))).toBe(true);
  });

  it("ends with 1 when --fail-on is met, with 2 for bad usage", () => {
    const status = (...args: readonly string[]): number | null =>
      o365flowIn("scenario-online-pstn-internal", ...CALLS, ...args).status;
    expect(status("--fail-on", "deviates")).toBe(1);
    expect(status("--fail-on", "poor")).toBe(0);
    // As with flows: a call counts whether shown or not.
    expect(status("--only", "as-documented", "--fail-on", "deviates")).toBe(1);
    expect(status("--only", "no-such-word")).toBe(2);
    expect(status("--at", "2026-03-10T12:10:30Z")).toBe(2);
    expect(status("--ladder", "no-such-call")).toBe(2);
  });
});

describe.skipIf(!existsSync(PROGRAM))("o365flow scenarios", () => {
  it("lists the rows in the article's order", () => {
    const lines = o365flowIn("", "scenarios").stdout.split("\n");
    expect(lines.slice(1, 20).map((line) => line.split(" ")[0])).toEqual(ROWS.map(({ id }) => id));
  });

  it("explains a row with the article's contradiction", () => {
    const { stdout } = o365flowIn("", "scenarios", "cloud-connector-pstn-internal");
    expect(stdout).toContain("The article contradicts itself here (cloud-connector-signaling)");
    expect(stdout).toContain(
      "the leg to Office 365 is expressroute, the leg to the Cloud Connector is local",
    );
  });

  it("names the ids where it is given none of them", () => {
    const run = o365flowIn("", "scenarios", "no-such-row");
    expect(run.status).toBe(2);
    expect(run.stderr).toContain("online-p2p-internal, ");
  });

  it("gives a row as JSON", () => {
    const { stdout } = o365flowIn("", "scenarios", "hybrid-p2p-onprem", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ id: "hybrid-p2p-onprem", deployment: "hybrid" });
  });
});
