import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { classifyFiles } from "../classify/classify-files.ts";
import { Noise } from "../support/bytes.ts";
import { type Address, at, milliseconds, Tape, UdpConversation } from "../support/conversation.ts";
import { dnsQuery, dnsResponse } from "../support/payloads.ts";
import { iceAnswer, iceCheck, rtp } from "../support/payloads-media.ts";
import { siteWithMarkers } from "../../src/site/options.ts";
import { defaultSite } from "../../src/site/site.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** Source NAT gives the address and port of a user who has gone to the next one; both speak to the same server. */

const START = at("2026-03-05T09:00:00Z");
const NAT: Address = { address: "203.0.113.5", port: 31_000 };
const SITE = siteWithMarkers(defaultSite(), {
  expressroute: ["file=er*"],
  internet: ["file=isp*"],
  internal: [],
  remote: [],
});
const folder = temporaryFolder();

class Taps {
  readonly inside = new Tape();
  readonly outside = new Tape();

  talk(client: string, server: Address, afterMs: number, nat: Address = NAT): UdpConversation {
    return new UdpConversation({
      client: { address: client, port: 50_001 },
      server,
      start: START + milliseconds(afterMs),
      forward: [{ tape: this.inside }, { tape: this.outside, nat, laterMs: 0.3, ttl: 63 }],
      backward: [
        { tape: this.outside, nat, ttl: 56 },
        { tape: this.inside, ttl: 55, laterMs: 0.3 },
      ],
    });
  }

  async rows(name: string): Promise<Record<string, unknown>[]> {
    const paths = ["in", "er"].map((tap) => join(folder, `${tap}-${name}.pcap`));
    [this.inside, this.outside].forEach((tape, i) => writeFileSync(paths[i] ?? "", tape.pcap()));
    const { rows } = await classifyFiles(paths, SITE);
    return rows.map(({ client_ip, packets_out, packets_back, path_out, join_basis, reason }) => ({
      client_ip,
      packets: [packets_out, packets_back],
      path_out,
      join_basis,
      note: reason.split("; ").find((part) => part.startsWith("source NAT gave")),
    }));
  }
}

function media(taps: Taps, client: string, afterMs: number, count: number): void {
  const noise = new Noise(afterMs + 1);
  const talk = taps.talk(client, { address: "52.112.7.10", port: 3480 }, afterMs);
  const transaction = noise.bytes(12);
  talk.send("client", iceCheck({ transaction, username: "abcd:efgh", noise }));
  talk.send("server", iceAnswer({ transaction, mapped: [NAT.address, NAT.port], noise }));
  for (let i = 0; i < count; i++)
    for (const side of ["client", "server"] as const) {
      const ssrc = (side === "client" ? 1000 : 2000) + afterMs;
      talk
        .until(START + milliseconds(afterMs + 100 + 20 * i + (side === "client" ? 0 : 5)))
        .send(
          side,
          rtp({ payloadType: 111, sequence: i, timestamp: i * 960, ssrc, payload: noise.bytes(80) }),
        );
    }
}

function lookup(taps: Taps, client: string, afterMs: number, id: number, nat?: Address): void {
  const talk = taps.talk(client, { address: "8.8.8.8", port: 53 }, afterMs, nat);
  const name = `host${id}.example.com`;
  talk.send("client", dnsQuery(id, name)).send("server", dnsResponse(id, { name, addresses: ["192.0.2.1"] }));
}

test("media of users in turn is a row for each, and one for what they were outside", async () => {
  const taps = new Taps();
  media(taps, "10.1.1.1", 0, 100);
  media(taps, "10.1.1.2", 60_000, 120);
  media(taps, "10.1.1.3", 120_000, 140);
  const note =
    "source NAT gave 203.0.113.5:31000 to several users in turn: what was captured outside is a row of its own";
  const alone = { path_out: "unknown", join_basis: undefined, note };
  const together = "source NAT gave this address and port to several users in turn, whose rows are apart";
  expect(await taps.rows("media")).toEqual([
    { client_ip: "10.1.1.1", packets: [101, 101], ...alone },
    { client_ip: "10.1.1.2", packets: [121, 121], ...alone },
    {
      client_ip: NAT.address,
      packets: [363, 363],
      path_out: "expressroute",
      join_basis: undefined,
      note: together,
    },
    { client_ip: "10.1.1.3", packets: [141, 141], ...alone },
  ]);
});

test("so are their lookups", async () => {
  const taps = new Taps();
  lookup(taps, "10.1.1.1", 0, 1001);
  lookup(taps, "10.1.1.2", 30_000, 1002);
  const rows = await taps.rows("lookups");
  expect(rows.map(({ client_ip, packets }) => [client_ip, packets])).toEqual([
    ["10.1.1.1", [1, 1]],
    [NAT.address, [2, 2]],
    ["10.1.1.2", [1, 1]],
  ]);
});

test("a user whom NAT gives an address and port of their own is one row", async () => {
  const taps = new Taps();
  media(taps, "10.1.1.1", 0, 100);
  lookup(taps, "10.1.1.1", 0, 1001, { ...NAT, port: 31_001 });
  lookup(taps, "10.1.1.1", 200, 1002, { ...NAT, port: 31_001 });
  expect(await taps.rows("alone")).toEqual([
    {
      client_ip: "10.1.1.1",
      packets: [2, 2],
      path_out: "expressroute",
      join_basis: "dns-id",
      note: undefined,
    },
    {
      client_ip: "10.1.1.1",
      packets: [101, 101],
      path_out: "expressroute",
      join_basis: "rtp-ssrc;stun-transaction",
      note: undefined,
    },
  ]);
});
