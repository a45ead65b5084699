import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { FlowRow } from "../../src/classify/row.ts";
import { siteFromText } from "../../src/site/load.ts";
import { classifyFiles } from "../classify/classify-files.ts";
import { Noise } from "../support/bytes.ts";
import { at, milliseconds, type Tap, Tape, UdpConversation } from "../support/conversation.ts";
import { iceAnswer, iceCheck, rtp } from "../support/payloads-media.ts";
import { tlsSession } from "../support/scenarios.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** One row of several legs says what they saw together: each tap saw what another did not. */

const START = at("2026-11-10T09:00:00Z");
const PORTS = {
  client: { address: "10.1.1.5", port: 50_123 },
  server: { address: "52.112.10.20", port: 3479 },
};
const NAT = { address: "203.0.113.5", port: 30_123 };
const folder = temporaryFolder();
const SITE = `version: 1
paths:
  - { name: er, kind: expressroute, vlans: ["100"], nat: [203.0.113.0/28] }
  - { name: isp, kind: internet, vlans: ["200"], nat: [203.0.113.64/28] }
`;

async function rowsOf(name: string, tapes: Readonly<Record<string, Tape>>): Promise<readonly FlowRow[]> {
  const paths = Object.entries(tapes).map(([tap, tape]) => {
    const path = join(folder, `${name}-${tap}.pcap`);
    writeFileSync(path, tape.pcap());
    return path;
  });
  return (await classifyFiles(paths, siteFromText(SITE, "site.yaml"))).rows;
}

/** Checks, then audio each way; what `isLost` never left its sender. */
function play(
  talk: UdpConversation,
  count: number,
  before: (packet: number) => void,
  isLost: (side: "client" | "server", packet: number) => boolean,
): void {
  const noise = new Noise(9);
  for (let i = 0; i < count; i++) {
    before(i);
    if (i === 0) {
      const transaction = noise.bytes(12);
      talk.send("client", iceCheck({ transaction, username: "abcd:efgh", noise }));
      talk.send("server", iceAnswer({ transaction, mapped: [NAT.address, NAT.port], noise }));
    }
    talk.until(START + milliseconds(100 + i * 20));
    for (const [side, ssrc] of [
      ["client", 0x7b000001],
      ["server", 0x7b000002],
    ] as const) {
      const stream = { payloadType: 104, sequence: 65_400 + i, timestamp: i * 320, ssrc };
      if (!isLost(side, i)) talk.send(side, rtp({ ...stream, payload: noise.bytes(72) }));
    }
  }
}

it("counts the packets of all addresses that a flow had outside of source NAT, and measures all its streams", async () => {
  const tape = new Tape();
  const talk = new UdpConversation({ ...PORTS, start: START, forward: [], backward: [] });
  const by = (i: number): Tap =>
    i < 300
      ? { tape, vlans: [100], nat: NAT }
      : { tape, vlans: [200], nat: { address: "203.0.113.70", port: 31_000 } };
  play(
    talk,
    500,
    (i) => (talk.forward = talk.backward = [by(i)]),
    (side, i) => side === "server" && i >= 400 && i % 5 === 0,
  );
  const rows = await rowsOf("moved", { trunk: tape });
  expect(rows).toMatchObject([
    {
      join_basis: "rtp-ssrc",
      path_out: "mixed",
      packets_out: 501,
      packets_back: 481,
      bytes_out: 501 * 28 + 500 * 84 + 104,
      first_packet_out: 1,
      first_packet_back: 2,
      loss_out_pct: 0,
      // 20 of the 200 that came by the second address.
      loss_back_pct: 10,
    },
  ]);
});

it.each(["client", "server"] as const)(
  "has each direction's quality where the tap inside sees what the %s sends alone",
  async (side) => {
    const [inside, outside] = [new Tape(), new Tape()];
    const within = (own: "client" | "server"): Tap[] => (own === side ? [{ tape: inside }] : []);
    const outer: Tap = { tape: outside, vlans: [100], nat: NAT, laterMs: 1 };
    const talk = new UdpConversation({
      ...PORTS,
      start: START,
      forward: [...within("client"), outer],
      backward: [...within("server"), outer],
    });
    play(
      talk,
      300,
      () => undefined,
      (own, i) => i % (own === "client" ? 10 : 20) === 5,
    );
    const rows = await rowsOf(`one-${side}`, { inside, outside });
    expect(rows).toMatchObject([
      { client_ip: "10.1.1.5", nat_ip: "203.0.113.5", packets_out: 271, packets_back: 286, codec: "SILK" },
    ]);
    expect(rows[0]?.loss_out_pct).toBeCloseTo(10, 0);
    expect(rows[0]?.loss_back_pct).toBeCloseTo(5, 0);
    expect(rows[0]?.jitter_back_ms).toBeDefined();
  },
);

it("names the server and the state of a connection by the leg that shows them", async () => {
  const [inside, outside] = [new Tape(), new Tape()];
  const outer: Tap = { tape: outside, vlans: [100], nat: NAT, laterMs: 1 };
  tlsSession({
    client: PORTS.client,
    server: { address: "52.96.10.2", port: 443 },
    start: START,
    host: "outlook.office365.com",
    seed: 77,
    version: "1.2",
    forward: [outer],
    backward: [{ tape: inside }, outer],
  });
  const rows = await rowsOf("tls", { inside, outside });
  expect(rows).toMatchObject([
    {
      client_ip: "10.1.1.5",
      join_basis: "server-hello-random",
      host: "outlook.office365.com",
      host_source: "sni",
      tcp_state: "SF",
    },
  ]);
  expect(rows[0]?.ja4).toMatch(/^t1/);
  expect(rows[0]?.rtt_ms).toBeGreaterThan(0);
});
