import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { classifyFiles } from "../classify/classify-files.ts";
import { at, type Tap, Tape, UdpConversation } from "../support/conversation.ts";
import { concat, hex, Noise } from "../support/bytes.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { lookup, tlsSession } from "../support/scenarios.ts";
import { BINDING_REQUEST, BINDING_SUCCESS, stun } from "../support/payloads-media.ts";
import { clientHello, erspan } from "../support/payloads.ts";
import { cryptoFrame, quicInitial } from "../support/quic.ts";
import { defaultSite, type Site } from "../../src/site/site.ts";
import { siteWithMarkers } from "../../src/site/options.ts";

/** Sentences of sections 2, 3 and 8 of the contract, through the pipeline. */

const START = at("2026-11-10T09:00:00Z");
const CLIENT = { address: "10.1.1.5", port: 50123 };
const EXCHANGE = { address: "13.107.6.152", port: 443 };
const TRANSLATED = { address: "203.0.113.5", port: 33333 };
const folder = mkdtempSync(join(tmpdir(), "o365flow-contract-"));
afterAll(() => rmSync(folder, { recursive: true }));

function site(expressroute: readonly string[], internet: readonly string[] = []): Site {
  return siteWithMarkers(defaultSite(), { expressroute, internet, internal: [], remote: [] });
}

async function rowsOf(tapes: Readonly<Record<string, Tape>>, described: Site) {
  const paths = Object.entries(tapes).map(([name, tape]) => {
    const path = join(folder, name);
    writeFileSync(path, tape.pcap());
    return path;
  });
  return await classifyFiles(paths, described);
}

interface Ends {
  readonly client?: typeof CLIENT;
  readonly server?: typeof EXCHANGE;
  readonly host?: string;
}

function session(forward: readonly Tap[], backward: readonly Tap[], ends: Ends = {}): void {
  tlsSession({
    client: CLIENT,
    server: EXCHANGE,
    host: "outlook.office365.com",
    start: START,
    seed: 5,
    ...ends,
    forward,
    backward,
  });
}

const ER = { vlans: [100] };
const ISP = { vlans: [200] };

describe("reason never says what the row denies", () => {
  const cases = [
    { name: "out seen", out: ER, back: {}, says: "no declared marker was seen of the way back" },
    { name: "back seen", out: {}, back: ER, says: "no declared marker was seen of the way out" },
    { name: "nothing seen", out: {}, back: {}, says: "no declared marker was seen: eligible" },
  ];
  test.each(cases)("$name", async ({ out, back, says }) => {
    const tape = new Tape();
    session([{ tape, ...out }], [{ tape, ...back }]);
    const { rows } = await rowsOf({ "a.pcap": tape }, site(["vlan=100"], ["vlan=200"]));
    expect(rows).toHaveLength(1);
    expect(rows[0]?.verdict).toBe("unproven");
    expect(rows[0]?.reason).toContain(says);
  });

  test.each([
    {
      name: "an eligible service of Microsoft's is not one that ExpressRoute does not carry",
      ends: {
        client: { address: "52.112.5.5", port: 51000 },
        server: { address: "203.0.113.10", port: 5061 },
      },
      out: ER,
      back: ISP,
      not: "ExpressRoute does not carry",
    },
    {
      name: "what is advertised to Microsoft says nothing of a server elsewhere",
      ends: { server: { address: "93.184.216.34", port: 443 }, host: "www.example.com" },
      out: ER,
      back: ISP,
      not: "advertised to Microsoft",
    },
  ])("asymmetric: $name", async ({ ends, out, back, not }) => {
    const tape = new Tape();
    session([{ tape, ...out }], [{ tape, ...back }], ends);
    const { rows } = await rowsOf({ "a.pcap": tape }, site(["vlan=100"], ["vlan=200"]));
    expect(rows[0]?.verdict).toBe("asymmetric");
    expect(rows[0]?.reason).not.toContain(not);
  });
});

describe("legs join across source NAT by what it leaves alone", () => {
  const answer = { name: "outlook.office365.com", addresses: ["13.107.6.152"] };
  const described = site(["file=er*"], ["file=isp*"]);

  test.each([["inside.pcap"], ["zz-inside.pcap"]])("DNS id with name, inside capture %s", async (inside) => {
    const [a, b] = [new Tape(), new Tape()];
    const ends = { client: CLIENT, server: "8.8.8.8", start: START, id: 7 };
    const outside = { tape: b, nat: TRANSLATED };
    const [forward, backward] = [
      [{ tape: a }, { ...outside, laterMs: 1 }],
      [{ tape: a, laterMs: 1 }, outside],
    ];
    lookup({ ...ends, forward, backward }, answer);
    const { rows } = await rowsOf({ [inside]: a, "isp.pcap": b }, described);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      client_ip: "10.1.1.5",
      nat_ip: "203.0.113.5",
      join_basis: "dns-id",
      path_out: "internet",
      path_back: "internet",
    });
  });

  test.each([
    ["both directions", true, true, "expressroute", "expressroute"],
    ["what goes out alone", true, false, "expressroute", "unknown"],
    ["answers alone", false, true, "unknown", "expressroute"],
  ])("QUIC connection id, outside %s", async (_name, forth, back, pathOut, pathBack) => {
    const [a, b] = [new Tape(), new Tape()];
    const outside = { tape: b, nat: TRANSLATED };
    const talk = new UdpConversation({
      client: CLIENT,
      server: EXCHANGE,
      start: START,
      forward: forth ? [{ tape: a }, { ...outside, laterMs: 1 }] : [{ tape: a }],
      backward: back ? [{ tape: a, laterMs: 1 }, outside] : [{ tape: a, laterMs: 1 }],
    });
    const noise = new Noise(4);
    const [first, ours, theirs] = [noise.bytes(8), noise.bytes(8), noise.bytes(8)];
    const hello = clientHello({ serverName: "outlook.office.com", alpn: ["h3"], seed: 2 }).subarray(5);
    talk.send("client", quicInitial(cryptoFrame(0, hello), { destination: first, source: ours }));
    const answer = { destination: ours, source: theirs, keyId: first, side: "server" } as const;
    for (const packetNumber of [0, 1])
      talk.send(
        "server",
        quicInitial(cryptoFrame(90 * packetNumber, noise.bytes(90)), { ...answer, packetNumber }),
      );
    for (let i = 0; i < 20; i++)
      talk
        .send("client", concat(hex("41"), theirs, noise.bytes(60)))
        .send("server", concat(hex("42"), ours, noise.bytes(300)));
    const { rows } = await rowsOf({ "inside.pcap": a, "er.pcap": b }, described);
    expect(rows).toMatchObject([
      { client_ip: CLIENT.address, nat_ip: TRANSLATED.address, join_basis: "quic-connection-id" },
    ]);
    expect(rows[0]).toMatchObject({ path_out: pathOut, path_back: pathBack });
  });

  describe("QUIC connection id, where the handshake was seen inside alone", () => {
    const connection = (inside: Tape): { talk: UdpConversation; speak: (times: number) => void } => {
      const talk = new UdpConversation({
        client: CLIENT,
        server: EXCHANGE,
        start: START,
        forward: [{ tape: inside }],
        backward: [{ tape: inside, laterMs: 1 }],
      });
      const noise = new Noise(4);
      const [first, ours, theirs] = [noise.bytes(8), noise.bytes(8), noise.bytes(8)];
      const hello = clientHello({ serverName: "outlook.office.com", alpn: ["h3"], seed: 2 }).subarray(5);
      talk.send("client", quicInitial(cryptoFrame(0, hello), { destination: first, source: ours }));
      const answer = { destination: ours, source: theirs, keyId: first, side: "server" } as const;
      talk.send("server", quicInitial(cryptoFrame(0, noise.bytes(90)), answer));
      const speak = (times: number): void => {
        for (let i = 0; i < times; i++)
          talk
            .send("client", concat(hex("41"), theirs, noise.bytes(60)))
            .send("server", concat(hex("42"), ours, noise.bytes(300)));
      };
      return { talk, speak };
    };
    const through = (talk: UdpConversation, inside: Tape, tape: Tape, nat: typeof TRANSLATED): void => {
      talk.forward = [{ tape: inside }, { tape, nat, laterMs: 1 }];
      talk.backward = [
        { tape: inside, laterMs: 1 },
        { tape, nat },
      ];
    };

    test("the capture outside begins later", async () => {
      const [inside, outside] = [new Tape(), new Tape()];
      const { talk, speak } = connection(inside);
      speak(5);
      through(talk, inside, outside, TRANSLATED);
      speak(100);
      const { rows } = await rowsOf({ "late-inside.pcap": inside, "er.pcap": outside }, described);
      expect(rows).toMatchObject([
        {
          client_ip: CLIENT.address,
          nat_ip: TRANSLATED.address,
          join_basis: "quic-connection-id",
          path_out: "expressroute",
          path_back: "expressroute",
        },
      ]);
    });

    test("the connection moves to another path's source NAT", async () => {
      const [inside, er, isp] = [new Tape(), new Tape(), new Tape()];
      const { talk, speak } = connection(inside);
      through(talk, inside, er, TRANSLATED);
      speak(20);
      through(talk, inside, isp, { address: "203.0.113.70", port: 44444 });
      speak(20);
      const { rows } = await rowsOf({ "inside.pcap": inside, "er.pcap": er, "isp.pcap": isp }, described);
      expect(rows).toMatchObject([{ client_ip: CLIENT.address, path_out: "mixed", path_back: "mixed" }]);
    });
  });

  test("not by what looks like a connection id, where no handshake shows that it is one", async () => {
    const [a, b] = [new Tape(), new Tape()];
    const noise = new Noise(5);
    const header = hex("48 00 01 02 03 04 05 06 07 08");
    for (const [client, tape] of [[CLIENT, a] as const, [TRANSLATED, b] as const]) {
      const seen = [{ tape }];
      const ends = { client, server: EXCHANGE, start: START };
      const talk = new UdpConversation({ ...ends, forward: seen, backward: seen });
      for (let i = 0; i < 20; i++)
        talk.send("client", concat(header, noise.bytes(60))).send("server", concat(header, noise.bytes(90)));
    }
    const { rows } = await rowsOf({ "inside.pcap": a, "er.pcap": b }, described);
    expect(rows.map((row) => row.client_ip).toSorted()).toEqual([CLIENT.address, TRANSLATED.address]);
  });

  test.each([1, 4])("STUN transaction, outside answers alone: %i", async (count) => {
    const [a, b] = [new Tape(), new Tape()];
    const talk = new UdpConversation({
      client: CLIENT,
      server: { address: "52.112.10.20", port: 3478 },
      start: START,
      forward: [{ tape: a }],
      backward: [
        { tape: a, laterMs: 1 },
        { tape: b, nat: TRANSLATED },
      ],
    });
    const noise = new Noise(6);
    for (let i = 0; i < count; i++) {
      const transaction = noise.bytes(12);
      talk
        .send("client", stun(BINDING_REQUEST, [], { transaction }))
        .send("server", stun(BINDING_SUCCESS, [], { transaction }));
    }
    const { rows } = await rowsOf({ "inside.pcap": a, "er.pcap": b }, described);
    expect(rows).toMatchObject([
      { client_ip: CLIENT.address, path_back: "expressroute", join_basis: "stun-transaction" },
    ]);
  });

  test("a resolver that asks again from another port, with the same id, made two flows", async () => {
    const [a, b] = [new Tape(), new Tape()];
    for (const [tape, port] of [
      [a, 50123],
      [b, 50124],
    ] as const) {
      const course = { forward: [{ tape }], backward: [{ tape }] };
      const client = { address: CLIENT.address, port };
      lookup({ client, server: "8.8.8.8", start: START, id: 7, ...course }, answer);
    }
    const { rows } = await rowsOf({ "er.pcap": a, "isp.pcap": b }, described);
    expect(rows.map((row) => row.client_port).toSorted()).toEqual([50123, 50124]);
  });

  test("packets seen in both captures are counted once when their clocks are compared", async () => {
    const [a, b] = [new Tape(), new Tape()];
    const late = { tape: b, laterMs: 40_000 };
    session([{ tape: a }, late], [{ tape: a }, late]);
    const { summary } = await rowsOf({ "er.pcap": a, "inside.pcap": b }, described);
    const found = summary.clocks.clocks.find((clock) => clock.found !== undefined)?.found;
    expect(found).toMatchObject({ basis: "packets", packets: a.packets.length });
  });
});

test("an ERSPAN session decides where the mirrored frame itself has no declared marker", async () => {
  const tape = new Tape();
  const wrap = (frame: Uint8Array): Uint8Array => erspan(7, 1, frame);
  session([{ tape, wrap }], [{ tape, wrap, ...ISP }]);
  const { rows } = await rowsOf({ "e.pcap": tape }, site(["erspan-session=7"], ["vlan=200"]));
  expect(rows[0]).toMatchObject({
    path_out: "expressroute",
    path_out_basis: ["erspan-session"],
    path_back: "internet",
    path_back_basis: ["vlan"],
    tunnel: "erspan",
    verdict: "asymmetric",
  });
});

test("the outer VLAN of a VXLAN tap is no evidence", async () => {
  const tape = new Tape();
  const ports = { source: "10.0.0.1", destination: "10.0.0.2", sourcePort: 5555, destinationPort: 4789 };
  const wrap = (frame: Uint8Array): Uint8Array =>
    ethernetIp({ vlans: [100] }, udp(ports, concat(hex("0800000000004200"), frame)));
  session([{ tape, wrap }], [{ tape, wrap }]);
  const { rows } = await rowsOf({ "v.pcap": tape }, site(["vlan=100"]));
  expect(rows[0]).toMatchObject({ path_out: "unknown", path_back: "unknown", verdict: "unproven" });
});

test("what a user at home sends to a server of ours comes back, and its answers go out", async () => {
  const [router, own] = ["00:00:5e:00:53:02", "02:00:00:00:00:01"];
  const described = siteWithMarkers(defaultSite(), {
    expressroute: ["vlan=100"],
    internet: [`next-hop=${router}`],
    internal: ["192.0.2.0/28"],
    remote: ["198.51.100.0/24"],
  });
  const tape = new Tape();
  session([{ tape, source: router, destination: own }], [{ tape, source: own, destination: router }], {
    client: { address: "198.51.100.77", port: 50123 },
    server: { address: "192.0.2.10", port: 443 },
  });
  const { rows } = await rowsOf({ "a.pcap": tape }, described);
  expect(rows).toMatchObject([
    {
      client_zone: "remote",
      path_out: "internet",
      path_back: "internet",
      next_hop_out: router,
      next_hop_back: router,
      expected_path: "internet",
      // The first packet of the two is the user's.
      first_packet_back: 1,
      first_packet_out: 2,
    },
  ]);
});
