import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuditError } from "../../src/audit/audit-error.ts";
import { runMap } from "../../src/audit/map.ts";
import { planAudit } from "../../src/audit/plan.ts";
import { readTemporaryName } from "../../src/audit/publish.ts";
import { runReduce } from "../../src/audit/reduce.ts";
import { runReport } from "../../src/audit/report.ts";
import { type AuditSettings, readSettings, writeSettings } from "../../src/audit/settings.ts";
import { runSurvey, surveyTask } from "../../src/audit/survey.ts";
import type { AuditPlan, CaptureSurvey } from "../../src/audit/tasks.ts";
import { loadEndpoints } from "../../src/endpoints/history.ts";
import { loadSite } from "../../src/site/load.ts";
import { describe as describeSite } from "../../src/site/site.ts";
import { Noise } from "../support/bytes.ts";
import { pcap } from "../support/captures.ts";
import { at, milliseconds, Tape, TcpConversation, UdpConversation } from "../support/conversation.ts";
import { clientHello, dnsQuery, dnsResponse, serverHello, tlsData } from "../support/payloads.ts";
import { ROOT } from "../support/shared.ts";
import { audit, rowsOf } from "./pipeline.ts";

const START = at("2026-03-05T09:00:00Z");
const FIRST = Number(START / 1_000_000_000n);
const SITE = loadSite(join(ROOT, "fixtures", "two-taps", "site.yaml"));

const settings: AuditSettings = {
  site: SITE,
  history: loadEndpoints("worldwide", { userData: null }),
  asOf: undefined,
  timeouts: undefined,
  convergeSeconds: 150,
  maxFlows: undefined,
};

let scratch = "";
let count = 0;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "o365flow-stages-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function folder(): string {
  const path = join(scratch, `${count++}`);
  mkdirSync(path);
  return path;
}

/** A capture of lookups, one a second from `from` on, of as many clients; `name` is the file's. */
function lookups(place: string, name: string, from: number, many: number): string {
  const tape = new Tape();
  for (let i = 0; i < many; i++) {
    new UdpConversation({
      client: { address: "10.1.2.3", port: 30_000 + from + i },
      server: { address: "10.1.0.53", port: 53 },
      start: START + milliseconds((from + i) * 1000),
      forward: [{ tape }],
      backward: [{ tape }],
    })
      .send("client", dnsQuery(1 + i, `host-${from + i}.example.com`, 1))
      .send("server", dnsResponse(1 + i, { name: `host-${from + i}.example.com`, addresses: ["192.0.2.7"] }));
  }
  const path = join(place, name);
  writeFileSync(path, tape.pcap());
  return path;
}

async function surveysOf(directory: string, paths: readonly string[]): Promise<CaptureSurvey[]> {
  const surveys: CaptureSurvey[] = [];
  for (const path of paths) surveys.push(await runSurvey(directory, await surveyTask(path)));
  return surveys;
}

async function planOf(directory: string, paths: readonly string[], windowBytes = 1): Promise<AuditPlan> {
  return planAudit(directory, await surveysOf(directory, paths), {
    settings: await writeSettings(directory, settings),
    windowBytes,
  });
}

function filesBelow(place: string): string[] {
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
}

describe("settings", () => {
  it("come back as they were, in another process as well", async () => {
    const place = folder();
    const restored = await readSettings(place, await writeSettings(place, settings));
    expect(describeSite(restored.site)).toEqual(describeSite(SITE));
    expect(restored.convergeSeconds).toBe(150);
    expect(restored.timeouts).toEqual({ tcp: 3600, udp: 300, active: Number.POSITIVE_INFINITY });
    expect(restored.history.versions).toEqual(settings.history.versions);
    const list = restored.history.at(FIRST);
    expect(
      list.match({ words: [0, 0, 0xffff, 0x34700001], host: undefined, port: 443, transport: "tcp" }),
    ).toEqual(
      settings.history
        .at(FIRST)
        .match({ words: [0, 0, 0xffff, 0x34700001], host: undefined, port: 443, transport: "tcp" }),
    );
  });
});

describe("survey", () => {
  it("tells what a damaged capture holds and where it is broken", async () => {
    const place = folder();
    const path = lookups(place, "cut.pcap", 0, 5);
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, whole.length - 10));
    const [survey] = await surveysOf(place, [path]);
    expect(survey).toMatchObject({
      status: "truncated",
      error: undefined,
      packets: 9,
      tuples: 5,
      problemCount: 1,
    });
    expect(survey).toMatchObject({ firstSeconds: FIRST, lastSeconds: FIRST + 4, disorderSeconds: 0 });
  });

  it.each([
    ["empty.pcap", new Uint8Array(0), /empty/],
    ["text.pcap", new TextEncoder().encode("no capture at all, only words"), /is no capture/],
  ])("answers for %s, which is no capture", async (name, bytes, error) => {
    const place = folder();
    writeFileSync(join(place, name), bytes);
    const [survey] = await surveysOf(place, [join(place, name)]);
    expect(survey?.error).toMatch(error);
    expect(survey).toMatchObject({ packets: 0, firstSeconds: undefined });
  });

  it("is done once for a file, and again when the file is another one", async () => {
    const place = folder();
    const path = lookups(place, "a.pcap", 0, 2);
    const [one] = await surveysOf(place, [path]);
    const [again] = await surveysOf(place, [path]);
    expect(again).toEqual(JSON.parse(JSON.stringify(one)));
    lookups(place, "a.pcap", 0, 3);
    const [other] = await surveysOf(place, [path]);
    expect(other?.id).not.toBe(one?.id);
    expect(other?.packets).toBe(6);
  });

  it("leaves nothing behind when it is stopped", async () => {
    const place = folder();
    const path = lookups(place, "a.pcap", 0, 2);
    const stopped = runSurvey(place, await surveyTask(path), {
      progress: () => {
        throw new Error("enough");
      },
    });
    await expect(stopped).rejects.toThrow("enough");
    expect(filesBelow(join(place, "survey"))).toEqual([]);
  });
});

describe("plan", () => {
  it("is the same in any order of captures, and in another folder", async () => {
    const place = folder();
    const paths = [
      lookups(place, "a.pcap", 0, 3),
      lookups(place, "b.pcap", 10, 3),
      lookups(place, "c.pcap", 20, 3),
    ];
    const one = await planOf(folder(), paths);
    const other = await planOf(folder(), paths.toReversed());
    expect(other).toEqual(one);
    const elsewhere = folder();
    const copies = paths.map((path) => {
      const copy = join(elsewhere, basename(path));
      writeFileSync(copy, readFileSync(path));
      return copy;
    });
    const moved = await planOf(folder(), copies);
    expect(moved.maps.map(({ id }) => id)).toEqual(one.maps.map(({ id }) => id));
    expect(moved.captures.map(({ path }) => path)).toEqual(copies);
  });

  it("leaves the windows of before alone when later captures are added, but for the last", async () => {
    const place = folder();
    const paths = [0, 1, 2, 3].map((i) => lookups(place, `a-${i}.pcap`, i * 5000, 3));
    const directory = folder();
    const before = await planOf(directory, paths.slice(0, 3));
    const after = await planOf(directory, paths);
    expect(after.borders).toEqual([FIRST + 5000, FIRST + 10_000, FIRST + 15_000]);
    expect(after.maps.slice(0, 2).map(({ id }) => id)).toEqual(before.maps.slice(0, 2).map(({ id }) => id));
    expect(after.maps[2]?.id).not.toBe(before.maps[2]?.id);
  });

  it("does nothing anew for a file that was only touched", async () => {
    const place = folder();
    const path = lookups(place, "a.pcap", 0, 3);
    const directory = folder();
    const before = await planOf(directory, [path]);
    utimesSync(path, 1, 1);
    const after = await planOf(directory, [path]);
    expect(after.maps.map(({ id }) => id)).toEqual(before.maps.map(({ id }) => id));
  });

  it("has other tasks for other settings", async () => {
    const place = folder();
    const path = lookups(place, "a.pcap", 0, 3);
    const directory = folder();
    const surveys = await surveysOf(directory, [path]);
    const one = await planAudit(directory, surveys, { settings: await writeSettings(directory, settings) });
    const other = await planAudit(directory, surveys, {
      settings: await writeSettings(directory, { ...settings, convergeSeconds: 10 }),
    });
    expect(other.maps[0]?.id).not.toBe(one.maps[0]?.id);
    expect(other.report.id).not.toBe(one.report.id);
  });
});

describe("an audit", () => {
  it("has a row for every capture: read, damaged, unreadable, set aside", async () => {
    const place = folder();
    const good = lookups(place, "good.pcap", 0, 3);
    const cut = lookups(place, "cut.pcap", 100, 3);
    writeFileSync(cut, readFileSync(cut).subarray(0, -7));
    const text = join(place, "text.pcap");
    writeFileSync(text, "words");
    const heavy = lookups(place, "heavy.pcap", 200, 3);
    const directory = folder();
    const { result } = await audit(
      [good, cut, text, heavy],
      settings,
      { setAside: [{ path: heavy, sha256: "", reason: "took more memory than a worker has" }] },
      directory,
    );
    const files = rowsOf(readFileSync(join(directory, "files.csv"), "utf8"));
    expect(files.map(({ capture, status, packets }) => [capture, status, packets])).toEqual([
      ["cut.pcap", "truncated", "5"],
      ["good.pcap", "ok", "6"],
      ["heavy.pcap", "set-aside", "6"],
      ["text.pcap", "unreadable", "0"],
    ]);
    expect(files[2]?.["reason"]).toBe("took more memory than a worker has");
    expect(files[3]?.["reason"]).toMatch(/is no capture/);
    expect(files[0]?.["reason"]).not.toBe("");
    expect(result.flows).toBe(6);
  });

  it("of captures that none can be read has an empty result with their reasons", async () => {
    const place = folder();
    const text = join(place, "text.pcap");
    writeFileSync(text, "words");
    const { csv, result, directory } = await audit([text], settings, {}, folder());
    expect(result).toMatchObject({ flows: 0, calls: 0 });
    expect(rowsOf(csv)).toEqual([]);
    expect(rowsOf(readFileSync(join(directory, "files.csv"), "utf8"))).toHaveLength(1);
  });

  it("knows a server by a name that was looked up in another window and file", async () => {
    const place = folder();
    const tapes = [new Tape(), new Tape()] as const;
    const client = "10.1.2.3";
    const [first, second] = tapes;
    new UdpConversation({
      client: { address: client, port: 5555 },
      server: { address: "10.1.0.53", port: 53 },
      start: START,
      forward: [{ tape: first }],
      backward: [{ tape: first }],
    })
      .send("client", dnsQuery(7, "outlook.office365.com", 1))
      .send(
        "server",
        dnsResponse(7, { name: "outlook.office365.com", addresses: ["52.96.0.9"], timeToLive: 900 }),
      );
    new TcpConversation({
      client: { address: client, port: 40_000 },
      server: { address: "52.96.0.9", port: 443 },
      start: START + milliseconds(400_000),
      forward: [{ tape: second }],
      backward: [{ tape: second }],
    })
      .connect()
      .send("client", tlsData(new Noise(1), 100), "acknowledged");
    const paths = tapes.map((tape, i) => {
      const path = join(place, `${i}.pcap`);
      writeFileSync(path, tape.pcap());
      return path;
    });
    const { csv, plan } = await audit(paths, settings, { windowBytes: 1 }, folder());
    expect(plan.maps).toHaveLength(2);
    const row = rowsOf(csv).find(({ transport }) => transport === "tcp");
    expect(row).toMatchObject({ host: "outlook.office365.com", host_source: "dns" });
  });

  it("says what a ClientHello said three windows ago of a connection that goes on", async () => {
    const place = folder();
    const tape = new Tape();
    const tls = new TcpConversation({
      client: { address: "10.1.2.3", port: 40_000 },
      server: { address: "52.96.0.9", port: 443 },
      start: START,
      forward: [{ tape }],
      backward: [{ tape }],
    })
      .connect()
      .send("client", clientHello({ serverName: "outlook.office365.com", seed: 3 }), "acknowledged")
      .send("server", serverHello({ seed: 4, clientSeed: 3 }), "acknowledged");
    for (let i = 1; i <= 4; i++)
      tls.wait(1_000_000).send("client", tlsData(new Noise(i), 700), "acknowledged");
    const path = join(place, "long.pcap");
    writeFileSync(path, tape.pcap());
    const extraBorders = [1, 2, 3, 4].map((i) => FIRST + i * 1000 - 500);
    const { csv, plan } = await audit([path], settings, { extraBorders }, folder());
    expect(plan.maps).toHaveLength(5);
    const rows = rowsOf(csv);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      host: "outlook.office365.com",
      host_source: "sni",
      retransmissions: "0",
    });
    expect(Number(rows[0]?.["duration_s"])).toBeGreaterThan(3999);
  });

  it("counts totals that add up to its rows", async () => {
    const place = folder();
    const paths = [lookups(place, "a.pcap", 0, 5), lookups(place, "b.pcap", 4000, 7)];
    const { result, directory, csv } = await audit(paths, settings, { windowBytes: 1 }, folder());
    expect(result.flows).toBe(12);
    const totals = rowsOf(readFileSync(join(directory, "totals.csv"), "utf8"));
    const rows = rowsOf(csv);
    for (const dimension of ["all", "service", "path", "verdict", "symmetry", "subnet", "hour", "capture"]) {
      const own = totals.filter((row) => row["dimension"] === dimension);
      expect(own.reduce((sum, row) => sum + Number(row["flows"]), 0)).toBe(12);
      expect(own.reduce((sum, row) => sum + Number(row["bytes_out"]), 0)).toBe(
        rows.reduce((sum, row) => sum + Number(row["bytes_out"]), 0),
      );
    }
    expect(
      totals.filter(({ dimension }) => dimension === "hour").map(({ value, flows }) => [value, flows]),
    ).toEqual([
      ["2026-03-05T09:00:00Z", "5"],
      ["2026-03-05T10:00:00Z", "7"],
    ]);
    expect(totals.find(({ dimension }) => dimension === "subnet")?.["value"]).toBe("10.1.2.0/24");
  });

  it("writes a later result over an earlier one", async () => {
    const place = folder();
    const directory = folder();
    const paths = [lookups(place, "a.pcap", 0, 2), lookups(place, "b.pcap", 4000, 2)];
    const before = await audit(paths.slice(0, 1), settings, {}, directory);
    expect(rowsOf(before.csv)).toHaveLength(2);
    const after = await audit(paths, settings, {}, directory);
    expect(rowsOf(after.csv)).toHaveLength(4);
  });

  it("works in a folder whose name is hard to write in SQL and globs", async () => {
    const directory = join(folder(), "it's [a] {b,c} *?");
    mkdirSync(directory);
    const { result } = await audit([lookups(folder(), "a.pcap", 0, 3)], settings, {}, directory);
    expect(result.flows).toBe(3);
    expect(readFileSync(join(directory, "report.html"), "utf8")).toMatch(/^<!doctype html>/i);
  });

  it("leaves no unfinished file and no scratch behind", async () => {
    const place = folder();
    const { directory } = await audit([lookups(place, "a.pcap", 0, 3)], settings, {}, folder());
    expect(filesBelow(directory).filter((name) => readTemporaryName(name) !== undefined)).toEqual([]);
    expect(readdirSync(join(directory, "scratch"))).toEqual([]);
  });
});

describe("stages", () => {
  it("refuse to go on where a stage before is missing", async () => {
    const place = folder();
    const directory = folder();
    const tape = new Tape();
    new UdpConversation({
      client: { address: "10.1.2.3", port: 1000 },
      server: { address: "10.1.0.9", port: 2000 },
      start: START,
      forward: [{ tape }],
      backward: [{ tape }],
    })
      .send("client", Uint8Array.of(1))
      .wait(20_000)
      .send("client", Uint8Array.of(2));
    const path = join(place, "a.pcap");
    writeFileSync(path, tape.pcap());
    const plan = await planAudit(directory, await surveysOf(directory, [path]), {
      settings: await writeSettings(directory, settings),
      extraBorders: [FIRST + 10],
    });
    const [reduce] = plan.reduces;
    expect(plan.maps).toHaveLength(2);
    if (reduce === undefined) throw new Error("no reduce task");
    await expect(runReduce(directory, reduce)).rejects.toThrow(/map\/[0-9a-f]{24}\.json is missing/);
    await expect(runReport(directory, plan.report)).rejects.toThrow(AuditError);
    for (const task of plan.maps) await runMap(directory, task);
    await expect(runReport(directory, plan.report)).rejects.toThrow(/reduce\/[0-9a-f]{24}\.json is missing/);
  });

  it("say so when a capture is not what it was when it was surveyed", async () => {
    const place = folder();
    const directory = folder();
    const path = lookups(place, "a.pcap", 0, 3);
    const plan = await planOf(directory, [path]);
    lookups(place, "a.pcap", 0, 9);
    const [map] = plan.maps;
    if (map === undefined) throw new Error("no map task");
    await expect(runMap(directory, map)).rejects.toThrow(
      "a.pcap has changed since it was surveyed: run the audit again",
    );
    expect(filesBelow(directory).filter((name) => readTemporaryName(name) !== undefined)).toEqual([]);
  });

  it("say which file is broken that another stage wrote", async () => {
    const place = folder();
    const directory = folder();
    const paths = [lookups(place, "a.pcap", 0, 3), lookups(place, "b.pcap", 1000, 3)];
    const plan = await planOf(directory, paths);
    const [survey] = plan.captures;
    writeFileSync(join(directory, "survey", `${survey?.survey}.lessons`), "torn");
    const last = plan.maps.at(-1);
    if (last === undefined) throw new Error("no map task");
    await expect(runMap(directory, last)).rejects.toThrow(
      /\.lessons is broken: delete it and run the audit again/,
    );
  });

  it("do a task once: what is there is not written again", async () => {
    const place = folder();
    const directory = folder();
    const plan = await planOf(directory, [lookups(place, "a.pcap", 0, 3)]);
    const [map] = plan.maps;
    if (map === undefined) throw new Error("no map task");
    const one = await runMap(directory, map);
    const file = join(directory, "map", `${map.id}.legs.parquet`);
    const { mtimeMs, ino } = statSync(file);
    expect(await runMap(directory, map)).toEqual(one);
    expect(statSync(file)).toMatchObject({ mtimeMs, ino });
  });
});

it("pcap of nothing is a capture without packets", async () => {
  const place = folder();
  writeFileSync(join(place, "none.pcap"), pcap([]));
  const { result } = await audit(
    [join(place, "none.pcap"), lookups(place, "a.pcap", 0, 1)],
    settings,
    {},
    folder(),
  );
  expect(result.flows).toBe(1);
});
