import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { FlowRow } from "../../src/classify/row.ts";
import {
  asPcapng,
  packetsOf,
  rewrittenPcap,
  shiftedPcap,
  swappedPcap,
  taggedPcap,
} from "../support/rewrite.ts";
import { ROOT } from "../support/shared.ts";
import { classifyFiles } from "./classify-files.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true }));
let made = 0;

interface Scene {
  /** Base name and bytes. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly site: string;
}

function scene(fixture: string): Scene {
  const from = join(ROOT, "fixtures", fixture);
  const { args } = JSON.parse(readFileSync(join(from, "case.json"), "utf8")) as { args: string[] };
  const names = args.filter((arg) => /\.pcap(ng)?$/.test(arg));
  return {
    files: Object.fromEntries(names.map((name) => [name, readFileSync(join(from, name))])),
    site: readFileSync(join(from, "site.yaml"), "utf8"),
  };
}

function changed(from: Scene, change: (bytes: Uint8Array) => Uint8Array): Scene {
  const files = Object.entries(from.files).map(([name, bytes]) => [name, change(bytes)] as const);
  return { ...from, files: Object.fromEntries(files) };
}

/** What is concluded of each flow, by Community ID: no file names, times or packet numbers. */
async function conclusions({ files, site }: Scene, names = Object.keys(files)): Promise<Conclusion[]> {
  const here = join(folder, String((made += 1)));
  const paths = names.map((name) => `${here}-${name}`);
  names.forEach((name, i) => writeFileSync(paths[i] ?? "", files[name] ?? new Uint8Array()));
  const siteFile = `${here}-site.yaml`;
  // Globs of the site hold for base names that begin with the number here.
  writeFileSync(siteFile, site.replaceAll(/files: \["(?!\*)/g, 'files: ["*'));
  const { rows } = await classifyFiles(paths, siteFile);
  return rows.map(conclusion).toSorted((x, y) => (x.key < y.key ? -1 : 1));
}

type Conclusion = Readonly<Record<string, unknown>> & { readonly key: string };

function conclusion(row: FlowRow): Conclusion {
  return {
    key: `${row.community_id} ${row.packets_out} ${row.packets_back}`,
    paths: `${row.path_out} ${row.path_back}`,
    names: `${row.path_out_name} ${row.path_back_name}`,
    basis: `${row.path_out_basis.join("+")} ${row.path_back_basis.join("+")}`,
    symmetry: row.symmetry,
    expected: row.expected_path,
    verdict: row.verdict,
    application: row.application,
    changes: row.path_changes.length,
  };
}

/** Scenes with one link layer and a site description, classic pcap. */
const SCENES = [
  "two-taps",
  "source-nat-two-taps",
  "edge-vlan",
  "qinq",
  "failover",
  "nat-pool",
  "inbound-smtp",
  "ipv6",
  "circuits",
];

describe.each(SCENES)("%s", (fixture) => {
  const plain = scene(fixture);

  it("has a flow with a known path, so that the comparisons below say something", async () => {
    const found = await conclusions(plain);
    expect(found.some(({ paths }) => /expressroute|internet/.test(String(paths)))).toBe(true);
  });

  it("says the same of its files in any order", async () => {
    const names = Object.keys(plain.files);
    expect(await conclusions(plain, names.toReversed())).toEqual(await conclusions(plain));
  });

  it("says the same in the other byte order", async () => {
    expect(await conclusions(changed(plain, swappedPcap))).toEqual(await conclusions(plain));
  });

  it("says the same as pcapng", async () => {
    expect(await conclusions(changed(plain, asPcapng))).toEqual(await conclusions(plain));
  });

  it("says the same three days later", async () => {
    const later = changed(plain, (bytes) => shiftedPcap(bytes, 3 * 86_400));
    expect(await conclusions(later)).toEqual(await conclusions(plain));
  });

  it("says the same in nanoseconds", async () => {
    const finer = changed(plain, (bytes) => rewrittenPcap(bytes, (packet) => packet, { nanoseconds: true }));
    expect(await conclusions(finer)).toEqual(await conclusions(plain));
  });
});

it("a further VLAN tag on all frames, declared, changes no verdict", async () => {
  const plain = scene("edge-vlan");
  const tagged = changed(plain, (bytes) => taggedPcap(bytes, 900));
  const site = plain.site.replaceAll(/vlans: \["(\d+)"\]/g, 'vlans: ["900.$1"]');
  expect(site).not.toBe(plain.site);
  expect(await conclusions({ ...tagged, site })).toEqual(await conclusions(plain));
});

it("a VLAN tag on all frames of two taps changes nothing where files decide", async () => {
  const plain = scene("two-taps");
  expect(await conclusions(changed(plain, (bytes) => taggedPcap(bytes, 77)))).toEqual(
    await conclusions(plain),
  );
});

it("interfaces under other names, declared, change no verdict", async () => {
  const plain = scene("edge-two-interfaces");
  const rename = (bytes: Uint8Array): Uint8Array => {
    const text = Buffer.from(bytes).toString("latin1");
    return Buffer.from(text.replace("expressroute-er1", "telco-handoff-01"), "latin1");
  };
  const site = plain.site.replaceAll(/expressroute-(er1|\*)/g, "telco-handoff-*");
  expect(site).not.toBe(plain.site);
  expect(await conclusions({ ...changed(plain, rename), site })).toEqual(await conclusions(plain));
});

it("two taps that change their names and markers change nothing", async () => {
  const plain = scene("two-taps");
  const [er, isp] = [plain.files["lon-er1-tap.pcap"], plain.files["lon-isp-tap.pcap"]];
  const swapped: Scene = {
    files: { "lon-isp-tap.pcap": er ?? new Uint8Array(), "lon-er1-tap.pcap": isp ?? new Uint8Array() },
    site: plain.site.replace("*-er1-*", "*-x-*").replace("*-isp-*", "*-er1-*").replace("*-x-*", "*-isp-*"),
  };
  expect(await conclusions(swapped)).toEqual(await conclusions(plain));
});

it("markers that change places mirror the paths and keep the symmetry", async () => {
  const mirror = (text: string): string =>
    text.replaceAll(/expressroute|internet/g, (word) => (word === "internet" ? "expressroute" : "internet"));
  for (const fixture of ["two-taps", "edge-vlan", "failover"]) {
    const plain = scene(fixture);
    const mirrored = { ...plain, site: plain.site.replaceAll(/kind: (?:expressroute|internet)/g, mirror) };
    const [before, after] = [await conclusions(plain), await conclusions(mirrored)];
    expect(after.map(({ key, symmetry }) => [key, symmetry])).toEqual(
      before.map(({ key, symmetry }) => [key, symmetry]),
    );
    expect(after.map(({ paths }) => mirror(String(paths)))).toEqual(before.map(({ paths }) => paths));
    for (const [i, { verdict, expected }] of before.entries()) {
      const other = after[i]?.["verdict"];
      if (verdict === "ok" && expected === "expressroute") expect(other).toBe("internet-instead");
      else if (verdict === "ok" && expected === "internet") expect(other).toBe("expressroute-instead");
      else if (verdict === "asymmetric" || verdict === "mixed") expect(other).toBe(verdict);
    }
  }
});

it("a copy of every packet from a second tap of the same link changes no verdict", async () => {
  const plain = scene("two-taps");
  const bytes = plain.files["lon-er1-tap.pcap"] ?? new Uint8Array();
  expect(packetsOf(bytes).packets.length).toBeGreaterThan(10);
  const copied = { ...plain, files: { ...plain.files, "lon-er1-tap-2.pcap": bytes } };
  expect(await conclusions(copied)).toEqual(await conclusions(plain));
});
