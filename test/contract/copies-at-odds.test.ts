import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { classifyFiles } from "../classify/classify-files.ts";
import { at, milliseconds, type Tap, Tape, UdpConversation } from "../support/conversation.ts";
import { rtp } from "../support/payloads-media.ts";
import { tlsSession } from "../support/scenarios.ts";
import { Noise } from "../support/bytes.ts";
import { siteWithMarkers } from "../../src/site/options.ts";
import { loadSite } from "../../src/site/load.ts";
import { defaultSite, type Site } from "../../src/site/site.ts";
import { explainFlow } from "../../src/report/explain.ts";

/** Copies of packets that declared markers put on two paths at once (docs/evidence.md, "Copies at odds"). */

const START = at("2026-11-10T09:00:00Z");
const CLIENT = { address: "10.1.1.5", port: 50123 };
const EXCHANGE = { address: "13.107.6.152", port: 443 };
const folder = mkdtempSync(join(tmpdir(), "o365flow-odds-"));
afterAll(() => rmSync(folder, { recursive: true }));

const VLANS = siteWithMarkers(defaultSite(), {
  expressroute: ["vlan=100"],
  internet: ["vlan=200"],
  internal: [],
  remote: [],
});

async function rowsOf(tapes: Readonly<Record<string, Tape>>, site: Site) {
  const paths = Object.entries(tapes).map(([name, tape]) => {
    const path = join(folder, name);
    writeFileSync(path, tape.pcap());
    return path;
  });
  return await classifyFiles(paths, site);
}

function session(forward: readonly Tap[], backward: readonly Tap[]): void {
  const ends = { client: CLIENT, server: EXCHANGE, host: "outlook.office365.com" };
  tlsSession({ ...ends, start: START, seed: 5, forward, backward });
}

describe("packets seen on VLANs of both paths at once", () => {
  test.each([
    ["one file, either copy first", 0.2, -0.2],
    ["one file, at one moment", 0, 0],
  ])("%s: the path is not known, and nothing moved", async (_name, outMs, backMs) => {
    const tape = new Tape();
    session(
      [
        { tape, vlans: [100], laterMs: 1 },
        { tape, vlans: [200], laterMs: 1 + outMs },
      ],
      [
        { tape, vlans: [100], laterMs: 1 },
        { tape, vlans: [200], laterMs: 1 + backMs },
      ],
    );
    const { rows, flows } = await rowsOf({ "a.pcap": tape }, VLANS);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ path_out: "unknown", path_back: "unknown", path_out_name: undefined });
    expect(rows[0]).toMatchObject({ symmetry: "unknown", verdict: "unproven", asymmetric_s: undefined });
    expect(rows[0]?.path_out_basis).toEqual([]);
    expect(rows[0]?.path_changes).toEqual([]);
    expect(rows[0]?.reason).toContain(
      "packets were seen as expressroute (VLAN 100) and as internet (VLAN 200), so these markers contradict",
    );
    expect(rows[0]?.reason).not.toContain("no declared marker");
    const text = flows.flatMap((flow) => explainFlow(flow, VLANS).flatMap(({ lines }) => lines)).join("\n");
    expect(text).toContain("none decides");
    expect(text).not.toContain("no path is declared");
  });

  test("one direction only: the other keeps its path, and the pair is not asymmetric", async () => {
    const tape = new Tape();
    const both = [
      { tape, vlans: [100] },
      { tape, vlans: [200], laterMs: 0.1 },
    ];
    session(both, [{ tape, vlans: [100] }]);
    const { rows } = await rowsOf({ "a.pcap": tape }, VLANS);
    expect(rows[0]).toMatchObject({ path_out: "unknown", path_back: "expressroute", symmetry: "unknown" });
    expect(rows[0]?.verdict).toBe("unproven");
  });

  test("in two captures, behind a third one that declares nothing", async () => {
    const [core, er, isp] = [new Tape(), new Tape(), new Tape()];
    const seen = [
      { tape: core },
      { tape: er, vlans: [100], laterMs: 1 },
      { tape: isp, vlans: [200], laterMs: 2 },
    ];
    session(seen, seen);
    const { rows } = await rowsOf({ "core.pcap": core, "er.pcap": er, "isp.pcap": isp }, VLANS);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ path_out: "unknown", path_back: "unknown", verdict: "unproven" });
  });

  test("a stronger kind still decides, and the other one is named", async () => {
    const [er, isp] = [new Tape(), new Tape()];
    const seen = [
      { tape: er, vlans: [100] },
      { tape: isp, laterMs: 2 },
    ];
    session(seen, seen);
    const markers = { expressroute: ["vlan=100"], internet: ["file=isp*"], internal: [], remote: [] };
    const { rows } = await rowsOf(
      { "er.pcap": er, "isp.pcap": isp },
      siteWithMarkers(defaultSite(), markers),
    );
    expect(rows[0]).toMatchObject({ path_out: "expressroute", path_back: "expressroute", verdict: "ok" });
    expect(rows[0]?.reason).toContain("out: file says internet (file isp.pcap)");
  });

  test("a flow that moves, every packet mirrored twice, did move", async () => {
    const tape = new Tape();
    const twice = (vlan: number): Tap[] => [
      { tape, vlans: [vlan] },
      { tape, vlans: [vlan], laterMs: 0.1 },
    ];
    const noise = new Noise(3);
    const media = new UdpConversation({
      client: CLIENT,
      server: { address: "52.112.10.20", port: 3479 },
      start: START,
      forward: twice(100),
      backward: twice(100),
    });
    for (let i = 0; i < 400; i++) {
      if (i === 200) media.forward = media.backward = twice(200);
      const stream = { payloadType: 104, sequence: i, timestamp: i * 320, ssrc: 77 };
      media.until(START + milliseconds(20 * i)).send("client", rtp({ ...stream, payload: noise.bytes(60) }));
      media
        .until(START + milliseconds(20 * i + 5))
        .send("server", rtp({ ...stream, payload: noise.bytes(60) }));
    }
    const { rows } = await rowsOf({ "a.pcap": tape }, VLANS);
    expect(rows[0]).toMatchObject({ path_out: "mixed", path_back: "mixed", symmetry: "symmetric" });
    expect(rows[0]?.packets_out).toBe(400);
    expect(rows[0]?.path_changes).toHaveLength(1);
  });

  test("one request sent again on the other path, that looks like a copy, does not undo a move", async () => {
    const [er, isp] = [new Tape(), new Tape()];
    const noise = new Noise(4);
    const media = new UdpConversation({
      client: CLIENT,
      server: { address: "52.112.10.20", port: 3479 },
      start: START,
      forward: [{ tape: er, vlans: [100] }],
      backward: [{ tape: er, vlans: [100] }],
    });
    for (let i = 0; i < 100; i++) {
      const isp200 = [{ tape: isp, vlans: [200] }];
      if (i === 50)
        media.forward = media.backward = [
          { tape: er, vlans: [100] },
          ...isp200.map((tap) => ({ ...tap, laterMs: 500 })),
        ];
      if (i === 51) media.forward = media.backward = isp200;
      const stream = { payloadType: 104, sequence: i, timestamp: i * 320, ssrc: 77 };
      media.until(START + milliseconds(600 * i)).send("client", rtp({ ...stream, payload: noise.bytes(60) }));
    }
    const { rows } = await rowsOf({ "er.pcap": er, "isp.pcap": isp }, VLANS);
    expect(rows[0]).toMatchObject({ path_out: "mixed" });
    expect(rows[0]?.path_changes).toHaveLength(1);
  });
});

test("links of one circuit may carry copies; two circuits at once leave the kind known and no asymmetry", async () => {
  const text = `version: 1
paths:
  - { name: er-1, kind: expressroute, circuit: london, vlans: ["100"] }
  - { name: er-2, kind: expressroute, circuit: paris, vlans: ["101"] }
  - { name: isp, kind: internet, vlans: ["200"] }
`;
  const path = join(folder, "circuits.yaml");
  writeFileSync(path, text);
  const tape = new Tape();
  session(
    [
      { tape, vlans: [100] },
      { tape, vlans: [101], laterMs: 0.1 },
    ],
    [{ tape, vlans: [101] }],
  );
  const { rows } = await rowsOf({ "a.pcap": tape }, loadSite(path));
  expect(rows[0]).toMatchObject({
    path_out: "expressroute",
    path_back: "expressroute",
    symmetry: "symmetric",
  });
  expect(rows[0]?.path_out_name).toBe("er-1;er-2");
});

test("one capture that globs of both kinds match proves nothing", async () => {
  const text = `version: 1
paths:
  - { name: er, kind: expressroute, files: ["lon-*"] }
  - { name: isp, kind: internet, files: ["*-tap.pcap"] }
`;
  const path = join(folder, "globs.yaml");
  writeFileSync(path, text);
  const tape = new Tape();
  session([{ tape }], [{ tape }]);
  const { rows } = await rowsOf({ "lon-tap.pcap": tape }, loadSite(path));
  expect(rows[0]).toMatchObject({ path_out: "unknown", path_back: "unknown", verdict: "unproven" });
  expect(rows[0]?.reason).toContain("contradict");
});
