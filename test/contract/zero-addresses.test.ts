import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { classifyFiles } from "../classify/classify-files.ts";
import { at, Tape } from "../support/conversation.ts";
import { tlsSession } from "../support/scenarios.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** Firewalls whose sniffer sees IP packets write Ethernet addresses of zeros into a capture of both sides of source NAT. */

const NOBODY = "00:00:00:00:00:00";
const folder = temporaryFolder();

test("both sides are one flow", async () => {
  const tape = new Tape();
  const here = { tape, source: NOBODY, destination: NOBODY };
  const nat = { address: "203.0.113.5", port: 31_000 };
  tlsSession({
    client: { address: "10.1.1.1", port: 50_001 },
    server: { address: "13.107.6.152", port: 443 },
    start: at("2026-03-05T09:00:00Z"),
    host: "outlook.office365.com",
    seed: 8,
    forward: [here, { ...here, nat, laterMs: 0.02 }],
    backward: [
      { ...here, nat, ttl: 55 },
      { ...here, ttl: 54, laterMs: 0.02 },
    ],
  });
  const path = join(folder, "zeros.pcap");
  writeFileSync(path, tape.pcap());
  const { rows } = await classifyFiles([path], undefined);
  expect(rows).toMatchObject([
    { client_ip: "10.1.1.1", nat_ip: "203.0.113.5", join_basis: "client-hello-random" },
  ]);
  expect(rows).toHaveLength(1);
});
