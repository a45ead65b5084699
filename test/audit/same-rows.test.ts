import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AuditSettings } from "../../src/audit/settings.ts";
import { type EndpointHistory, loadEndpoints } from "../../src/endpoints/history.ts";
import { loadSite } from "../../src/site/load.ts";
import { defaultSite } from "../../src/site/site.ts";
import type { Cloud } from "../../src/words.ts";
import { pcap } from "../support/captures.ts";
import { packetsOf } from "../support/rewrite.ts";
import { ROOT, SHARED, shared } from "../support/shared.ts";
import { audit, type AuditOptions, classified } from "./pipeline.ts";

const FIXTURES = join(ROOT, "fixtures");
const CAPTURE = /\.(pcap|pcapng|cap)(\.gz)?$/;
const names = readdirSync(FIXTURES).filter((name) => existsSync(join(FIXTURES, name, "case.json")));

/** Endpoint lists by cloud: read once for all audits. */
const histories = new Map<Cloud, EndpointHistory>();

function historyOf(cloud: Cloud): EndpointHistory {
  const known = histories.get(cloud);
  if (known !== undefined) return known;
  const history = loadEndpoints(cloud, { userData: null });
  histories.set(cloud, history);
  return history;
}

function settingsOf(site = defaultSite()): AuditSettings {
  return {
    site,
    history: historyOf(site.cloud ?? "worldwide"),
    asOf: undefined,
    timeouts: undefined,
    convergeSeconds: undefined,
    maxFlows: undefined,
  };
}

/** Seconds at which flows of a CSV begin and end, ascending. */
function moments(csv: string): number[] {
  return [...csv.matchAll(/,(\d{4}-\d\d-\d\dT[\d:.]+Z)(?=,)/g)]
    .map(([, time]) => Math.floor(Date.parse(time ?? "") / 1000))
    .sort((x, y) => x - y);
}

/** Borders at even distances, and right behind moments at which something begins or ends. */
function bordersIn(csv: string, count: number): number[] {
  const times = moments(csv);
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined) return [];
  const borders = new Set<number>();
  for (let k = 1; k < count; k++) {
    borders.add(first + Math.ceil(((last - first) * k) / count));
    borders.add((times[Math.floor((times.length * k) / count)] ?? first) + 1);
  }
  return [...borders].filter((border) => border > 0);
}

const folders: string[] = [];
let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "o365flow-same-"));
  folders.push(scratch);
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function auditOnce(
  paths: readonly string[],
  settings: AuditSettings,
  options: AuditOptions,
): Promise<{ csv: string; windows: number; parts: number }> {
  const { csv, plan, directory } = await audit(paths, settings, options);
  rmSync(directory, { recursive: true });
  return { csv, windows: plan.maps.length, parts: plan.reduces.length };
}

describe.each(names)("fixture %s", (name) => {
  const folder = join(FIXTURES, name);
  const files = readdirSync(folder)
    .filter((file) => CAPTURE.test(file))
    .map((file) => join(folder, file));
  const site = existsSync(join(folder, "site.yaml")) ? loadSite(join(folder, "site.yaml")) : undefined;

  it("has the rows of classify, in windows however small and batches however small", async () => {
    const settings = settingsOf(site);
    const expected = await classified(files, settings);
    const { csv } = await auditOnce(files, settings, {
      extraBorders: bordersIn(expected, 6),
      batch: { wanted: 1, most: Number.POSITIVE_INFINITY },
    });
    expect(csv).toBe(expected);
  });
});

/** Cells that differ from classify's, lawfully: by capture and column. */
const LAWFUL: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "OISF+suricata-verify/sip.pcap": {
    wireshark_filter:
      "a 5-tuple used again after the idle time-out: classify has forgotten the first flow by then, an audit bounds both by their times",
  },
  "zeek+zeek/erspan.pcap": {
    packets_back:
      "a fragment of a tunnel's outer datagram whose first fragment lies in another file and window",
    bytes_back: "the same",
  },
};

function unlawful(name: string, csv: string, expected: string): string[] {
  const lawful = LAWFUL[name] ?? {};
  const [head = ""] = expected.split("\n");
  const columns = head.split(",");
  const [found, wanted] = [csv.split("\n"), expected.split("\n")];
  if (found.length !== wanted.length) return [`${found.length} rows, wanted ${wanted.length}`];
  return wanted.flatMap((line, i) => {
    const other = found[i] ?? "";
    if (other === line) return [];
    const [x, y] = [line.split(","), other.split(",")];
    // Only cells without a comma are told apart here, so a shift shows as many differences.
    return x.flatMap((cell, k) =>
      cell === y[k] || columns[k] === undefined || columns[k] in lawful || columns[k] === undefined
        ? []
        : [`row ${i}, ${columns[k]}: ${y[k]}, wanted ${cell}`],
    );
  });
}

function realCaptures(): string[] {
  if (SHARED === undefined) return [];
  const root = shared("captures", "real");
  return readdirSync(root).flatMap((folder) =>
    statSync(join(root, folder)).isDirectory()
      ? readdirSync(join(root, folder)).map((file) => `${folder}/${file}`)
      : [],
  );
}

describe.skipIf(SHARED === undefined)("real captures", () => {
  const settings = settingsOf();

  it.each(realCaptures())(
    "%s, cut into three files and up to 15 windows, has the rows of classify",
    async (name) => {
      const { packets, linkType } = packetsOf(readFileSync(shared("captures", "real", name)));
      const folder = mkdtempSync(join(scratch, "pieces-"));
      const files = [0, 1, 2].map((i) => {
        const cut = (k: number): number => Math.floor((k * packets.length) / 3);
        const path = join(folder, `piece-${i}.pcap`);
        writeFileSync(path, pcap(packets.slice(cut(i), cut(i + 1)), { linkType, nanoseconds: true }));
        return path;
      });
      const expected = await classified(files, settings);
      const { csv } = await auditOnce(files, settings, { extraBorders: bordersIn(expected, 8) });
      expect(unlawful(name, csv, expected)).toEqual([]);
    },
  );
});
