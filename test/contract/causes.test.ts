import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { classifyFiles } from "../classify/classify-files.ts";
import {
  at,
  milliseconds,
  type Tap,
  Tape,
  TcpConversation,
  UdpConversation,
} from "../support/conversation.ts";
import { Noise } from "../support/bytes.ts";
import { bgpKeepalive, bgpOpen } from "../support/payloads.ts";
import { rtp } from "../support/payloads-media.ts";
import { tlsSession } from "../support/scenarios.ts";

/** Causes of asymmetry, A to G of docs/evidence.md, and links that BGP marks, through the pipeline. */

const START = at("2026-11-10T09:00:00Z");
const folder = mkdtempSync(join(tmpdir(), "o365flow-causes-"));
afterAll(() => rmSync(folder, { recursive: true }));
let made = 0;

const SITE = `version: 1
servers: { edge: [203.0.113.100] }
paths:
  - { name: lon-1, kind: expressroute, circuit: london, vlans: ["100"] }
  - { name: lon-2, kind: expressroute, circuit: london, vlans: ["101"] }
  - { name: par, kind: expressroute, circuit: paris, vlans: ["110"] }
  - { name: isp, kind: internet, vlans: ["200"] }
`;

async function rowsOf(files: Readonly<Record<string, Uint8Array>>, site?: string) {
  const here = join(folder, String((made += 1)));
  const paths = Object.entries(files).map(([name, bytes]) => {
    const path = `${here}-${name}`;
    writeFileSync(path, bytes);
    return path;
  });
  if (site !== undefined) writeFileSync(`${here}.yaml`, site);
  return (await classifyFiles(paths, site === undefined ? undefined : `${here}.yaml`)).rows;
}

const US = { address: "10.1.1.5", port: 50123 };
const EXCHANGE = { address: "13.107.6.152", port: 443 };
const EDGE = { address: "203.0.113.100", port: 5061 };
const TEAMS = { address: "52.112.5.5", port: 51000 };
/** Azure's, in no set of the endpoint list. */
const AZURE = { address: "20.50.2.3", port: 51000 };

/** `out` and `back` are those of a flow that the client's or the server's side opened. */
const CASES = [
  ["A", US, EXCHANGE, 100, 200, "not advertised to Microsoft over ExpressRoute"],
  ["B", US, EXCHANGE, 200, 100, "over ExpressRoute and to the Internet alike"],
  ["C", TEAMS, EDGE, 200, 100, "source NAT is missing on the way in"],
  ["D", TEAMS, EDGE, 110, 100, "came in on one ExpressRoute circuit and the reply left by another"],
  ["E", AZURE, EDGE, 100, 200, "a Microsoft service that ExpressRoute does not carry"],
  ["G", US, EXCHANGE, 100, 110, "one NAT pool is probably advertised on both circuits"],
] as const;

describe.each(CASES)("case %s", (id, client, server, forward, backward, says) => {
  test("is named", async () => {
    const tape = new Tape();
    tlsSession({
      client,
      server,
      start: START,
      seed: 5,
      forward: [{ tape, vlans: [forward] }],
      backward: [{ tape, vlans: [backward] }],
    });
    const rows = await rowsOf({ "a.pcap": tape.pcap() }, SITE);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ symmetry: "asymmetric", verdict: "asymmetric" });
    expect(rows[0]?.reason).toContain(says);
    expect(id).toMatch(/^[A-G]$/);
  });
});

test("links of one circuit are one path, whichever way they are used", async () => {
  const tape = new Tape();
  const ways = { forward: [{ tape, vlans: [100] }], backward: [{ tape, vlans: [101] }] };
  tlsSession({ client: US, server: EXCHANGE, start: START, seed: 5, ...ways });
  const rows = await rowsOf({ "a.pcap": tape.pcap() }, SITE);
  expect(rows[0]).toMatchObject({ symmetry: "symmetric", path_out_name: "lon-1", path_back_name: "lon-2" });
});

describe("case F, a flow of 600 s", () => {
  const move = async (outAt: number, backAt: number) => {
    const tape = new Tape();
    const noise = new Noise(3);
    const media = new UdpConversation({
      client: US,
      server: { address: "52.112.10.20", port: 3479 },
      start: START,
      forward: [],
      backward: [],
    });
    for (let i = 0; i < 600; i++) {
      const on = (moved: number): Tap[] => [{ tape, vlans: [i < moved ? 100 : 200] }];
      media.forward = on(outAt);
      media.backward = on(backAt);
      const stream = { payloadType: 104, sequence: i, timestamp: i * 16_000, payload: noise.bytes(40) };
      media.until(START + milliseconds(1000 * i)).send("client", rtp({ ...stream, ssrc: 1 }));
      media.until(START + milliseconds(1000 * i + 5)).send("server", rtp({ ...stream, ssrc: 2 }));
    }
    return (await rowsOf({ "a.pcap": tape.pcap() }, SITE))[0];
  };
  test("both directions moved, within --converge: mixed, and symmetric", async () => {
    expect(await move(100, 150)).toMatchObject({
      symmetry: "symmetric",
      verdict: "mixed",
      asymmetric_s: 50.005,
    });
  });
  test("they moved too far apart", async () => {
    const row = await move(100, 350);
    expect(row).toMatchObject({ symmetry: "asymmetric", asymmetric_s: 250.005 });
    expect(row?.reason).toContain("the directions moved at different times");
    expect(row?.path_changes).toHaveLength(2);
  });
  test("one moved, the other never did", async () => {
    const row = await move(590, 600);
    expect(row).toMatchObject({ symmetry: "asymmetric", path_out: "mixed", path_back: "expressroute" });
    expect(row?.reason).toContain("one direction moved and the other did not");
  });
});

describe("a BGP session of Microsoft peering marks the link that it was seen on", () => {
  const peering = (tape: Tape, index: number): void => {
    const ends = {
      client: { address: "203.0.113.129", port: 40_000 },
      server: { address: "203.0.113.130", port: 179 },
    };
    const tap = [{ tape, interface: index }];
    const session = new TcpConversation({ ...ends, start: START, forward: tap, backward: tap });
    session
      .connect()
      .send("client", bgpOpen(64_496, "203.0.113.129"))
      .send("server", bgpOpen(12_076, "203.0.113.130"));
    session.send("client", bgpKeepalive()).send("server", bgpKeepalive(), "acknowledged");
  };
  const session = (tape: Tape, index: number, port: number): void => {
    const tap = [{ tape, interface: index }];
    tlsSession({
      client: { ...US, port },
      server: EXCHANGE,
      start: START + milliseconds(1000),
      seed: port,
      forward: tap,
      backward: tap,
    });
  };

  test("and no other interface, where interfaces have no names", async () => {
    const tape = new Tape();
    peering(tape, 0);
    session(tape, 0, 50_001);
    session(tape, 1, 50_002);
    const rows = await rowsOf({ "a.pcapng": tape.pcapng([{}, {}]) });
    const paths = rows.filter((row) => row.server_port === 443).map((row) => [row.client_port, row.path_out]);
    expect(paths).toEqual([
      [50_001, "expressroute"],
      [50_002, "unknown"],
    ]);
  });
});
