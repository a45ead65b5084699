import { beforeAll, describe, expect, it } from "vitest";
import { StunFlavour, StunMessage } from "../../src/protocols/stun.ts";
import { TeamsSignal, teamsSignal } from "../../src/protocols/teams-udp-signaling.ts";
import { PacketKind } from "../../src/wire/packet.ts";
import { SHARED, shared, sharedJson } from "../support/shared.ts";
import { eachPacket, recogniseFlows, type RecognisedFlow } from "./media-flows.ts";

const real = (file: string): string => shared("captures", "real", ...file.split("/"));

/** The flow with these ends, whichever sent first. */
function between(
  flows: readonly RecognisedFlow[],
  one: string,
  other: string,
): RecognisedFlow["recognition"] {
  const flow = flows.find(({ a, b }) => (a === one && b === other) || (a === other && b === one));
  expect(flow, `${one} <> ${other}`).toBeDefined();
  return flow?.recognition ?? { application: "unknown", confidence: "low", rule: "none", firstPacket: 0 };
}

describe.skipIf(SHARED === undefined)("a real Teams call", () => {
  let flows: RecognisedFlow[] = [];
  beforeAll(async () => {
    flows = await recogniseFlows(real("ntop+nDPI/teams.pcap"), "udp");
  });

  it("has MS-TURN with eight relay sockets, checks with two peers' own addresses, and nothing unknown but broadcasts", () => {
    const kinds = flows.map((flow) => flow.recognition.application);
    expect(kinds.filter((kind) => kind === "ms-turn")).toHaveLength(8);
    expect(kinds.filter((kind) => kind === "stun")).toHaveLength(2);
    const unknown = flows.filter((flow) => flow.recognition.application === "unknown");
    expect(unknown.filter(({ b }) => !/ (67|17500|57621)$/.test(b))).toEqual([]);
  });

  it("has no datagram to or from a relay that is not read (tshark calls 18 malformed: they are not padded)", async () => {
    const message = new StunMessage();
    let read = 0;
    const refused: number[] = [];
    await eachPacket(real("ntop+nDPI/teams.pcap"), (packet, { number }) => {
      if (packet.kind !== PacketKind.udp || packet.view.getUint8(packet.payloadStart) > 3) return;
      if (
        ![3478, 3479, 3480, 16332, 16333].some(
          (port) => port === packet.sourcePort || port === packet.destinationPort,
        )
      )
        return;
      if (teamsSignal(packet.view, packet.payloadStart, packet.payloadEnd) === TeamsSignal.acknowledgement)
        return;
      if (message.at(packet.view, packet.payloadStart, packet.payloadEnd) === StunFlavour.none)
        refused.push(number);
      else read++;
    });
    expect(refused).toEqual([]);
    expect(read).toBe(51);
  });

  it("speaks to flightproxy on UDP 3478 for signaling, not media", () => {
    expect(between(flows, "192.168.1.6 51681", "52.114.77.136 3478")).toMatchObject({
      application: "teams-udp-signaling",
      confidence: "high",
    });
  });

  it("reports relayed, alternate and reflexive addresses of its allocations", () => {
    const { reported } = between(flows, "192.168.1.6 50016", "52.114.250.123 3478");
    expect(reported).toContainEqual(
      expect.objectContaining({ kind: "relayed", address: "52.114.250.141", port: 3480 }),
    );
    expect(reported).toContainEqual(
      expect.objectContaining({ kind: "alternate", address: "52.114.250.141", port: 3478 }),
    );
    expect(reported?.some((item) => item.kind === "mapped")).toBe(true);
  });

  it("measures the round trip to the relay by request and answer (frames 2482 and 2489)", () => {
    expect(between(flows, "192.168.1.6 50016", "52.114.250.123 3478").rttMs).toBeCloseTo(57.631, 2);
  });

  it("sends its media peer to peer, on a nominated pair", () => {
    const media = between(flows, "192.168.1.6 50016", "93.71.110.205 16332");
    expect(media).toMatchObject({
      application: "rtp",
      confidence: "high",
      codec: "SILK",
      modality: "audio",
      nominated: true,
    });
    expect(media.streams).toHaveLength(1);
    expect(media.streams?.[0]).toMatchObject({
      ssrc: 0x74ec,
      payloadType: 104,
      clockRate: 16000,
      packets: 18,
      lost: 0,
    });
  });

  it("has SRTCP alone on the video socket, which never sent video", () => {
    expect(between(flows, "192.168.1.6 50036", "93.71.110.205 16333")).toMatchObject({
      application: "rtcp",
      rule: "srtcp-trailer",
    });
  });

  it("unwraps what the relays multiplex", () => {
    expect(between(flows, "52.114.252.8 3479", "192.168.1.6 50016")).toMatchObject({
      application: "ms-turn",
      rule: "multiplexed-turn",
    });
  });
});

/** What `tshark -q -z rtp,streams` (4.0.17, heuristic rtp_udp on) says: SSRC, packets, lost, mean and max jitter in ms. */
const TSHARK: readonly (readonly [
  file: string,
  ssrc: number,
  packets: number,
  lost: number,
  mean: number,
  max: number,
])[] = [
  ["ntop+nDPI/false_positives.pcapng", 0xb0afe132, 12, 0, 0.008, 0.012],
  ["ntop+nDPI/false_positives.pcapng", 0x429fd390, 15, 0, 0.01, 0.02],
  ["wireshark+wireshark/sip-rtp.pcapng", 0xd2bd4e3e, 548, 0, 2.517, 7.407],
  ["asterisk+testsuite/40msalaw.pcap", 0xd500ca81, 826, 0, 0.1, 0.191],
  [
    "cisco-system-traffic-generator+trex-core/delay_10_sip_video_call_full.pcap",
    0x80c6cf97,
    821,
    0,
    6.411,
    9.646,
  ],
  [
    "cisco-system-traffic-generator+trex-core/delay_10_sip_video_call_full.pcap",
    0x7d6428b7,
    823,
    0,
    6.118,
    9.588,
  ],
  ["sippy+rtpproxy/lost.a.rtp", 0x0a7328f3, 244, 321, 0.136, 0.899],
  ["sippy+rtpproxy/lost.o.rtp", 0xe0e9c816, 246, 0, 0.185, 0.541],
  ["OISF+suricata-verify/sip.pcap", 0x3796cb71, 9, 0, 5.646, 7.799],
];
/**
 * Streams with packets out of order: tshark leaves these out of the jitter, RFC 3550 (6.4.1) takes every packet in the
 * order of arrival. Seven of 821 packets make 1.5 percent.
 */
const REORDERED = new Set([0x80c6cf97, 0x7d6428b7]);

describe.skipIf(SHARED === undefined)("streams of real captures", () => {
  it.each(TSHARK)("%s, SSRC %d: as tshark counts", async (file, ssrc, packets, lost, mean, max) => {
    const flows = await recogniseFlows(real(file), "udp");
    const streams = flows
      .flatMap((flow) => flow.recognition.streams ?? [])
      .filter((stream) => stream.ssrc === ssrc);
    expect(streams).toHaveLength(1);
    expect(streams[0]).toMatchObject({ packets, lost });
    const tolerance = REORDERED.has(ssrc) ? 0.1 : 0.0011;
    expect(Math.abs((streams[0]?.meanJitterMs ?? -1) - mean)).toBeLessThan(tolerance);
    // The largest value may be a late packet's, which tshark does not take.
    if (!REORDERED.has(ssrc)) expect(Math.abs((streams[0]?.maxJitterMs ?? -1) - max)).toBeLessThan(0.0011);
  });

  it("a conference's packets tell when they were sent: the network added less jitter than arrival shows", async () => {
    const flows = await recogniseFlows(real("ntop+nDPI/skype-conference-call.pcap"), "udp");
    const stream = flows[0]?.recognition.streams?.[0];
    expect(stream).toMatchObject({ codec: "SILK", packets: 31, lost: 0 });
    expect(stream?.networkJitterMs).toBeGreaterThan(0);
    expect(stream?.networkJitterMs).toBeLessThan(stream?.meanJitterMs ?? 0);
  });

  it("a stream whose packets a mirror port or sender repeats is counted once", async () => {
    // Telephone events: tshark says 10 packets and -2 lost.
    const flows = await recogniseFlows(real("SIPp+sipp/dtmf_2833_5.pcap"), "udp");
    expect(flows[0]?.recognition.streams?.[0]).toMatchObject({
      packets: 8,
      duplicates: 2,
      lost: 0,
      meanJitterMs: undefined,
    });
  });

  it("voice that becomes fax keeps its stream (tshark stops at the re-INVITE and reads the rest as T.38)", async () => {
    const flows = await recogniseFlows(real("ntop+nDPI/FAX-Call-t38-CA-TDM-SIP-FB-1.pcap"), "udp");
    const streams = between(flows, "10.35.60.100 15580", "10.23.1.52 16756").streams ?? [];
    expect(streams).toContainEqual(
      expect.objectContaining({ ssrc: 0x17d90134, packets: 3147, lost: 0, codec: "PCMA" }),
    );
    expect(streams).toContainEqual(
      expect.objectContaining({ ssrc: 0x0eaf0eaf, packets: 3848, lost: 0, codec: "PCMA" }),
    );
    // Payload types alternate: measured across the change, tshark has a maximum of 2,730 ms.
    for (const stream of streams) expect(stream.maxJitterMs).toBeLessThan(20);
  });
});

/** Every flow of all real and matrix captures that is called RTP or RTCP, and what shows that it is. */
const MEDIA: Readonly<Record<string, string>> = {
  "OISF+suricata-verify/sip.pcap 192.168.1.2 30000 212.242.33.36 40392 rtp": "the SDP's port; G.711",
  "OISF+suricata-verify/sip.pcap 192.168.1.2 30001 212.242.33.36 40393 rtcp":
    "the port above its RTP; a report with CNAME",
  "SIPp+sipp/dtmf_2833_5.pcap 192.168.0.3 49176 192.168.0.1 10000 rtp":
    "sipp's own sample of telephone events",
  "asterisk+testsuite/40msalaw.pcap 92.63.153.84 12648 81.201.86.81 18390 rtp":
    "Asterisk's sample of 40 ms A-law",
  "cisco-system-traffic-generator+trex-core/delay_10_sip_video_call_full.pcap 21.0.0.35 10110 22.0.0.6 10110 rtp":
    "the SDP's ports; G.729",
  "ntop+nDPI/FAX-Call-t38-CA-TDM-SIP-FB-1.pcap 10.35.60.100 15580 10.23.1.52 16756 rtp":
    "the SDP's ports; G.711",
  "ntop+nDPI/false_positives.pcapng 10.192.92.81 52070 10.136.43.69 21048 rtp": "G.711 every 20 ms both ways",
  "ntop+nDPI/false_positives.pcapng 10.102.45.249 31046 10.133.48.100 21176 rtp":
    "one SSRC a direction, every 20 ms",
  "ntop+nDPI/false_positives.pcapng 10.126.70.67 23784 10.236.7.225 50160 rtp": "G.711 every 20 ms both ways",
  "ntop+nDPI/false_positives.pcapng 10.133.32.101 36408 10.110.31.25 1272 rtp":
    "one SSRC, every 20 ms, no gap",
  "ntop+nDPI/skype-conference-call.pcap 192.168.2.20 49282 104.46.40.49 60642 rtp":
    "ICE on the tuple; SILK, SRTCP",
  "ntop+nDPI/stun.pcap 192.168.12.169 49153 142.250.82.99 3478 rtp":
    "ICE and DTLS-SRTP on the tuple (Google Meet)",
  "ntop+nDPI/stun_dtls_rtp.pcapng 192.168.12.156 37967 142.250.82.76 19305 rtp":
    "ICE and DTLS-SRTP on the tuple",
  "ntop+nDPI/stun_dtls_rtp.pcapng 192.168.12.182 50221 142.250.82.249 3478 rtp":
    "ICE and DTLS-SRTP inside TURN over TCP; nine packets of video in sequence",
  "ntop+nDPI/stun_google_meet.pcapng 192.168.12.156 38152 142.250.82.76 3478 rtp":
    "ICE on the tuple; Opus, SRTCP",
  "ntop+nDPI/teams.pcap 93.71.110.205 16332 192.168.1.6 50016 rtp":
    "ICE on the tuple; SILK, SRTCP of the same SSRC",
  "ntop+nDPI/teams.pcap 93.71.110.205 16333 192.168.1.6 50036 rtcp": "ICE on the tuple; SRTCP trailers",
  "sippy+rtpproxy/lost.a.rtp 144.209.176.52 36778 15.3.253.86 60060 rtp": "rtpproxy's recording; G.729",
  "sippy+rtpproxy/lost.o.rtp 184.112.129.128 31482 15.3.253.86 63640 rtp": "rtpproxy's recording; G.729",
  "wireshark+wireshark/sip-rtp.pcapng 200.57.7.204 8000 200.57.7.196 40376 rtp": "the SDP's ports; G.711",
};

describe.skipIf(SHARED === undefined)("over all real and matrix captures", () => {
  it("no flow is called RTP or RTCP that is something else", async () => {
    const found: string[] = [];
    for (const set of ["real", "matrix"]) {
      const { files } = sharedJson<{ files: { file: string }[] }>("captures", set, "manifest.json");
      for (const { file } of files) {
        for (const transport of ["udp", "tcp"] as const) {
          const flows = await recogniseFlows(shared("captures", set, ...file.split("/")), transport).catch(
            () => [],
          );
          for (const { a, b, recognition } of flows) {
            if (recognition.application === "rtp" || recognition.application === "rtcp")
              found.push(`${file} ${a} ${b} ${recognition.application}`);
          }
        }
      }
    }
    expect(found.toSorted()).toEqual(Object.keys(MEDIA).toSorted());
  });
});
