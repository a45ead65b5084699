import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/address/address.ts";
import { DnsNames } from "../../src/protocols/dns-names.ts";
import { TcpInspector } from "../../src/protocols/tcp-inspector.ts";
import { ascii, concat, u16 } from "../support/bytes.ts";
import {
  audioSdp,
  clientHello,
  dnsQuery,
  dnsResponse,
  sipRequest,
  sipResponse,
  smtpStart,
} from "../support/payloads.ts";
import { CLIENT, SERVER, talk, TcpTalk } from "./tcp-talk.ts";

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
    expect(names.lookup(client, server, 1_600_000_010)).toBe("teams.microsoft.com");
  });
});

describe("DNS over TCP that a snap length cut", () => {
  const long = dnsQuery(9, "a-name-that-is-longer-than-what-is-kept-of-it.contoso.com");
  const cut = (port: number): TcpTalk => {
    const t = talk(port);
    t.snapLength = 80;
    return t.send(CLIENT, concat(u16(long.length), long)).send(SERVER, concat(u16(long.length), long));
  };

  it("is DNS on its own port alone", () => {
    expect(cut(53).result()).toMatchObject({ application: "dns", initiator: CLIENT });
    expect(cut(443).result().application).toBe("unknown");
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
