import { describe, expect, it } from "vitest";
import { hostRole } from "../../src/protocols/host-roles.ts";
import { type TrafficFacts, trafficTypeOf } from "../../src/protocols/traffic-type.ts";

describe("hostRole", () => {
  it.each([
    ["sipdir.online.lync.com", "signaling"],
    ["sipfed.online.lync.com", "federation"],
    ["webdir0a.online.lync.com", "dns-discovery"],
    ["webdir0a.b.online.lync.com", "signaling"],
    ["euaz.tr.teams.microsoft.com", "media-relay"],
    ["a.b.tr.teams.microsoft.com", "media-relay"],
    ["*.tr.teams.microsoft.com", "media-relay"],
    ["api.flightproxy.teams.microsoft.com", "signaling"],
    ["teams.events.data.microsoft.com", "telemetry"],
    ["config.teams.microsoft.com", "config"],
    ["join-noam.broadcast.skype.com", "broadcast-portal"],
    ["x.streaming.mediaservices.windows.net", "broadcast-stream"],
    ["login.microsoftonline.com", "auth"],
    ["portal.microsoftonline.com", "portal"],
    ["anything.microsoftonline.com", "auth"],
    ["ocsp.digicert.com", "crl-ocsp"],
    ["crl.entrust.net", "crl-ocsp"],
    ["lyncdiscover.contoso.com", "dns-discovery"],
    ["sip.contoso.com", "signaling"],
    ["acdn.onenote.net", "cdn"],
  ] as const)("%s is %s", (host, role) => {
    expect(hostRole(host)).toBe(role);
  });

  it.each([
    "contoso.com",
    "sip.com",
    "nottr.teams.example",
    "teams.microsoft.com.evil.example",
    "lync.com.example",
    "",
  ])("%j has none", (host) => {
    expect(hostRole(host)).toBeUndefined();
  });

  it("gives a web site the role of certificate status on port 80 only", () => {
    expect(hostRole("www.microsoft.com", 80)).toBe("crl-ocsp");
    expect(hostRole("www.microsoft.com", 443)).toBeUndefined();
    expect(hostRole("www.microsoft.com")).toBeUndefined();
  });
});

describe("trafficTypeOf", () => {
  const nothing: TrafficFacts = {
    application: "tls",
    transport: "tcp",
    role: undefined,
    clientPort: 61000,
    serverPort: 443,
    serviceArea: undefined,
    carriesMedia: false,
    toDeclaredServer: false,
  };

  it.each<[string, Partial<TrafficFacts>, string]>([
    ["RTP", { application: "rtp", transport: "udp" }, "media"],
    ["MS-TURN over TCP", { application: "pseudo-tls" }, "media"],
    ["TLS with media seen inside", { carriesMedia: true, role: "signaling" }, "media"],
    ["SIP", { application: "sip", serverPort: 5060 }, "signaling"],
    [
      "UDP 3478 that is call signaling",
      { application: "teams-udp-signaling", transport: "udp", serverPort: 3478, serviceArea: "Skype" },
      "signaling",
    ],
    ["DNS", { application: "dns", transport: "udp", serverPort: 53 }, "dependency"],
    [
      "OCSP on any host",
      { application: "http", serverPort: 80, purpose: "certificate-status" },
      "dependency",
    ],
    ["a relay's name on TCP 443", { role: "media-relay", serviceArea: "Skype" }, "media"],
    ["a signaling name", { role: "signaling" }, "signaling"],
    [
      "a signaling name from a media source port",
      { role: "signaling", clientPort: 50018, serviceArea: "Skype" },
      "signaling",
    ],
    ["no name, from a media source port to Skype", { clientPort: 50018, serviceArea: "Skype" }, "media"],
    ["no name, from a media source port to Exchange", { clientPort: 50018, serviceArea: "Exchange" }, "data"],
    ["no name, from another port to Skype", { serviceArea: "Skype" }, "signaling"],
    ["a broadcast", { role: "broadcast-stream" }, "broadcast"],
    ["sign-in", { role: "auth", serviceArea: "Common" }, "dependency"],
    ["telemetry", { role: "telemetry" }, "dependency"],
    ["a content delivery host of nobody's", { role: "cdn" }, "other"],
    ["SharePoint", { serviceArea: "SharePoint" }, "data"],
    ["mail to Exchange", { application: "smtp", serverPort: 25, serviceArea: "Exchange" }, "data"],
    [
      "unknown UDP to Skype's audio port",
      { application: "unknown", transport: "udp", serverPort: 3479, serviceArea: "Skype" },
      "media",
    ],
    [
      "unknown UDP to port 3478",
      { application: "unknown", transport: "udp", serverPort: 3478, serviceArea: "Skype" },
      "other",
    ],
    ["TLS to nobody known", {}, "other"],
  ])("%s", (_, facts, expected) => {
    const decision = trafficTypeOf({ ...nothing, ...facts });
    expect(decision.trafficType).toBe(expected);
    expect(decision.reason).not.toBe("");
  });
});
