import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { classifyFiles } from "../classify/classify-files.ts";
import { at, milliseconds, Tape, TcpConversation, UdpConversation } from "../support/conversation.ts";
import { concat, hex, Noise } from "../support/bytes.ts";
import { ethernetIp, tcp, TCP_ACK, TCP_SYN } from "../support/packets.ts";
import { BINDING_REQUEST, BINDING_SUCCESS, rtp, stun } from "../support/payloads-media.ts";
import { clientHello } from "../support/payloads.ts";
import { cryptoFrame, quicInitial } from "../support/quic.ts";
import { siteWithMarkers } from "../../src/site/options.ts";
import { defaultSite } from "../../src/site/site.ts";

/** Two taps, each with one direction of a 5-tuple: are they one flow? */

const START = at("2026-11-10T09:00:00Z");
const folder = mkdtempSync(join(tmpdir(), "o365flow-halves-"));
afterAll(() => rmSync(folder, { recursive: true }));
const SITE = siteWithMarkers(defaultSite(), {
  expressroute: ["file=er*"],
  internet: ["file=isp*"],
  internal: [],
  remote: [],
});

async function rowOf(er: Tape, isp: Tape) {
  const paths = [join(folder, "er.pcap"), join(folder, "isp.pcap")];
  writeFileSync(paths[0] ?? "", er.pcap());
  writeFileSync(paths[1] ?? "", isp.pcap());
  const { rows } = await classifyFiles(paths, SITE);
  expect(rows).toHaveLength(1);
  return rows[0];
}

/** Our half of a connection begins with sequence number 1,000,000,000; theirs acknowledges from `theirs` on. */
function connection(theirs: number, untilMs: number, theirsUntilMs: number): [Tape, Tape] {
  const [er, isp] = [new Tape(), new Tape()];
  const us = { source: "10.1.1.5", destination: "13.107.6.152", sourcePort: 50123, destinationPort: 443 };
  const them = { source: "13.107.6.152", destination: "10.1.1.5", sourcePort: 443, destinationPort: 50123 };
  const [ours, peers] = [1_000_000_000, 3_000_000_000];
  er.add(START, ethernetIp({}, tcp({ ...us, sequence: ours, flags: TCP_SYN })), 0);
  isp.add(
    START + milliseconds(10),
    ethernetIp({}, tcp({ ...them, sequence: peers, acknowledgement: theirs + 1, flags: TCP_SYN | TCP_ACK })),
    0,
  );
  for (let ms = 20, sent = 1; ms < Math.max(untilMs, theirsUntilMs); ms += 20, sent += 200) {
    const data = new Noise(ms).bytes(200);
    const acknowledgement = (peers + sent) >>> 0;
    if (ms < untilMs)
      er.add(
        START + milliseconds(ms),
        ethernetIp({}, tcp({ ...us, sequence: ours + sent, acknowledgement, flags: TCP_ACK }, data)),
        0,
      );
    if (ms < theirsUntilMs)
      isp.add(
        START + milliseconds(ms + 10),
        ethernetIp(
          {},
          tcp(
            { ...them, sequence: acknowledgement, acknowledgement: theirs + sent + 200, flags: TCP_ACK },
            data,
          ),
        ),
        0,
      );
  }
  return [er, isp];
}

describe("TCP", () => {
  test("numbers that fit join the halves", async () => {
    const row = await rowOf(...connection(1_000_000_000, 1000, 1000));
    expect(row).toMatchObject({ join_basis: "tcp-sequence", symmetry: "asymmetric", verdict: "asymmetric" });
  });
  test("a half that ends sooner still fits", async () => {
    const row = await rowOf(...connection(1_000_000_000, 1000, 9000));
    expect(row).toMatchObject({ join_basis: "tcp-sequence", symmetry: "asymmetric" });
  });
  test("a half that ends sooner still fits, however fast the connection is", async () => {
    const [er, isp] = [new Tape(), new Tape()];
    const us = { source: "10.1.1.5", destination: "13.107.6.152", sourcePort: 50123, destinationPort: 443 };
    const them = { source: "13.107.6.152", destination: "10.1.1.5", sourcePort: 443, destinationPort: 50123 };
    const data = new Noise(1).bytes(65_000);
    // 4.3 MB/s: what the half that goes on acknowledges in its last 4.5 seconds is more than 16 MiB.
    for (let i = 0; i < 640; i++) {
      const time = START + milliseconds(15 * i);
      const sequence = (3_000_000_000 + i * data.length) >>> 0;
      const acknowledgement = (sequence + data.length) >>> 0;
      if (15 * i < 5100)
        isp.add(
          time,
          ethernetIp({}, tcp({ ...them, sequence, acknowledgement: 1_000_000_000, flags: TCP_ACK }, data)),
          0,
        );
      const answer = tcp({ ...us, sequence: 1_000_000_000, acknowledgement, flags: TCP_ACK });
      er.add(time + milliseconds(1), ethernetIp({}, answer), 0);
    }
    expect(await rowOf(er, isp)).toMatchObject({ join_basis: "tcp-sequence", symmetry: "asymmetric" });
  });
  test.each([
    ["another one that opened with a number 50 higher", 51, "5-tuple", "unknown"],
    ["the same one, by clocks that differ", 101, "tcp-sequence", "asymmetric"],
  ])("a half of 30 s later is of %s", async (_name, acknowledged, basis, symmetry) => {
    const [er, isp] = [new Tape(), new Tape()];
    const us = { source: "10.1.1.5", destination: "13.107.6.152", sourcePort: 50123, destinationPort: 443 };
    const them = { source: "13.107.6.152", destination: "10.1.1.5", sourcePort: 443, destinationPort: 50123 };
    const [ours, theirs] = [1_000_000_000, 3_000_000_000];
    er.add(START, ethernetIp({}, tcp({ ...us, sequence: ours, flags: TCP_SYN })), 0);
    const data = { ...us, sequence: ours + 1, acknowledgement: theirs + 9, flags: TCP_ACK };
    er.add(START + milliseconds(20), ethernetIp({}, tcp(data, new Noise(2).bytes(100))), 0);
    const opening = { ...them, sequence: theirs, acknowledgement: ours + Math.min(acknowledged, 51) };
    isp.add(START + milliseconds(30_000), ethernetIp({}, tcp({ ...opening, flags: TCP_SYN | TCP_ACK })), 0);
    const answer = { ...them, sequence: theirs + 1, acknowledgement: ours + acknowledged, flags: TCP_ACK };
    isp.add(START + milliseconds(30_010), ethernetIp({}, tcp(answer)), 0);
    const row = await rowOf(er, isp);
    expect(row).toMatchObject({ join_basis: basis, symmetry });
    expect(row?.reason.includes("at different times")).toBe(symmetry === "unknown");
  });
  test.each([
    ["far", 1_500_000_000],
    ["4 MiB on", 1_004_194_304],
    ["60,000 on", 1_000_060_000],
    ["30,000 before", 999_970_000],
  ])("numbers of another connection prove nothing of both: %s", async (_name, theirs) => {
    const row = await rowOf(...connection(theirs, 1000, 1000));
    expect(row).toMatchObject({ join_basis: "5-tuple", symmetry: "unknown", asymmetric_s: undefined });
    expect(row).toMatchObject({
      path_out: "expressroute",
      path_back: "internet",
      verdict: "internet-instead",
    });
    expect(row?.reason).toContain("their TCP numbers do not fit each other");
    expect(row?.reason).not.toContain("advertised");
  });
});

describe("TCP that moved between two taps, of which each saw one direction", () => {
  test.each([
    ["one after the other", 0, 0, "unknown"],
    ["one after the other, by clocks that make them one", 0, -60_000, "unknown"],
    ["one after the other, by clocks that part them", 0, 60_000, "unknown"],
    ["at one time for a while", 3, 0, "asymmetric"],
    ["at one time for a while, by clocks that part them", 3, 60_000, "asymmetric"],
  ])("were seen %s", async (_name, together, laterMs, symmetry) => {
    const [er, isp, unseen] = [new Tape(), new Tape(), new Tape()];
    const talk = new TcpConversation({
      client: { address: "10.1.1.5", port: 50123 },
      server: { address: "13.107.6.152", port: 443 },
      start: START,
      forward: [{ tape: unseen }],
      backward: [{ tape: isp }],
    });
    talk.connect();
    const noise = new Noise(5);
    for (let i = 0; i < 60; i++) {
      if (i === 30) talk.forward = [{ tape: er, laterMs }];
      if (i === 30 + together) talk.backward = [{ tape: unseen }];
      talk.until(START + milliseconds(2000 * i)).send("client", noise.bytes(100), "acknowledged");
      talk.send("server", noise.bytes(300), "acknowledged");
    }
    const row = await rowOf(er, isp);
    expect(row).toMatchObject({ path_out: "expressroute", path_back: "internet", symmetry });
    expect(row).toMatchObject({ join_basis: "tcp-sequence" });
    expect(row?.reason.includes("at different times")).toBe(symmetry === "unknown");
  });
});

describe("RTP, of which nothing but the 5-tuple fits", () => {
  test.each([
    [0, "asymmetric"],
    [3000, "asymmetric"],
    // Of a flow that moved between the two taps both would have as much.
    [3800, "unknown"],
    [4200, "unknown"],
    [90_000, "unknown"],
  ])("and halves %d ms later", async (laterMs, symmetry) => {
    const [er, isp] = [new Tape(), new Tape()];
    const noise = new Noise(3);
    const media = new UdpConversation({
      client: { address: "10.1.1.5", port: 50123 },
      server: { address: "52.112.10.20", port: 3479 },
      start: START,
      forward: [{ tape: er }],
      backward: [{ tape: isp, laterMs }],
    });
    for (let i = 0; i < 200; i++) {
      const stream = { payloadType: 104, sequence: i, timestamp: i * 320, payload: noise.bytes(60) };
      media.until(START + milliseconds(20 * i)).send("client", rtp({ ...stream, ssrc: 0x12345678 }));
      media.until(START + milliseconds(20 * i + 5)).send("server", rtp({ ...stream, ssrc: 0x22345678 }));
    }
    const row = await rowOf(er, isp);
    expect(row).toMatchObject({ join_basis: "5-tuple", symmetry });
    expect(row?.reason.includes("at different times")).toBe(symmetry === "unknown");
  });
});

describe("QUIC", () => {
  const clients = hex("c1c2c3c4c5c6c7c8");
  const servers = hex("5152535455565758");
  const first = hex("8394c8f03e515708");
  test.each([
    ["to the id that the client chose", clients, clients, 0, "quic-connection-id", "asymmetric"],
    [
      "to a client without one, which answers to the server's",
      hex(""),
      hex(""),
      0,
      "quic-connection-id",
      "asymmetric",
    ],
    ["to another client's id", clients, hex("d1d2d3d4d5d6d7d8"), 0, "5-tuple", "asymmetric"],
    ["to another client's id, later", clients, hex("d1d2d3d4d5d6d7d8"), 90_000, "5-tuple", "unknown"],
  ])("answers %s", async (_name, chosen, called, laterMs, basis, symmetry) => {
    const [er, isp] = [new Tape(), new Tape()];
    const noise = new Noise(4);
    const talk = new UdpConversation({
      client: { address: "10.1.1.5", port: 50123 },
      server: { address: "13.107.6.152", port: 443 },
      start: START,
      forward: [{ tape: er }],
      backward: [{ tape: isp, laterMs }],
    });
    const hello = clientHello({ serverName: "outlook.office.com", alpn: ["h3"], seed: 2 }).subarray(5);
    talk.send("client", quicInitial(cryptoFrame(0, hello), { destination: first, source: chosen }));
    const answer = { destination: called, source: servers, keyId: first, side: "server" } as const;
    talk.send("server", quicInitial(cryptoFrame(0, noise.bytes(90)), answer));
    const isSame = chosen === called || chosen.length === 0;
    const goesTo = isSame ? servers : hex("6162636465666768");
    for (let i = 0; i < 20; i++)
      talk
        .send("client", concat(hex("41"), goesTo, noise.bytes(60)))
        .send("server", concat(hex("42"), called, noise.bytes(300)));
    expect(await rowOf(er, isp)).toMatchObject({ application: "quic", join_basis: basis, symmetry });
  });
});

describe("STUN", () => {
  const outcomes = { same: ["stun-transaction", "asymmetric"], other: ["5-tuple", "unknown"] } as const;
  test.each([
    ["same", -5000],
    ["same", 5000],
    ["other", -5000],
  ] as const)("answers with the %s transaction, by a clock that is %d ms off", async (which, laterMs) => {
    const [er, isp] = [new Tape(), new Tape()];
    const noise = new Noise(6);
    const talk = new UdpConversation({
      client: { address: "10.1.1.5", port: 50123 },
      server: { address: "52.112.10.20", port: 3478 },
      start: START,
      forward: [{ tape: er }],
      backward: [{ tape: isp, laterMs }],
    });
    // Fewer than tell the clocks' offset.
    for (let i = 0; i < 2; i++) {
      const transaction = noise.bytes(12);
      const answered = which === "same" ? transaction : noise.bytes(12);
      talk
        .send("client", stun(BINDING_REQUEST, [], { transaction }))
        .send("server", stun(BINDING_SUCCESS, [], { transaction: answered }));
    }
    const [basis, symmetry] = outcomes[which];
    expect(await rowOf(er, isp)).toMatchObject({ application: "stun", join_basis: basis, symmetry });
  });
});
