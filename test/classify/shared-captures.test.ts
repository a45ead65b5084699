import { beforeAll, describe, expect, it } from "vitest";
import { o365flow, o365flowEach, type Run } from "../cli/run.ts";
import { SHARED, shared, sharedJson } from "../support/shared.ts";

interface Manifest {
  readonly files: readonly {
    readonly file: string;
    readonly facts: {
      readonly tshark: { readonly flowCounts?: { readonly tcp: number; readonly udp: number } };
    };
  }[];
}

/** Where the number of rows differs from tshark's flows (it knows no time-outs, and reads some headers otherwise). */
const DIFFERENCES: Readonly<Record<string, readonly [rows: string, why: string]>> = {
  "real/OISF+suricata-verify/sip.pcap": [
    "tcp 4 udp 114",
    "three UDP 5-tuples were used again after more than 5 minutes",
  ],
  "real/ntop+nDPI/gre_sip.pcapng": [
    "tcp 0 udp 5",
    "SIP between the same ports, hours apart: a flow each time",
  ],
  "real/ntop+nDPI/fuzz-2006-06-26-2594.pcap": [
    "tcp 23 udp 223",
    "fuzzed headers: a TCP header length of less than five words is no flow, and three 5-tuples were used again after more than 5 minutes",
  ],
  "matrix/ah/17_ah_invalid_payload_length_too_small.pcap": [
    "tcp 0 udp 0",
    "the authentication header ends before its fixed part",
  ],
  "matrix/eoip/25_ipv4_gre_v1_checksum_key_6400_not_eoip.pcap": [
    "tcp 0 udp 0",
    "GRE version 1 is not that tunnel",
  ],
  "matrix/geneve/09_geneve_truncated_inner_ipv4.pcap": [
    "tcp 0 udp 1",
    "the inner IPv4 header is cut: the outer UDP flow is reported",
  ],
  "matrix/geneve/29_geneve_capture_truncation_matrix.pcap": [
    "tcp 0 udp 4",
    "the inner IPv4 header is cut: the outer UDP flow is reported",
  ],
  "matrix/gtpu/09_gtpu_truncated_inner_ipv6.pcap": [
    "tcp 0 udp 1",
    "the inner IPv6 header is cut: the outer UDP flow is reported",
  ],
  "matrix/mpls_pw/01_mpls_pw_eth_ipv4_tcp_no_cw.pcap": [
    "tcp 1 udp 0",
    "tshark has to be told that the label is a pseudowire",
  ],
  "matrix/mpls_pw/03_mpls_pw_eth_ipv6_tcp_cw.pcap": [
    "tcp 1 udp 0",
    "tshark has to be told that the label is a pseudowire",
  ],
  "matrix/mpls_pw/07_mpls_pw_eth_qinq_ipv4_udp_cw.pcap": [
    "tcp 0 udp 1",
    "tshark has to be told that the label is a pseudowire",
  ],
  "matrix/mpls_pw/16_mpls_pw_outer_vlan_inner_qinq_ipv4_udp_cw.pcap": [
    "tcp 0 udp 1",
    "tshark has to be told that the label is a pseudowire",
  ],
  "matrix/mpls_pw/18_mpls_pw_outer_legacy_vlan_ipv4_tcp_cw.pcap": [
    "tcp 1 udp 0",
    "tshark has to be told that the label is a pseudowire",
  ],
  "matrix/mpls_pw/20_mpls_pw_ambiguous_no_cw_mac_starts_with_6.pcap": [
    "tcp 0 udp 1",
    "tshark has to be told that the label is a pseudowire",
  ],
  "matrix/pppoe/29_pppoe_session_unsupported_type_with_ipv4_trailer.pcap": [
    "tcp 0 udp 0",
    "a PPPoE type that carries no session data",
  ],
  "matrix/vxlan/17_vxlan_udp_port_and_header_matrix.pcap": [
    "tcp 1 udp 2",
    "port 8472 is VXLAN here, a header without its flag is none",
  ],
  "matrix/vxlan/29_vxlan_capture_truncation_matrix.pcap": [
    "tcp 0 udp 4",
    "the inner IPv4 header is cut: the outer UDP flow is reported",
  ],
};

describe.skipIf(SHARED === undefined).each(["real", "matrix"])(
  "captures of the set %s through the command line",
  (set) => {
    const { files } =
      SHARED === undefined ? { files: [] } : sharedJson<Manifest>("captures", set, "manifest.json");

    let runs: Run[] = [];
    beforeAll(() => {
      const columns = ["--columns", "transport,capture_status"];
      runs = o365flowEach(
        files.map(({ file }) => ({ args: ["classify", shared("captures", set, file), ...columns] })),
      );
    });

    it.each(files.map((item, i) => [item.file, item, i] as const))(
      "%s has the flows that tshark counts",
      (file, { facts }, i) => {
        const run = runs[i] ?? expect.fail("it was not run");
        expect(run.status, run.stderr).toBe(file === "wireshark+wireshark/trunc.pcap" ? 3 : 0);
        const rows = run.stdout.trimEnd().split("\n").slice(1);
        const found = `tcp ${rows.filter((row) => row.startsWith("tcp")).length} udp ${rows.filter((row) => row.startsWith("udp")).length}`;
        const { tcp = 0, udp = 0 } = facts.tshark.flowCounts ?? {};
        expect(found).toBe(DIFFERENCES[`${set}/${file}`]?.[0] ?? `tcp ${tcp} udp ${udp}`);
      },
    );
  },
);

describe.skipIf(SHARED === undefined)("the Teams morning of April 2020", () => {
  const run =
    SHARED === undefined
      ? undefined
      : o365flow(["classify", shared("captures", "real", "ntop+nDPI", "teams.pcap"), "--json"]);
  const rows = JSON.parse(run?.stdout ?? "[]") as Record<string, unknown>[];
  const row = (port: number, server: string): Record<string, unknown> | undefined =>
    rows.find((item) => item["client_port"] === port && item["server_ip"] === server);

  it("has 42 TCP and 40 UDP flows, judged by the list of that day", () => {
    expect(rows.filter((item) => item["transport"] === "tcp")).toHaveLength(42);
    expect(rows.filter((item) => item["transport"] === "udp")).toHaveLength(40);
    expect(new Set(rows.map((item) => item["endpoints_version"]))).toEqual(new Set(["2020041400"]));
  });

  it.each([
    [50014, "52.114.250.152"],
    [50018, "52.114.250.123"],
    [50021, "52.114.250.123"],
    [50036, "52.114.250.153"],
  ])("names the relay connection from port %i on TCP 443 media", (port, server) => {
    expect(row(port, server)).toMatchObject({
      application: "tls",
      traffic_type: "media",
      service_area: "Skype",
    });
  });

  it("names UDP 3478 to the flightproxy signaling, and the stream between the peers RTP", () => {
    expect(row(51681, "52.114.77.136")).toMatchObject({
      application: "teams-udp-signaling",
      traffic_type: "signaling",
    });
    expect(rows.filter((item) => item["application"] === "rtp")).toMatchObject([
      { codec: "SILK", modality: "audio", traffic_type: "media" },
    ]);
  });

  it("claims no path to the outside, for it shows none", () => {
    const outside = rows.filter(
      (item) => item["server_zone"] === "microsoft" || item["client_zone"] === "microsoft",
    );
    expect(outside.length).toBeGreaterThan(40);
    expect(new Set(outside.flatMap((item) => [item["path_out"], item["path_back"]]))).toEqual(
      new Set(["unknown"]),
    );
  });
});
