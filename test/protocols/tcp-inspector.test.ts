import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DnsNames } from "../../src/protocols/dns-names.ts";
import { TcpInspector } from "../../src/protocols/tcp-inspector.ts";
import { Packet } from "../../src/wire/packet.ts";
import { ascii, concat, Noise, u16, u8, view } from "../support/bytes.ts";
import { msAllocate, msFrame } from "../support/payloads-media.ts";
import {
  clientFinished,
  clientHello,
  dnsQuery,
  httpConnect,
  pseudoTlsClientHello,
  pseudoTlsServerHello,
  smtpStart,
} from "../support/payloads.ts";
import { NAMED_CERTIFICATE, serverFlight } from "./certificates.ts";
import { CLIENT, SERVER, talk, TcpTalk } from "./tcp-talk.ts";

const hello = clientHello({ serverName: "teams.microsoft.com", seed: 1 });

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
