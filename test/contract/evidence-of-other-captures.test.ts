import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { siteFromText } from "../../src/site/load.ts";
import { classifyFiles } from "../classify/classify-files.ts";
import {
  at,
  milliseconds,
  type Tap,
  Tape,
  TcpConversation,
  UdpConversation,
} from "../support/conversation.ts";
import { officePeering } from "../support/office-peering.ts";
import { ethernetIp, ip } from "../support/packets.ts";
import { erspan, icmpError } from "../support/payloads.ts";
import { BINDING_REQUEST, BINDING_SUCCESS, stun, stunXorAddress } from "../support/payloads-media.ts";
import { tlsSession } from "../support/scenarios.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** Evidence names its first packet in the capture that has it, and a BGP session marks the link that it was seen on alone. */

const folder = temporaryFolder();
const START = at("2026-03-05T12:00:00Z");
const CLIENT = { address: "10.20.30.41", port: 52_101 };
const SERVER = { address: "52.113.194.132", port: 443 };
const SITE = siteFromText(
  "version: 1\npaths:\n  - { name: er, kind: expressroute, hops: [192.0.2.0/30], nat: [203.0.113.0/28] }\n",
  "site.yaml",
);

async function flowsOf(tapes: Readonly<Record<string, Tape>>, site = SITE) {
  const paths = Object.entries(tapes).map(([name, tape]) => {
    const path = join(folder, name);
    writeFileSync(path, tape.pcap());
    return path;
  });
  return (await classifyFiles(paths, site)).flows;
}

function session(port: number, tap: Tap, seconds = 1): void {
  tlsSession({
    client: { ...CLIENT, port },
    server: SERVER,
    start: START + milliseconds(1000 * seconds),
    seed: port,
    host: "teams.microsoft.com",
    forward: [tap],
    backward: [tap],
  });
}

/** The hop's report of the first packet of `lan`. */
function hopReport(lan: Tape, ttl = 254): Uint8Array {
  const report = icmpError(11, 0, lan.packets[0]?.bytes.subarray(14) ?? new Uint8Array(0));
  return ethernetIp(
    {},
    ip({ source: "192.0.2.1", destination: CLIENT.address, protocol: 1, id: 7, ttl }, report),
  );
}

test("a hop that reports in another capture than the flow's", async () => {
  const [lan, edge] = [new Tape(), new Tape()];
  session(CLIENT.port, { tape: lan });
  edge.add((lan.packets[0]?.time ?? START) + milliseconds(3), hopReport(lan), 0);
  const [flow] = await flowsOf({ "edge.pcap": edge, "lan.pcap": lan });
  expect(flow?.out).toMatchObject({
    path: "expressroute",
    evidence: [{ kind: "hop", capture: "edge.pcap", firstPacket: 1, packets: 1 }],
  });
});

test("a hop's report that two captures have", async () => {
  const [lan, edge] = [new Tape(), new Tape()];
  session(CLIENT.port, { tape: lan });
  const first = lan.packets[0]?.time ?? START;
  edge.add(first + milliseconds(3), hopReport(lan), 0);
  lan.add(first + milliseconds(3.5), hopReport(lan, 253), 0);
  const [flow] = await flowsOf({ "edge.pcap": edge, "lan.pcap": lan });
  expect(flow?.out).toMatchObject({
    path: "expressroute",
    evidence: [{ kind: "hop", capture: "edge.pcap", firstPacket: 1, packets: 1 }],
  });
});

test.each([
  [4000, 1, "expressroute"],
  [6000, 0, "unknown"],
])("a hop's report %d ms before the flow's first packet", async (early, packets, path) => {
  const tape = new Tape();
  session(CLIENT.port, { tape }, 10);
  tape.add((tape.packets[0]?.time ?? START) - milliseconds(early), hopReport(tape), 0);
  const [flow] = await flowsOf({ "edge.pcap": tape });
  expect(flow?.out.path).toBe(path);
  expect(flow?.out.evidence.map((item) => item.packets)).toEqual(packets === 0 ? [] : [packets]);
});

test("an answer that tells the mapped address in another capture than the way out", async () => {
  const [lan, edge] = [new Tape(), new Tape()];
  session(60_001, { tape: edge }, 0);
  const before = edge.packets.length;
  const transaction = Uint8Array.from({ length: 12 }, (_, i) => i);
  new UdpConversation({
    client: { ...CLIENT, port: 50_010 },
    server: { ...SERVER, port: 3478 },
    start: START + milliseconds(5000),
    forward: [{ tape: lan }],
    backward: [{ tape: edge }],
  })
    .send("client", stun(BINDING_REQUEST, [], { transaction }))
    .send(
      "server",
      stun(BINDING_SUCCESS, [[0x20, stunXorAddress("203.0.113.1", 61_000, transaction)]], { transaction }),
    );
  const flows = await flowsOf({ "edge.pcap": edge, "lan.pcap": lan });
  expect(flows.find(({ row }) => row.server_port === 3478)?.out).toMatchObject({
    path: "expressroute",
    evidence: [{ kind: "mapped-address", capture: "edge.pcap", firstPacket: before + 1 }],
  });
});

test("a source address of a pool, where the answers of another capture came first", async () => {
  const [out, back] = [new Tape(), new Tape()];
  const talk = new TcpConversation({
    client: { address: "203.0.113.2", port: 52_000 },
    server: SERVER,
    start: START,
    forward: [],
    backward: [{ tape: back }],
  }).connect();
  talk.forward = [{ tape: out }];
  talk.send("client", Uint8Array.of(1, 2, 3), "acknowledged");
  const [flow] = await flowsOf({ "back.pcap": back, "out.pcap": out });
  expect(flow?.out.evidence).toMatchObject([{ kind: "nat-pool", capture: "out.pcap", firstPacket: 1 }]);
});

test("a BGP session in one mirror session says nothing of another one's frames", async () => {
  const tape = new Tape();
  let sequence = 0;
  const mirror = (session: number): Tap => ({
    tape,
    wrap: (frame) => erspan(session, (sequence += 1), frame),
  });
  officePeering(mirror(5), START);
  session(52_105, mirror(5));
  session(52_106, mirror(6));
  const flows = await flowsOf({ "collector.pcap": tape }, siteFromText("version: 1\n", "site.yaml"));
  const paths = new Map(flows.map(({ row }) => [row.client_port, [row.path_out, row.path_back]]));
  expect(paths.get(52_105)).toEqual(["expressroute", "expressroute"]);
  expect(paths.get(52_106)).toEqual(["unknown", "unknown"]);
});

test.each([
  ["a site that has ExpressRoute", "true", "expressroute"],
  ["a site that says it has none", "false", "none"],
])("what is missing on a complete Internet link of %s", async (_, expressRoute, path) => {
  const tape = new Tape();
  const talk = (port: number, seconds: number, forward: readonly Tap[]): void => {
    new TcpConversation({
      client: { ...CLIENT, port },
      server: SERVER,
      start: START + milliseconds(1000 * seconds),
      forward,
      backward: [{ tape }],
    })
      .connect()
      .send("client", new Uint8Array(300), "acknowledged")
      .send("client", new Uint8Array(300), "acknowledged");
  };
  talk(52_200, 0, [{ tape }]);
  talk(52_201, 10, []);
  talk(52_202, 20, [{ tape }]);
  const site = `version: 1\nexpressroute: ${expressRoute}\npaths:\n  - { name: isp, kind: internet, files: ["isp*"], complete: true }\n`;
  const flows = await flowsOf({ "isp.pcap": tape }, siteFromText(site, "site.yaml"));
  expect(flows.find(({ row }) => row.client_port === 52_201)?.row.path_out).toBe(path);
});
