import { describe, expect, it } from "vitest";
import { TcpInspector } from "../../src/protocols/tcp-inspector.ts";
import { ascii } from "../support/bytes.ts";
import { clientHello, httpConnect, httpConnected, ocspGet } from "../support/payloads.ts";
import { NAMED_CERTIFICATE, serverFlight } from "./certificates.ts";
import { CLIENT, SERVER, talk, TcpTalk } from "./tcp-talk.ts";

const hello = clientHello({ serverName: "teams.microsoft.com", seed: 1 });
const namelessHello = clientHello({ seed: 3, version: "1.2" });

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

  it("finds the certificate in the tunnel where the server's segments come in another order", () => {
    const t = talk(8080)
      .send(CLIENT, httpConnect("192.0.2.7"))
      .send(SERVER, httpConnected())
      .send(CLIENT, namelessHello);
    const flight = serverFlight(NAMED_CERTIFICATE);
    const first = t.next(SERVER);
    t.segment(SERVER, first + 300, flight.subarray(300)).segment(SERVER, first, flight.subarray(0, 300));
    expect(t.result().host).toBe("relay.example.com");
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

  it("gives the name of the first whole request where the capture begins in the middle of one", () => {
    const t = talk(80);
    for (let i = 0; i < 3; i++) t.send(CLIENT, new Uint8Array(1400).fill(0x78));
    t.send(SERVER, httpConnected()).send(CLIENT, ascii("GET / HTTP/1.1\r\nHost: next.example.com\r\n\r\n"));
    expect(t.result()).toMatchObject({ application: "http", host: "next.example.com", initiator: CLIENT });
  });

  it("is told by an answer alone", () => {
    const t = talk(80).send(SERVER, httpConnected());
    expect(t.result()).toMatchObject({ application: "http", initiator: CLIENT });
  });
});
