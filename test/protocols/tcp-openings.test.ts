import { describe, expect, it } from "vitest";
import { ascii, concat, hex, Noise, u16, u8 } from "../support/bytes.ts";
import { TCP_SYN } from "../support/packets.ts";
import { clientHello, httpConnect, httpConnected, tlsData } from "../support/payloads.ts";
import { NAMED_CERTIFICATE, serverFlight } from "./certificates.ts";
import { CLIENT, SERVER, talk, type TcpTalk } from "./tcp-talk.ts";

/** What stands in front of a ClientHello, and how its bytes may lie. */

const host = "outlook.office365.com";
const hello = clientHello({ serverName: host, seed: 1, postQuantum: true });
const record = (type: number, bytes: Uint8Array): Uint8Array =>
  concat(u8(type, 3, 1), u16(bytes.length), bytes);
const message = hello.subarray(5);

/** The client's bytes cut behind these offsets. */
function pieces(t: TcpTalk, bytes: Uint8Array, ...cuts: readonly number[]): TcpTalk {
  for (const [i, to] of [...cuts, bytes.length].entries())
    t.send(CLIENT, bytes.subarray(cuts[i - 1] ?? 0, to));
  return t;
}

/** Two pieces of the client's bytes, the second one first. */
function swapped(t: TcpTalk, bytes: Uint8Array, cut: number): TcpTalk {
  const at = t.next(CLIENT);
  return t.segment(CLIENT, at + cut, bytes.subarray(cut)).segment(CLIENT, at, bytes.subarray(0, cut));
}

function expectName(t: TcpTalk, application: string): void {
  const result = t.result();
  expect(result).toMatchObject({ application, host, hostSource: "sni" });
  expect(result.ja4).toBeDefined();
}

describe("TCP Fast Open", () => {
  it("has the beginning of a hello behind the SYN", () => {
    const t = talk().segment(CLIENT, 1000, hello.subarray(0, 700), undefined, TCP_SYN);
    expectName(t.segment(CLIENT, 1701, hello.subarray(700)), "tls");
  });

  it("whose data the server did not take has it twice", () => {
    const t = talk().segment(CLIENT, 1000, hello.subarray(0, 700), undefined, TCP_SYN);
    t.segment(CLIENT, 1001, hello.subarray(0, 1200));
    expectName(t.segment(CLIENT, 2201, hello.subarray(1200)), "tls");
  });
});

describe("a hello in small records", () => {
  const small = (size: number): Uint8Array =>
    concat(
      ...Array.from({ length: Math.ceil(message.length / size) }, (_, i) =>
        record(22, message.subarray(i * size, (i + 1) * size)),
      ),
    );

  it.each([1, 3, 4, 5, 40])("of %i bytes is put together", (size) => {
    expectName(talk().send(CLIENT, small(size)), "tls");
  });

  it("is put together across segments, however little of it is in the first", () => {
    expectName(pieces(talk(), small(1), 6, 12, 19), "tls");
  });

  it("is none where other records follow", () => {
    const t = talk().send(CLIENT, concat(record(22, u8(1)), record(23, new Uint8Array(40))));
    expect(t.result()).toMatchObject({ application: "tls", rule: "tls-records", host: undefined });
  });
});

describe("a hello through a proxy by the target's address", () => {
  const request = httpConnect("192.0.2.7");

  it.each<[string, (t: TcpTalk) => TcpTalk]>([
    ["after the answer", (t) => t.send(CLIENT, request).send(SERVER, httpConnected()).send(CLIENT, hello)],
    ["right behind the request", (t) => t.send(CLIENT, concat(request, hello))],
    [
      "behind the request in several segments",
      (t) => pieces(t, concat(request, hello), 30, request.length + 3),
    ],
    [
      "in small pieces",
      (t) => pieces(t.send(CLIENT, request).send(SERVER, httpConnected()), hello, 1, 7, 9, 600),
    ],
    [
      "with its end in front",
      (t) => swapped(t.send(CLIENT, request).send(SERVER, httpConnected()), hello, 700),
    ],
    [
      "at the second try",
      (t) =>
        t
          .send(CLIENT, request)
          .send(SERVER, ascii("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"))
          .send(CLIENT, request)
          .send(SERVER, httpConnected())
          .send(CLIENT, hello),
    ],
    [
      "after bytes of the request that were lost",
      (t) =>
        t
          .send(CLIENT, request.subarray(0, 40))
          .lose(CLIENT, request.length - 40)
          .send(CLIENT, hello),
    ],
  ])("%s gives the name", (_, play) => {
    expectName(play(talk(8080)), "http");
  });
});

describe("a hello after words in clear", () => {
  it("is read though its end comes first", () => {
    const t = talk(143).send(SERVER, ascii("* OK ready\r\n")).send(CLIENT, ascii("a STARTTLS\r\n"));
    expectName(swapped(t.send(SERVER, ascii("a OK\r\n")), hello, 700), "tls");
  });

  it("without a name in it leaves it to the certificate", () => {
    const t = talk(143).send(SERVER, ascii("* OK ready\r\n")).send(CLIENT, ascii("a STARTTLS\r\n"));
    t.send(SERVER, ascii("a OK\r\n")).send(CLIENT, clientHello({ seed: 3, version: "1.2" }));
    t.send(SERVER, serverFlight(NAMED_CERTIFICATE));
    expect(t.result()).toMatchObject({ host: "relay.example.com", hostSource: "certificate" });
  });

  it("is read from small pieces in a mail connection", () => {
    const t = talk(25)
      .send(SERVER, ascii("220 mx.example.com ESMTP\r\n"))
      .send(CLIENT, ascii("STARTTLS\r\n"));
    expectName(pieces(t.send(SERVER, ascii("220 go\r\n")), hello, 2, 8, 700), "smtp");
  });
});

describe("a load balancer's PROXY header", () => {
  const v1 = ascii("PROXY TCP4 198.51.100.1 203.0.113.22 5000 443\r\n");
  const v2 = concat(hex("0d0a0d0a000d0a515549540a2111000c c6336401 cb007116 1388 01bb"));

  it.each([
    ["of version 1", v1],
    ["of version 1 with nothing to say", ascii("PROXY UNKNOWN\r\n")],
    ["of version 2", v2],
  ])("%s is passed over", (_, header) => {
    expectName(talk().send(CLIENT, concat(header, hello)), "tls");
    expectName(talk().send(CLIENT, header).send(CLIENT, hello), "tls");
    expectName(pieces(talk(), concat(header, hello), header.length + 600), "tls");
  });

  it("is passed over though it comes late, and again", () => {
    const bytes = concat(v1, hello);
    const cut = v1.length + 600;
    const first = bytes.subarray(0, cut);
    const t = talk();
    const at = t.next(CLIENT);
    t.segment(CLIENT, at, first).segment(CLIENT, at, first);
    expectName(t.segment(CLIENT, at + cut, bytes.subarray(cut)), "tls");
    expectName(swapped(talk(), bytes, cut).segment(CLIENT, at, first), "tls");
    const small = v1.length + 4;
    const again = swapped(talk(), bytes.subarray(0, cut), small).segment(
      CLIENT,
      at,
      first.subarray(0, small),
    );
    expectName(again.segment(CLIENT, at + cut, bytes.subarray(cut)), "tls");
  });

  it("that does not end is nothing", () => {
    const t = talk()
      .send(CLIENT, v1.subarray(0, 40))
      .send(CLIENT, tlsData(new Noise(3), 20));
    expect(t.result().host).toBeUndefined();
    expect(talk().send(CLIENT, v2.subarray(0, 20)).result().application).toBe("unknown");
  });
});
