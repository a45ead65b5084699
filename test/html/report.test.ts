import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { FlowRow } from "../../src/classify/row.ts";
import { FlowTable } from "../../src/html/flow-table.ts";
import { jsonMarkup, markup } from "../../src/html/markup.ts";
import { Timeline } from "../../src/html/timeline.ts";
import { FLOW_COLUMNS } from "../../src/report/columns.ts";
import { ndjsonWriter } from "../../src/report/json.ts";
import { o365flow } from "../cli/run.ts";
import { rowWith } from "../results/flow-rows.ts";
import { ROOT } from "../support/shared.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FIXTURE = join(ROOT, "fixtures", "edge-two-interfaces");
const CLASSIFY = ["classify", "--site", join(FIXTURE, "site.yaml"), join(FIXTURE, "edge.pcapng"), "-q"];

const HOSTILE = [
  "</script><script>document.title='pwned'</script>",
  "\"><img src=x onerror=document.title='pwned'>",
  "<!--<script>",
  "javascript:document.title='pwned'",
  "\u202egnp.exe\u0000\u001b[2J",
  "${7*7}{{7*7}}",
];

function resultOf(rows: readonly FlowRow[], name: string): string {
  const writer = ndjsonWriter<FlowRow>({ columns: FLOW_COLUMNS, time: "iso" });
  const file = join(folder, name);
  writeFileSync(file, writer.begin() + writer.rows(rows) + writer.end());
  return file;
}

/** Rows in which everything that can be text is hostile. */
const hostileRows = HOSTILE.map((text, i) =>
  rowWith({
    ...{ host: text, capture: text, reason: text, path_out_name: text, path_back_name: text, codec: text },
    ...{ wireshark_filter: text, flow_id: `${text}@${i}`, client_ip: text, server_ip: text, scenario: text },
    ...{ path_back: "internet", symmetry: "asymmetric", verdict: i % 2 === 0 ? "asymmetric" : "ok" },
    ...{ endpoints_version: text, vlan_out: text, interface_out: text, path_out_basis: [text] },
  }),
);

function hashOf(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("base64");
}

describe("o365flow report", () => {
  const page = join(folder, "report.html");
  const made = o365flow([...CLASSIFY, "-o", page]);
  const html = readFileSync(page, "utf8");

  it("is one page, straight from classify", () => {
    expect(made).toMatchObject({ status: 0, stdout: "" });
    expect(html).toContain("1 flow needs attention");
    expect(html.startsWith("<!doctype html>")).toBe(true);
  });

  it("lets nothing run or load but its own scripts and style, by their hashes", () => {
    const [, policy = ""] = /Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(([, text = ""]) => text);
    expect(scripts).toHaveLength(2);
    for (const script of scripts) expect(policy).toContain(`'sha256-${hashOf(script)}'`);
    const [, style = ""] = /<style>(.*?)<\/style>/s.exec(html) ?? [];
    expect(policy).toContain(`style-src 'sha256-${hashOf(style)}'`);
    expect(html).not.toMatch(/<(?:link|img|iframe|object|embed)[^>]*https?:/);
    expect(html).not.toMatch(/ (?:on[a-z]+|style)="/);
  });

  it("is the same, byte for byte, from every form of the result", () => {
    // Times in microseconds: of a finer clock Parquet does not keep the last digits.
    const taps = join(ROOT, "fixtures", "two-taps");
    const classify = ["classify", "--site", join(taps, "site.yaml"), taps, "-q"];
    const wanted = o365flow([...classify, "--format", "html"]).stdout;
    expect(wanted).toContain("flows need attention");
    for (const form of ["csv", "tsv", "json", "ndjson", "parquet"]) {
      const result = join(folder, `result.${form}`);
      o365flow([...classify, "-o", result]);
      const { status, stdout } = o365flow(["report", result, "-q"]);
      expect(status).toBe(0);
      expect(stdout === wanted, form).toBe(true);
    }
    const csv = readFileSync(join(folder, "result.csv"));
    expect(o365flow(["report", "-", "-q"], { input: csv }).stdout === wanted).toBe(true);
  });

  it("says how many flows it leaves out, and keeps findings before others", () => {
    const rows = Array.from({ length: 40 }, (_, i) =>
      rowWith({ flow_id: `f${i}`, ...(i === 39 ? { verdict: "asymmetric", symmetry: "asymmetric" } : {}) }),
    );
    const run = o365flow(["report", resultOf(rows, "many.ndjson"), "--rows", "5"]);
    expect(run.stdout.replace(/\s+/g, " ")).toContain(
      "<b>5 flows of 40</b>: 35 flows are left out of this page; every finding is in it",
    );
    expect(run.stderr).toContain("40 flows, 1 finding; 35 flows only counted, not listed");
  });

  it("nothing of a capture gets into the page as markup", () => {
    const { status, stdout } = o365flow(["report", resultOf(hostileRows, "hostile.ndjson"), "-q"]);
    expect(status).toBe(0);
    expect(stdout.match(/<script/g)).toHaveLength(4);
    expect(stdout).not.toContain("<img");
    expect(stdout).not.toMatch(/[\u202e\u0000\u001b]/);
    expect(stdout.match(/<!--/g)).toHaveLength(1);
  });

  it("refuses wrong usage with status 2", () => {
    const refused = (...args: string[]): string => {
      const run = o365flow(["report", ...args]);
      expect(run.status).toBe(2);
      expect(run.stdout).toBe("");
      return run.stderr;
    };
    expect(refused(join(folder, "nothing.csv"))).toContain("does not exist");
    expect(refused(join(folder, "result.csv"), "--rows", "-1")).toContain("--rows -1: wanted a whole number");
    expect(refused(join(folder, "result.csv"), "-o", join(folder, "result.csv"))).toContain(
      "is one of the inputs",
    );
    expect(refused(join(FIXTURE, "site.yaml"))).toContain("is no result of o365flow classify");
  });
});

describe("calls", () => {
  const args = ["calls", join(ROOT, "fixtures", "teams-morning", "teams-morning.pcap"), "-q"];

  it("are a page of their own", () => {
    const { status, stdout } = o365flow([...args, "--format", "html"]);
    expect(status).toBe(0);
    const rows = JSON.parse(o365flow([...args, "--json"]).stdout) as { verdict: string; users: string }[];
    expect(rows.length).toBeGreaterThan(0);
    expect(stdout).toContain("<title>Office 365 calls</title>");
    expect(stdout.match(/<span class="badge /g)).toHaveLength(rows.length);
    for (const { users } of rows) expect(stdout).toContain(users.split(";")[0]);
  });

  it("stand in the report of an audit's folder", () => {
    const audit = mkdtempSync(join(folder, "audit-"));
    o365flow([...CLASSIFY, "-o", join(audit, "flows.csv")]);
    expect(o365flow(["report", audit, "-q"]).stdout).not.toContain('id="calls"');
    o365flow([...args, "-o", join(audit, "calls.parquet")]);
    const { stdout } = o365flow(["report", audit, "-q"]);
    expect(stdout).toContain('id="calls"');
    expect(stdout).toContain("deviate from the documented call flow");
  });
});

describe("what the page is made of", () => {
  const anyText = fc.string({ unit: "binary" });

  it("any text put into markup is text, and nothing else", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const made = markup`<i>${text}</i>`.text;
        const inner = made.slice(3, -4);
        expect(inner).not.toMatch(/[<>"'\u0000-\u001f\u202a-\u202e]/);
        expect(inner.replace(/&(?:amp|lt|gt|quot|#39);/g, "")).not.toContain("&");
      }),
    );
  });

  it("any value put into a script element of data is read back, and cannot end it", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyText, fc.integer(), fc.boolean(), fc.constant(null))), (value) => {
        const { text } = jsonMarkup(value);
        expect(text).not.toMatch(/[<>&]/);
        const read = JSON.parse(text) as unknown[];
        expect(read).toHaveLength(value.length);
        expect(read.filter((item) => typeof item !== "string")).toEqual(
          value.filter((item) => typeof item !== "string"),
        );
      }),
    );
  });

  const startsAt = fc.integer({ min: 0, max: 0xffff_ffff });
  it("the timeline counts every flow once, in few buckets, whatever the order of the flows", () => {
    fc.assert(
      fc.property(fc.array(startsAt, { maxLength: 600 }), (seconds) => {
        const rows = seconds.map((at) => rowWith({ start: { seconds: at, nanoseconds: 0, fine: false } }));
        const timelineOf = (flows: readonly FlowRow[]): ReturnType<Timeline["data"]> => {
          const timeline = new Timeline();
          for (const flow of flows) timeline.add(flow);
          return timeline.data();
        };
        const data = timelineOf(rows);
        expect(timelineOf([...rows].reverse())).toEqual(data);
        expect(data.times.length).toBeLessThan(2_000);
        expect(data.flows.flat().reduce((sum, flows) => sum + flows, 0)).toBe(rows.length);
        expect(data.times.every((at, i) => i === 0 || at - (data.times[i - 1] ?? 0) === data.width)).toBe(
          true,
        );
      }),
      { numRuns: 50 },
    );
  });

  it("the table keeps at most what it may, findings first, in the order of the result", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), fc.nat({ max: 20 }), (findings, most) => {
        const table = new FlowTable(most);
        findings.forEach((finding, i) =>
          table.add(rowWith({ client_port: i, verdict: finding ? "asymmetric" : "ok" })),
        );
        const { columns, rows } = table.data();
        const ports = rows.map((row) => Number(row[columns.indexOf("client_port")]));
        expect(ports).toEqual([...ports].sort((a, b) => a - b));
        const wanted = findings.filter(Boolean).length;
        expect(table.shown).toBe(Math.min(most, findings.length));
        expect(table.findingsShown).toBe(Math.min(most, wanted));
        expect(rows).toHaveLength(table.shown);
      }),
    );
  });
});

const BROWSER = ["chromium", "chromium-browser", "google-chrome"].find(
  (name) => spawnSync(name, ["--version"], { encoding: "utf8" }).status === 0,
);

/** The page as a browser has it after its scripts ran, and what the browser complained of. */
function inBrowser(page: string): { dom: string; complaints: string[] } {
  const run = spawnSync(
    BROWSER ?? "",
    [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom"],
      ...[`--user-data-dir=${join(folder, "profile")}`, `file://${page}`],
    ],
    { encoding: "utf8", maxBuffer: 1 << 28 },
  );
  return { dom: run.stdout, complaints: run.stderr.split("\n").filter((line) => line.includes("CONSOLE")) };
}

describe.skipIf(BROWSER === undefined)("in a browser (Chromium)", () => {
  it("shows the flows and draws the timeline under its own policy", () => {
    const { dom, complaints } = inBrowser(join(folder, "report.html"));
    expect(complaints).toEqual([]);
    expect(dom).toContain("7 of 7 flows");
    expect(dom.match(/class="open-row"/g)).toHaveLength(7);
    expect(dom).toContain("<canvas");
    // The finding stands first.
    expect(dom).toMatch(/<tbody><tr>(?:(?!<\/tr>).)*asymmetric/s);
  });

  it("runs nothing that a capture brought", () => {
    const page = join(folder, "hostile.html");
    o365flow(["report", resultOf(hostileRows, "hostile2.ndjson"), "-o", page, "-q"]);
    const { dom, complaints } = inBrowser(page);
    expect(complaints).toEqual([]);
    expect(dom).toContain("6 of 6 flows");
    expect(dom).toMatch(/<title>Where Office 365 traffic went<\/title>/);
    expect(dom).not.toContain("<img");
  });

  it("is not pushed away by names of thousands of characters, or by hundreds of captures of one flow", () => {
    const long = hostileRows.map((row) => ({
      ...row,
      verdict: "asymmetric" as const,
      capture: Array.from({ length: 300 }, (_, i) => `${"n".repeat(i < 3 ? 5000 : 20)}${i}.pcap`).join(";"),
      reason: "w".repeat(6000),
      path_out_name: "p".repeat(4000),
    }));
    const page = join(folder, "long.html");
    o365flow(["report", resultOf(long, "long.ndjson"), "-o", page, "-q"]);
    const measured = readFileSync(page, "utf8")
      .replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, "")
      .replaceAll("<details>", "<details open>")
      .replace(
        "</body>",
        "<script>document.title = document.documentElement.scrollHeight + ' ' + document.documentElement.scrollWidth</script></body>",
      );
    writeFileSync(page, measured);
    const [height = 0, width = 0] =
      /<title>(\d+ \d+)</.exec(inBrowser(page).dom)?.[1]?.split(" ").map(Number) ?? [];
    expect(height).toBeGreaterThan(1000);
    expect(height).toBeLessThan(12_000); // 60,000 and more where every name is shown from end to end
    expect(width).toBeLessThan(1300);
  });
});
