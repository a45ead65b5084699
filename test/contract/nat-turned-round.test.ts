import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { classifyFiles } from "../classify/classify-files.ts";
import { Noise } from "../support/bytes.ts";
import { at, type Tap, Tape, UdpConversation } from "../support/conversation.ts";
import { iceAnswer, iceCheck } from "../support/payloads-media.ts";
import { tlsSession } from "../support/scenarios.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** Source NAT that is not the way out: of a flow that a firewall turns round, and one NAT behind another. */

const folder = temporaryFolder();
const START = at("2026-11-10T09:00:00Z");

/** Rows of a TLS session that each place of `places` saw, a capture each. */
async function rowsOf(places: readonly Omit<Tap, "tape">[], server: string, pools: string, own = "") {
  const taps = places.map((place): Tap => ({ ...place, tape: new Tape() }));
  tlsSession({
    client: { address: "10.20.0.5", port: 50001 },
    server: { address: server, port: 443 },
    start: START,
    seed: 7,
    forward: taps,
    backward: taps,
  });
  const captures = taps.map(({ tape }, index) => {
    const capture = join(folder, `place-${index}.pcap`);
    writeFileSync(capture, tape.pcap());
    return capture;
  });
  const site = join(folder, "site.yaml");
  writeFileSync(site, `version: 1\n${own}paths:\n${pools}`);
  return (await classifyFiles(captures, site)).rows;
}

const nat = (address: string, laterMs = 1): Omit<Tap, "tape"> => ({ laterMs, nat: { address, port: 30123 } });
const ER = "  - { name: er, kind: expressroute, nat: [203.0.113.0/28] }\n";

it("a public source address on the way to a private one is a hairpin, and no evidence of an uplink", async () => {
  const rows = await rowsOf([nat("203.0.113.5")], "10.1.2.10", ER);
  expect(rows).toMatchObject([
    { client_ip: "203.0.113.5", path_out: "local", path_back: "local", path_out_basis: ["address"] },
  ]);
});

const EDGE = "servers: { edge: [198.51.100.10] }\n";

it("is no evidence either on the way to a public address of one's own, as of an Edge", async () => {
  const local = { path_out: "local", path_back: "local", path_out_basis: ["address"] };
  expect(await rowsOf([nat("203.0.113.5")], "198.51.100.10", ER, EDGE)).toMatchObject([
    { client_ip: "203.0.113.5", ...local, expected_path: "local", verdict: "ok" },
  ]);
  // Inside the firewall and behind it.
  expect(await rowsOf([{}, nat("203.0.113.5")], "198.51.100.10", ER, EDGE)).toMatchObject([
    { client_ip: "10.20.0.5", nat_ip: "203.0.113.5", ...local, verdict: "ok" },
  ]);
  // Nor does an Edge show the way out that answers a check with the address that it saw.
  const tape = new Tape();
  const noise = new Noise(9);
  const transaction = noise.bytes(12);
  new UdpConversation({
    client: { address: "10.20.0.5", port: 50002 },
    server: { address: "198.51.100.10", port: 3478 },
    start: START,
    forward: [{ tape }],
    backward: [{ tape }],
  })
    .send("client", iceCheck({ transaction, username: "a:b", noise }))
    .send("server", iceAnswer({ transaction, mapped: ["203.0.113.5", 30123], noise }));
  const capture = join(folder, "check.pcap");
  const site = join(folder, "check.yaml");
  writeFileSync(capture, tape.pcap());
  writeFileSync(site, `version: 1\n${EDGE}paths:\n${ER}`);
  expect((await classifyFiles([capture], site)).rows).toMatchObject([local]);
});

it("is evidence on the way out, and a private pool's towards a private address", async () => {
  expect(await rowsOf([nat("203.0.113.5")], "40.96.0.1", ER)).toMatchObject([
    { path_out: "expressroute", path_out_basis: ["nat-pool"] },
  ]);
  const partner = "  - { name: partner, kind: other, nat: [10.200.0.0/24] }\n";
  expect(await rowsOf([nat("10.200.0.5")], "10.1.2.10", partner)).toMatchObject([
    { path_out: "other", path_out_basis: ["nat-pool"] },
  ]);
});

it("has the public address behind two NATs, whichever of the three captures saw which", async () => {
  const places = [{}, nat("100.64.1.1", 1), nat("203.0.113.3", 2)];
  for (const order of [places, places.toReversed()])
    expect(await rowsOf(order, "40.96.0.1", ER)).toMatchObject([
      { client_ip: "10.20.0.5", nat_ip: "203.0.113.3", nat_port: 30123, path_out: "expressroute" },
    ]);
});
