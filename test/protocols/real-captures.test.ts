import { describe, expect, it } from "vitest";
import { hostRole } from "../../src/protocols/host-roles.ts";
import { SHARED, shared, sharedJson } from "../support/shared.ts";
import { type FlowFinding, flowsOf } from "./capture-flows.ts";

/**
 * Names that tshark 4.0.17 found in captures beside the checkout, held against ours. What differs is listed with the
 * reason; anything else fails.
 */

interface Facts {
  readonly tls: { readonly sni: Readonly<Record<string, number>> };
  readonly quic: { readonly sni: Readonly<Record<string, number>> };
  readonly dns: { readonly names: Readonly<Record<string, number>> };
  readonly sip: { readonly callIds: Readonly<Record<string, number>> };
  readonly httpHosts: Readonly<Record<string, number>>;
}

interface Manifest {
  readonly files: readonly { readonly file: string; readonly facts?: { readonly tshark?: Facts } }[];
}

type Kind = "tls" | "quic" | "dns" | "sip" | "http";

interface Difference {
  readonly missing?: readonly string[];
  readonly extra?: readonly string[];
  readonly because: string;
}

const DIFFERENCES: Readonly<Record<string, Partial<Record<Kind, Difference>>>> = {
  "ntop+nDPI/tls_certificate_too_long.pcap": {
    dns: {
      missing: ["_homekit._tcp.local"],
      because: "second question of a multicast query; the first one is kept",
    },
  },
  "Lekensteyn+wireshark-notes/websocket-sip.pcapng": {
    sip: {
      missing: ["uqh767a36oujavcf587ca0", "gp0t3jlct7bfjom9q0n3", "gp0t3doop8tud9c8lr4j"],
      because: "SIP inside of WebSocket frames is not unwrapped: the flow is HTTP",
    },
  },
  "wireshark+wireshark/tls12-dsb.pcapng": {
    http: {
      missing: ["example.com", "example.net"],
      because: "tshark decrypts TLS with the keys that the capture holds",
    },
  },
  "zeek+zeek/quic-interop-retry.pcap": {
    quic: { missing: ["server4:443"], because: "a server name with a port is no host name" },
  },
};

/** Bytes of this capture were changed at random; names in it are compared nowhere. */
const FUZZED: ReadonlySet<string> = new Set(["ntop+nDPI/fuzz-2006-06-26-2594.pcap"]);

function keys(record: Readonly<Record<string, number>> | undefined): Set<string> {
  return new Set(Object.keys(record ?? {}).map((name) => name.toLowerCase().replace(/\.$/, "")));
}

/** Hosts of requests over TCP that are names: without ports, addresses, and the discovery of devices over UDP. */
function hostsOf(record: Readonly<Record<string, number>>): Set<string> {
  const names = [...keys(record)].map((name) => name.replace(/:\d+$/, ""));
  return new Set(names.filter((name) => /[a-z]/.test(name) && !name.startsWith("[")));
}

/** Names of one kind that we found. IP addresses given as names count, as tshark counts them. */
function found(flows: readonly FlowFinding[], kind: Kind): Set<string> {
  const names = new Set<string>();
  for (const { results, questions } of flows) {
    const { tcp, quic, sip } = results;
    if (kind === "tls") {
      const literal = /^server name of the ClientHello is an IP address: (.*)$/.exec(
        tcp?.hostNote ?? "",
      )?.[1];
      if (literal !== undefined) names.add(literal);
      if (tcp?.hostSource === "sni" && tcp.host !== undefined) names.add(tcp.host);
    }
    if (kind === "quic" && quic?.host !== undefined) names.add(quic.host);
    if (kind === "http" && tcp?.application === "http" && tcp.host !== undefined) names.add(tcp.host);
    if (kind === "dns") {
      for (const question of questions) names.add(question);
      for (const identity of tcp?.application === "dns" ? (tcp.identities ?? []) : [])
        names.add(identity.split(":").slice(2).join(":"));
    }
    if (kind === "sip")
      for (const dialog of [...(tcp?.dialogs ?? []), ...(sip?.dialogs ?? [])])
        names.add(dialog.callId.toLowerCase());
  }
  return names;
}

const manifest: Manifest =
  SHARED === undefined ? { files: [] } : sharedJson<Manifest>("captures", "real", "manifest.json");

describe.skipIf(SHARED === undefined)("names of the real captures", () => {
  const captures = manifest.files.flatMap(({ file, facts }) =>
    facts?.tshark === undefined || FUZZED.has(file) ? [] : [[file, facts.tshark] as const],
  );

  it.each(captures)("of %s are tshark's", async (file, facts) => {
    const { flows } = await flowsOf(shared("captures", "real", file));
    const theirs: Readonly<Record<Kind, Set<string>>> = {
      tls: keys(facts.tls.sni),
      quic: keys(facts.quic.sni),
      dns: keys(facts.dns.names),
      sip: keys(facts.sip.callIds),
      http: hostsOf(facts.httpHosts),
    };
    for (const kind of ["tls", "quic", "dns", "sip", "http"] as const) {
      const ours = found(flows, kind);
      const difference = DIFFERENCES[file]?.[kind];
      expect([...theirs[kind]].filter((name) => !ours.has(name))).toEqual(difference?.missing ?? []);
      expect([...ours].filter((name) => !theirs[kind].has(name))).toEqual(difference?.extra ?? []);
    }
  });
});

describe.skipIf(SHARED === undefined)("teams.pcap", () => {
  it("has four relay connections on TCP 443, two of them named by their certificate", async () => {
    const { flows } = await flowsOf(shared("captures", "real", "ntop+nDPI", "teams.pcap"));
    const relays = flows.filter(
      ({ results: { tcp } }) => tcp?.host !== undefined && hostRole(tcp.host) === "media-relay",
    );
    expect(
      relays.map(({ a, results: { tcp } }) => [a.split(":")[1], tcp?.host, tcp?.hostSource]).sort(),
    ).toEqual([
      ["50014", "tr.teams.microsoft.com", "certificate"],
      ["50018", "euaz.tr.teams.microsoft.com", "sni"],
      ["50021", "euaz.tr.teams.microsoft.com", "sni"],
      ["50036", "tr.teams.microsoft.com", "certificate"],
    ]);
  });

  it("tells by DNS that the peer on UDP 3478 is call signaling", async () => {
    const { flows, names } = await flowsOf(shared("captures", "real", "ntop+nDPI", "teams.pcap"));
    const flow = flows.find(({ transport, b }) => transport === "udp" && b === "52.114.77.136:3478");
    const [c0 = 0, c1 = 0, c2 = 0, c3 = 0, s0 = 0, s1 = 0, s2 = 0, s3 = 0] = flow?.words ?? [];
    expect(names.lookup([c0, c1, c2, c3], [s0, s1, s2, s3], flow?.firstSecond ?? 0)).toBe(
      "api.flightproxy.teams.microsoft.com",
    );
  });
});
