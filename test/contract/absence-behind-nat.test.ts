import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadSite } from "../../src/site/load.ts";
import { classifyFiles } from "../classify/classify-files.ts";
import { at, type Address, milliseconds, type Tap, Tape, TcpConversation } from "../support/conversation.ts";
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
  others: { isp?: string; site?: string } = {},
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
    client: { address: "203.0.113.6", port: 7000 },
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
  expect(await rowOf(INSIDE, "", "missing")).toMatchObject(ABSENT);
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
