import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadSite } from "../../src/site/load.ts";
import { classifyFiles } from "../classify/classify-files.ts";
import { Noise } from "../support/bytes.ts";
import {
  at,
  type Address,
  milliseconds,
  type Tap,
  Tape,
  TcpConversation,
  UdpConversation,
} from "../support/conversation.ts";
import { rtp } from "../support/payloads-media.ts";
import { temporaryFolder } from "../support/temporary.ts";

/**
 * Section 2, kind 9: a flow that is not on a complete path used another. Where source NAT stands before the path, a flow
 * in the middle of its TCP connection has nothing that joins it with itself: under its inside address it is never there.
 */

const START = at("2025-12-03T09:00:00Z");
const EXCHANGE = { address: "52.96.1.1", port: 443 };
const INSIDE = { address: "10.1.1.5", port: 50123 };
const folder = temporaryFolder();

/** How the flow of the LAN looks on the path's tap. */
type OnTap = "translated" | "missing" | "out only" | "back only";

async function rowOf(
  client: Address,
  pool: string,
  onTap: OnTap,
  others: { isp?: string; site?: string; client?: string } = {},
) {
  const [lan, tap] = [new Tape(), new Tape()];
  const there: Tap = { tape: tap, laterMs: 0.2 };
  const translated = { ...there, nat: { address: "203.0.113.5", port: 6000 } };
  const middle = new TcpConversation({
    client,
    server: EXCHANGE,
    start: START,
    forward: [
      { tape: lan },
      ...{ translated: [translated], missing: [], "out only": [there], "back only": [] }[onTap],
    ],
    backward: [{ tape: lan }, ...(onTap === "translated" || onTap === "back only" ? [translated] : [])],
  });
  for (let i = 0; i < 10; i++)
    middle.send("client", new Uint8Array(80).fill(i + 1)).send("server", new Uint8Array(200).fill(i + 9));
  // Another connection, so that the tap was there all the time.
  const other = new TcpConversation({
    client: { address: others.client ?? "203.0.113.6", port: 7000 },
    server: EXCHANGE,
    start: START - milliseconds(5_000),
    forward: [{ tape: tap }],
    backward: [{ tape: tap }],
  });
  other.connect().wait(20_000).finish();
  const paths = ["lan.pcap", "er.pcap"].map((name) => join(folder, name));
  [lan, tap].forEach((tape, index) => writeFileSync(paths[index] ?? "", tape.pcap()));
  const site = join(folder, "site.yaml");
  writeFileSync(
    site,
    `version: 1\n${others.site ?? ""}paths:\n  - { name: er, kind: expressroute, files: [er.pcap], complete: true${pool} }\n  - { name: isp, kind: internet${others.isp ?? ""} }\n`,
  );
  const { rows } = await classifyFiles(paths, loadSite(site));
  return rows.find((row) => row.client_port === client.port);
}

const POOL = ", nat: [203.0.113.0/28]";
const ABSENT = { path_out: "internet", path_out_basis: ["absence"], path_back_basis: ["absence"] };

test("an inside address is not missed behind the path's source NAT", async () => {
  expect(await rowOf(INSIDE, POOL, "translated")).toMatchObject({
    path_out: "unknown",
    path_back: "unknown",
    verdict: "unproven",
  });
});

test("it is where the path has no pool", async () => {
  expect(await rowOf(INSIDE, "", "missing", { client: "10.1.1.6" })).toMatchObject(ABSENT);
  // Where pools are declared it is said that this path has none.
  const { path_out, path_out_basis } = ABSENT;
  expect(await rowOf(INSIDE, "", "missing", { isp: POOL })).toMatchObject({ path_out, path_out_basis });
});

test("but not where it shows that it has one nobody declared: all its packets have public addresses", async () => {
  for (const onTap of ["translated", "missing"] as const)
    expect(await rowOf(INSIDE, "", onTap)).toMatchObject({
      path_out: "unknown",
      path_back: "unknown",
      verdict: "unproven",
    });
});

test("so is a public address", async () => {
  expect(await rowOf({ address: "192.0.2.5", port: 50123 }, POOL, "missing")).toMatchObject(ABSENT);
});

test("and a direction whose other one was seen there", async () => {
  expect(await rowOf(INSIDE, POOL, "out only")).toMatchObject({
    path_out: "expressroute",
    path_back: "internet",
    path_back_basis: ["absence"],
    symmetry: "asymmetric",
  });
});

test("a public address of users inside is not missed behind the path's source NAT either", async () => {
  const users = { site: "internal: [192.0.2.0/24]\n" };
  expect(await rowOf({ address: "192.0.2.5", port: 50123 }, POOL, "translated", users)).toMatchObject({
    path_out: "unknown",
    path_back: "unknown",
  });
});

test("nor is a way back that may be to an address of the other path's pool", async () => {
  // The Internet's NAT translated what went out, and the answers came over ExpressRoute to that address.
  expect(await rowOf(INSIDE, "", "back only", { isp: POOL })).toMatchObject({
    path_out: "internet",
    path_out_basis: ["absence"],
    path_back: "unknown",
    symmetry: "unknown",
  });
});

test.each([
  ["went on by another NAT", 100, "unknown", "unknown"],
  ["ended there", 0, "expressroute", "symmetric"],
])("a flow that was known behind one NAT and %s", async (_name, more, path, symmetry) => {
  const [lan, er, isp] = [new Tape(), new Tape(), new Tape()];
  const by = (tape: Tape, address: string): Tap[] => [
    { tape: lan },
    { tape, laterMs: 1, nat: { address, port: 30123 } },
  ];
  const noise = new Noise(5);
  const media = new UdpConversation({
    client: INSIDE,
    server: { address: "52.112.10.20", port: 3479 },
    start: START,
    forward: by(er, "203.0.113.5"),
    backward: by(er, "203.0.113.5"),
  });
  for (let i = 0; i < 60; i++) {
    const stream = { payloadType: 104, sequence: i, timestamp: i * 320 };
    media.until(START + milliseconds(20 * i));
    media.send("client", rtp({ ...stream, ssrc: 77, payload: noise.bytes(60) }));
    media.send("server", rtp({ ...stream, ssrc: 78, payload: noise.bytes(60) }));
  }
  // What follows names no stream: behind the second NAT it is a flow of its own.
  media.forward = media.backward = by(isp, "203.0.113.70");
  for (let i = 0; i < more; i++) {
    media.until(START + milliseconds(2000 + 50 * i));
    media.send("client", noise.bytes(50)).send("server", noise.bytes(50));
  }
  const other = new TcpConversation({
    client: { address: "203.0.113.71", port: 7000 },
    server: EXCHANGE,
    start: START - milliseconds(5_000),
    forward: [{ tape: isp }],
    backward: [{ tape: isp }],
  });
  other.connect().wait(20_000).finish();
  const paths = ["lan", "er", "isp"].map((tap) => join(folder, `${tap}-${more}.pcap`));
  [lan, er, isp].forEach((tape, index) => writeFileSync(paths[index] ?? "", tape.pcap()));
  const site = join(folder, "moved.yaml");
  writeFileSync(
    site,
    `version: 1
paths:
  - { name: er, kind: expressroute, nat: [203.0.113.0/28] }
  - { name: isp, kind: internet, files: ["isp*"], nat: [203.0.113.64/28], complete: true }
`,
  );
  const { rows } = await classifyFiles(paths, loadSite(site));
  expect(rows.find((row) => row.client_port === INSIDE.port)).toMatchObject({
    path_out: "expressroute",
    path_out_basis: ["nat-pool"],
    path_back: path,
    symmetry,
  });
});
