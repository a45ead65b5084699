import { describe, expect, it } from "vitest";
import { TcpInspector } from "../../src/protocols/tcp-inspector.ts";
import { concat, hex, Noise, u16, u8 } from "../support/bytes.ts";
import { clientHello, serverHello, tlsData } from "../support/payloads.ts";
import {
  COMMON_NAME_CERTIFICATE,
  NAMED_CERTIFICATE,
  serverFlight,
  WILDCARD_CERTIFICATE,
} from "./certificates.ts";
import { CLIENT, SERVER, talk, TcpTalk } from "./tcp-talk.ts";

const hello = clientHello({ serverName: "teams.microsoft.com", seed: 1 });
const bigHello = clientHello({ serverName: "outlook.office365.com", seed: 2, postQuantum: true });
const namelessHello = clientHello({ seed: 3, version: "1.2" });
const literalHello = clientHello({ serverName: "192.0.2.9", seed: 4, version: "1.2" });

describe("TLS", () => {
  it("is told by the first segment, and then asks for the server's hello alone", () => {
    const inspector = new TcpInspector();
    const t = new TcpTalk(inspector).send(CLIENT, hello);
    expect(inspector.wantsMore).toBe(true);
    t.send(SERVER, serverHello({ seed: 2, clientSeed: 1, version: "1.2" }).subarray(0, 200));
    expect(inspector.wantsMore).toBe(false);
    expect(t.result()).toMatchObject({
      application: "tls",
      confidence: "high",
      rule: "tls-client-hello",
      host: "teams.microsoft.com",
      hostSource: "sni",
      initiator: CLIENT,
      firstPacket: 1,
    });
    expect(t.result().ja4).toMatch(/^t13d07\d\dh2_/);
    expect(t.result().identities?.[0]).toMatch(/^tls:[\w-]{43}$/);
    expect(t.result().identities?.[1]).toMatch(/^tls-server:[\w-]{20}$/);
  });

  it("does not wait long for a server's hello that is captured elsewhere", () => {
    const inspector = new TcpInspector();
    const t = new TcpTalk(inspector).send(CLIENT, hello);
    for (let i = 0; i < 8; i++) {
      expect(inspector.wantsMore).toBe(true);
      t.send(CLIENT, new Uint8Array(100).fill(0x17));
    }
    expect(inspector.wantsMore).toBe(false);
  });

  it("does not take what asks for another ClientHello for a name of the connection", () => {
    // RFC 8446, section 4.1.3: the random of every HelloRetryRequest.
    const random = hex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");
    const body = concat(hex("0303"), random, hex("00 1301 00 0006 002b0002 0304"));
    const message = concat(hex("020000"), Uint8Array.of(body.length), body);
    const retry = concat(hex("16030300"), Uint8Array.of(message.length), message);
    const t = talk().send(CLIENT, hello).send(SERVER, retry);
    expect(t.result().identities).toEqual([expect.stringMatching(/^tls:/)]);
  });

  it.each([
    ["in two", [700]],
    ["in three", [100, 900]],
    ["byte by byte at first", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
  ])("is read from a hello cut %s segments", (_, cuts) => {
    const t = talk();
    let from = 0;
    for (const to of [...cuts, bigHello.length]) {
      t.send(CLIENT, bigHello.subarray(from, to));
      from = to;
    }
    expect(t.result()).toMatchObject({ application: "tls", host: "outlook.office365.com" });
    expect(t.result().ja4).toBeDefined();
  });

  it("is read from segments that come in the wrong order, twice, and across the wrap of sequence numbers", () => {
    const t = talk(443, 0xffffff00);
    const first = bigHello.subarray(0, 600);
    t.segment(CLIENT, (0xffffff00 + 600) >>> 0, bigHello.subarray(600, 1200));
    t.segment(CLIENT, (0xffffff00 + 1200) >>> 0, bigHello.subarray(1200));
    t.segment(CLIENT, (0xffffff00 + 1200) >>> 0, bigHello.subarray(1200));
    t.segment(CLIENT, 0xffffff00, first);
    expect(t.result()).toMatchObject({ application: "tls", host: "outlook.office365.com" });
    expect(t.result().ja4).toBeDefined();
  });

  it("keeps the name but gives no JA4 when the rest of the hello is missing", () => {
    const t = talk().send(CLIENT, bigHello.subarray(0, 700));
    expect(t.result()).toMatchObject({ application: "tls", host: "outlook.office365.com", ja4: undefined });
  });

  it.each([
    ["the common name when it is one of the names", NAMED_CERTIFICATE, "relay.example.com"],
    ["the wildcard when there is nothing else", WILDCARD_CERTIFICATE, "*.pool.example.net"],
    ["the common name when it is the only one", COMMON_NAME_CERTIFICATE, "old.example.org"],
  ])("without a name in the hello takes %s", (_, certificate, host) => {
    const t = talk().send(CLIENT, namelessHello).send(SERVER, serverFlight(certificate));
    expect(t.result()).toMatchObject({ host, hostSource: "certificate", hostNote: undefined });
  });

  it("prefers the certificate to an IP address as name, and says so", () => {
    const flight = serverFlight(NAMED_CERTIFICATE, 200);
    const t = talk().send(CLIENT, literalHello);
    for (let at = 0; at < flight.length; at += 150) t.send(SERVER, flight.subarray(at, at + 150));
    expect(t.result()).toMatchObject({
      host: "relay.example.com",
      hostSource: "certificate",
      hostNote: "server name of the ClientHello is an IP address: 192.0.2.9",
    });
    expect(t.result().notes).toContain("certificate names: *.relay.example.com, relay.example.com");
  });

  it("has no certificate from TLS 1.3 on", () => {
    const inspector = new TcpInspector();
    const t = new TcpTalk(inspector)
      .send(CLIENT, clientHello({ seed: 5 }))
      .send(SERVER, serverHello({ seed: 6, clientSeed: 5 }));
    expect(inspector.wantsMore).toBe(false);
    expect(t.result()).toMatchObject({ application: "tls", host: undefined });
    expect(t.result().notes).toContain("server chose TLS 1.3");
  });

  it("is told by the server's side alone", () => {
    const t = talk().send(SERVER, serverFlight(NAMED_CERTIFICATE));
    expect(t.result()).toMatchObject({
      application: "tls",
      rule: "tls-server-hello",
      host: "relay.example.com",
      initiator: CLIENT,
    });
  });

  it("is told from the middle by whole records, with less confidence", () => {
    const t = talk().send(SERVER, tlsData(new Noise(1), 900));
    expect(t.result()).toMatchObject({ application: "tls", confidence: "medium", rule: "tls-records" });
    expect(t.result().initiator).toBeUndefined();
  });

  // Ethernet, IPv4 and TCP headers are 54 bytes, a record's header 5.
  it.each([
    [
      "a record of data that ends with its segment",
      concat(hex("170303 0040"), new Uint8Array(64).fill(9)),
      "tls",
    ],
    ["one that ends sooner", concat(hex("170303 0040"), new Uint8Array(65).fill(9)), undefined],
    ["one that goes on", concat(hex("170303 0041"), new Uint8Array(64).fill(9)), undefined],
    ["a record of no known type", concat(hex("180303 0040"), new Uint8Array(64).fill(9)), undefined],
  ])("is told from the middle where the snap length cuts %s", (_what, bytes, wanted) => {
    const t = talk();
    t.snapLength = 54 + 5;
    expect(t.send(CLIENT, bytes).send(SERVER, bytes).result().application).toBe(wanted ?? "unknown");
  });

  it("is found by its hello though the other direction was seen from the middle", () => {
    const t = talk()
      .send(SERVER, tlsData(new Noise(1), 900))
      .send(CLIENT, hello);
    expect(t.result()).toMatchObject({
      rule: "tls-client-hello",
      host: "teams.microsoft.com",
      initiator: CLIENT,
    });
  });

  it("is not what only begins with bare headers, as Skype's own protocol does", () => {
    const t = talk()
      .send(CLIENT, u8(0x16, 3, 1, 0, 0))
      .send(SERVER, u8(0x17, 3, 1, 0, 0));
    expect(t.result().application).toBe("unknown");
  });

  it("is read from the hello of SSL 2", () => {
    const ciphers = u8(1, 0, 0x80, 0, 0, 0x35);
    const body = concat(
      u8(1),
      u16(0x0301),
      u16(ciphers.length),
      u16(0),
      u16(16),
      ciphers,
      new Uint8Array(16),
    );
    const t = talk()
      .send(CLIENT, concat(u16(0x8000 | body.length), body))
      .send(SERVER, serverFlight(NAMED_CERTIFICATE));
    expect(t.result()).toMatchObject({
      rule: "tls-sslv2-hello",
      host: "relay.example.com",
      initiator: CLIENT,
    });
  });

  it("stops waiting for a hello that never becomes whole", () => {
    const inspector = new TcpInspector();
    const t = new TcpTalk(inspector).send(CLIENT, bigHello.subarray(0, 100));
    for (let i = 0; i < 200; i++) t.segment(CLIENT, t.next(CLIENT) + 5000 + i, u8(1));
    expect(inspector.wantsMore).toBe(false);
    expect(t.result().application).toBe("tls");
  });
});
