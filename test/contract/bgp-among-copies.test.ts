import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { classifyFiles } from "../classify/classify-files.ts";
import { at, milliseconds, type Tap, Tape } from "../support/conversation.ts";
import { officePeering } from "../support/office-peering.ts";
import { tlsSession } from "../support/scenarios.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** A link of which a BGP session in the capture says ExpressRoute, and a next hop behind it that is declared Internet. */

const START = at("2026-03-05T12:00:00Z");
const ROUTER = "00:00:5e:00:53:02";
const folder = temporaryFolder();

async function rowOf(peeringMs: number) {
  const [core, edge] = [new Tape(), new Tape()];
  const inner: Tap = { tape: core, source: "00:00:5e:00:53:0c", destination: "00:00:5e:00:53:0f", ttl: 127 };
  officePeering({ tape: core }, START + milliseconds(peeringMs));
  tlsSession({
    client: { address: "10.20.30.41", port: 52_101 },
    server: { address: "52.113.194.132", port: 443 },
    start: START + milliseconds(1000),
    seed: 7,
    host: "teams.microsoft.com",
    forward: [inner, { tape: edge, destination: ROUTER, ttl: 126, laterMs: 0.2 }],
    backward: [
      { tape: edge, source: ROUTER, ttl: 58 },
      { ...inner, ttl: 57, laterMs: 0.2 },
    ],
  });
  const paths = Object.entries({ core, edge }).map(([name, tape]) => {
    const path = join(folder, `${name}.pcap`);
    writeFileSync(path, tape.pcap());
    return path;
  });
  const site = join(folder, "site.yaml");
  writeFileSync(site, `version: 1\npaths:\n  - { name: isp, kind: internet, next-hops: ["${ROUTER}"] }\n`);
  const { rows } = await classifyFiles(paths, site);
  return rows.find((row) => row.server_port === 443);
}

test.each([
  ["before the flow", 0],
  ["amid the flow", 1030],
  ["after the flow", 5000],
])("the stronger marker decides where the session is seen %s: copies are no move", async (_, ms) => {
  expect(await rowOf(ms)).toMatchObject({
    path_out: "internet",
    path_out_basis: ["next-hop"],
    path_back: "internet",
    path_back_basis: ["next-hop"],
    symmetry: "symmetric",
    path_changes: [],
  });
});
