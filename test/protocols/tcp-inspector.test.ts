import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/address/address.ts";
import { DnsNames } from "../../src/protocols/dns-names.ts";
import { TcpInspector } from "../../src/protocols/tcp-inspector.ts";
import { Packet } from "../../src/wire/packet.ts";
import { ascii, concat, Noise, u16, u24, u8, view } from "../support/bytes.ts";
import {
  audioSdp,
  clientFinished,
  clientHello,
  dnsQuery,
  dnsResponse,
  httpConnect,
  httpConnected,
  ocspGet,
  pseudoTlsClientHello,
  pseudoTlsServerHello,
  serverHello,
  sipRequest,
  sipResponse,
  smtpStart,
  tlsData,
} from "../support/payloads.ts";
import { msAllocate, msFrame } from "../support/payloads-media.ts";
import { COMMON_NAME_CERTIFICATE, NAMED_CERTIFICATE, WILDCARD_CERTIFICATE } from "./certificates.ts";
import { CLIENT, SERVER, TcpTalk } from "./tcp-talk.ts";

function talk(port?: number, initial?: number): TcpTalk {
  return new TcpTalk(new TcpInspector(), port, initial);
}

/** TLS 1.2: ServerHello, Certificate and ServerHelloDone, in records of at most `size` bytes. */
function serverFlight(certificate: Uint8Array, size: number = 16384): Uint8Array {
  const message = (type: number, body: Uint8Array): Uint8Array => concat(u8(type), u24(body.length), body);
  const hello = message(2, concat(u16(0x0303), new Noise(9).bytes(32), u8(0), u16(0xc02f), u8(0)));
  const chain = concat(u24(certificate.length), certificate);
  const all = concat(hello, message(11, concat(u24(chain.length), chain)), message(14, new Uint8Array(0)));
  const records: Uint8Array[] = [];
  for (let at = 0; at < all.length; at += size) {
    const part = all.subarray(at, at + size);
    records.push(concat(u8(22), u16(0x0303), u16(part.length), part));
  }
  return concat(...records);
}

const hello = clientHello({ serverName: "teams.microsoft.com", seed: 1 });
const bigHello = clientHello({ serverName: "outlook.office365.com", seed: 2, postQuantum: true });
const namelessHello = clientHello({ seed: 3, version: "1.2" });
const literalHello = clientHello({ serverName: "192.0.2.9", seed: 4, version: "1.2" });

describe("TLS", () => {
  it("is told by the first segment, and then asks for no more", () => {
    const inspector = new TcpInspector();
    const t = new TcpTalk(inspector).send(CLIENT, hello);
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
    expect(t.result().identities?.[0]).toMatch(/^tls:[0-9a-f]{64}$/);
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

describe("HTTP", () => {
  it("gives the Host field", () => {
    const t = talk(80).send(
      CLIENT,
      ascii("GET /x HTTP/1.1\r\nAccept: */*\r\nhost:  Portal.Office.com:80 \r\n\r\n"),
    );
    expect(t.result()).toMatchObject({
      application: "http",
      rule: "http-start-line",
      host: "portal.office.com",
      hostSource: "http",
      initiator: CLIENT,
    });
  });

  it("gives the target of CONNECT, and the JA4 of what goes through", () => {
    const inspector = new TcpInspector();
    const t = new TcpTalk(inspector, 8080)
      .send(CLIENT, httpConnect("outlook.office365.com"))
      .send(SERVER, httpConnected());
    expect(inspector.wantsMore).toBe(true);
    t.send(CLIENT, hello);
    expect(inspector.wantsMore).toBe(false);
    expect(t.result()).toMatchObject({
      application: "http",
      rule: "http-connect",
      host: "outlook.office365.com",
      hostSource: "http",
    });
    expect(t.result().identities).toBeUndefined();
    expect(t.result().ja4).toMatch(/^t13d/);
  });

  it("looks into the tunnel for a name when the target is an address", () => {
    const t = talk(8080)
      .send(CLIENT, httpConnect("192.0.2.7"))
      .send(SERVER, httpConnected())
      .send(CLIENT, namelessHello)
      .send(SERVER, serverFlight(NAMED_CERTIFICATE));
    expect(t.result()).toMatchObject({
      application: "http",
      host: "relay.example.com",
      hostSource: "certificate",
      hostNote: "CONNECT target is an IP address: 192.0.2.7",
    });
  });

  it.each([
    ["an OCSP host", ocspGet("ocsp.digicert.com")],
    ["a revocation list", ascii("GET /pkiops/crl/x.crl HTTP/1.1\r\nHost: www.microsoft.com\r\n\r\n")],
    [
      "an OCSP request",
      ascii("POST / HTTP/1.1\r\nHost: status.example\r\nContent-Type: application/ocsp-request\r\n\r\n"),
    ],
  ])("for %s is certificate status", (_, request) => {
    expect(talk(80).send(CLIENT, request).result().purpose).toBe("certificate-status");
  });

  it("is not what merely begins with a method's letters", () => {
    const t = talk(80).send(CLIENT, ascii("GET OUT OF HERE\r\n\r\n"));
    expect(t.result().application).toBe("unknown");
  });

  it("refuses a Host that no host name can be", () => {
    const t = talk(80).send(CLIENT, ascii("GET / HTTP/1.1\r\nHost: =1+1\r\n\r\n"));
    expect(t.result()).toMatchObject({
      host: undefined,
      hostNote: "Host header holds what no host name can hold",
    });
  });

  it("is told by an answer alone", () => {
    const t = talk(80).send(SERVER, httpConnected());
    expect(t.result()).toMatchObject({ application: "http", initiator: CLIENT });
  });
});

describe("SIP over TCP", () => {
  const options = {
    callId: "a84b4c76e66710",
    from: "alice@contoso.com",
    to: "bob@fabrikam.com",
    fromTag: "1",
    branch: "776",
    host: "10.0.0.1",
    transport: "TCP" as const,
    sdp: audioSdp("10.0.0.1", 49170, 1),
  };

  it("is read message by message, wherever segments are cut", () => {
    const stream = concat(
      ascii("\r\n\r\n"),
      sipRequest("INVITE", options),
      sipRequest("SERVICE", { ...options, callId: "second", sdp: "" }),
    );
    for (let cut = 1; cut < stream.length; cut += 13) {
      const t = talk(5060).send(CLIENT, stream.subarray(0, cut)).send(CLIENT, stream.subarray(cut));
      t.send(SERVER, sipResponse(200, "OK", "INVITE", { ...options, sdp: audioSdp("192.0.2.1", 50000, 2) }));
      const { dialogs, ...rest } = t.result();
      expect(rest).toMatchObject({ application: "sip", initiator: CLIENT });
      expect(dialogs?.map((dialog) => [dialog.callId, dialog.method, dialog.status])).toEqual([
        ["a84b4c76e66710", "INVITE", 200],
        ["second", "SERVICE", undefined],
      ]);
      expect(dialogs?.[0]?.media.map((media) => media.addresses[0])).toEqual([
        { kind: "connection", transport: "udp", address: "10.0.0.1", port: 49170 },
        { kind: "connection", transport: "udp", address: "192.0.2.1", port: 50000 },
      ]);
    }
  });

  it("goes on after lost segments", () => {
    const inspector = new TcpInspector();
    const t = new TcpTalk(inspector, 5060).send(CLIENT, sipRequest("INVITE", options)).lose(CLIENT, 500);
    for (let i = 0; i < 14; i++)
      t.send(CLIENT, sipRequest("OPTIONS", { ...options, sdp: "", callId: `later${i}` }));
    expect(t.result().dialogs?.at(-1)?.callId).toBe("later13");
  });
});

describe("DNS over TCP", () => {
  it("is read in order and teaches names", () => {
    const names = new DnsNames();
    const t = new TcpTalk(new TcpInspector(names), 53);
    const query = dnsQuery(7, "teams.microsoft.com");
    const answer = dnsResponse(7, { name: "teams.microsoft.com", addresses: ["198.51.100.7"] });
    const framed = concat(u16(answer.length), answer);
    t.send(CLIENT, concat(u16(query.length), query));
    t.send(SERVER, framed.subarray(0, 1))
      .send(SERVER, framed.subarray(1, 20))
      .send(SERVER, framed.subarray(20));
    expect(t.result()).toMatchObject({
      application: "dns",
      initiator: CLIENT,
      identities: ["dns:7:teams.microsoft.com"],
    });
    const client = parseAddress("10.0.0.1")?.words ?? [0, 0, 0, 0];
    const server = parseAddress("198.51.100.7")?.words ?? [0, 0, 0, 0];
    expect(names.lookup(...client, ...server, 1_600_000_010)).toBe("teams.microsoft.com");
  });
});

describe("SMTP", () => {
  it("takes the host from TLS after STARTTLS", () => {
    const t = talk(25);
    for (const [i, line] of smtpStart("mail.protection.outlook.com", "mx.contoso.com").entries())
      t.send(i % 2 === 0 ? SERVER : CLIENT, line);
    t.send(CLIENT, clientHello({ serverName: "contoso-com.mail.protection.outlook.com", seed: 8 }));
    expect(t.result()).toMatchObject({
      application: "smtp",
      rule: "smtp-starttls",
      host: "contoso-com.mail.protection.outlook.com",
      initiator: CLIENT,
      notes: ["server greets as mail.protection.outlook.com"],
    });
  });

  it("is not FTP, which greets with 220 too", () => {
    expect(talk(21).send(SERVER, ascii("220 files.example.com FTP ready\r\n")).result().application).toBe(
      "unknown",
    );
  });
});

describe("media over TCP", () => {
  const noise = new Noise(77);
  const allocate = msAllocate({ transaction: noise.bytes(12), noise });

  it("behind Microsoft's pseudo-TLS is told from TLS, also when its hello comes in pieces", () => {
    const start = pseudoTlsClientHello(noise);
    for (const cut of [2, 11, 49, 50]) {
      const t = talk()
        .send(CLIENT, start.subarray(0, cut))
        .send(CLIENT, start.subarray(cut))
        .send(SERVER, pseudoTlsServerHello(noise))
        .send(CLIENT, msFrame(2, allocate));
      expect(t.result()).toMatchObject({ application: "pseudo-tls", initiator: CLIENT });
    }
  });

  it("is told by Microsoft's framing when the hello was not captured", () => {
    const framed = msFrame(2, allocate);
    const t = talk()
      .send(CLIENT, framed.subarray(0, 30))
      .send(CLIENT, framed.subarray(30))
      .send(CLIENT, framed);
    expect(t.result().application).toBe("ms-turn");
  });

  it("goes on after lost segments", () => {
    const inspector = new TcpInspector();
    const t = new TcpTalk(inspector).send(CLIENT, pseudoTlsClientHello(noise)).lose(CLIENT, 700);
    for (let i = 0; i < 20; i++) t.send(CLIENT, msFrame(2, allocate));
    expect(inspector.wantsMore).toBe(true);
    expect(t.result()).toMatchObject({ application: "pseudo-tls", usesTurn: true });
  });
});

describe("TcpInspector", () => {
  it("wants payloads until it has seen one, and says unknown without", () => {
    const inspector = new TcpInspector();
    expect(inspector.wantsMore).toBe(true);
    inspector.inspect(new Packet(), 0, 0, 0, 1);
    expect(inspector.result()).toMatchObject({ application: "unknown", rule: "no-payload" });
  });

  it("gives up on what nothing recognises", () => {
    const inspector = new TcpInspector();
    const t = new TcpTalk(inspector, 9999);
    for (let i = 0; i < 30; i++)
      t.send(i % 2 === 0 ? CLIENT : SERVER, concat(u8(0, 1), new Noise(i + 1).bytes(90)));
    expect(inspector.wantsMore).toBe(false);
    expect(t.result()).toMatchObject({ application: "unknown", rule: "nothing-recognised" });
  });

  it("answers for any segments of any bytes", () => {
    const beginnings = [
      new Uint8Array(0),
      hello,
      serverFlight(NAMED_CERTIFICATE),
      ascii("INVITE sip:a@b SIP/2.0\r\nContent-Length: 20\r\n\r\n"),
      ascii("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"),
      httpConnect("a.example"),
      smtpStart("a.example", "b.example")[0] ?? u8(),
      concat(u16(40), dnsQuery(1, "a.example")),
      clientFinished(new Noise(3)),
    ];
    const segment = fc.record({
      side: fc.constantFrom<0 | 1>(0, 1),
      offset: fc.integer({ min: -40, max: 4000 }),
      beginning: fc.nat(beginnings.length - 1),
      cut: fc.nat(400),
      noise: fc.uint8Array({ maxLength: 80 }),
    });
    fc.assert(
      fc.property(
        fc.array(segment, { maxLength: 40 }),
        fc.integer({ min: 0, max: 0xffffffff }),
        (segments, base) => {
          const inspector = new TcpInspector(new DnsNames());
          const packet = new Packet();
          for (const [number, { side, offset, beginning, cut, noise }] of segments.entries()) {
            if (!inspector.wantsMore) break;
            const bytes = concat((beginnings[beginning] ?? u8()).subarray(0, cut), noise);
            packet.view = view(bytes);
            packet.payloadEnd = bytes.length;
            packet.tcpSequence = (base + offset) >>> 0;
            inspector.inspect(packet, side, 0, 0, number + 1);
          }
          const result = inspector.result();
          if (result.host !== undefined) expect(result.host).toMatch(/^(\*\.)?[a-z0-9._-]+$/);
        },
      ),
    );
  });
});
