import { describe, expect, it } from "vitest";
import { DEFAULT_TIMEOUTS } from "../../src/flows/end-rule.ts";
import { FlowTable } from "../../src/flows/flow-table.ts";
import { META, META_PROHIBITED } from "../../src/flows/layout.ts";
import { symptomOf } from "../../src/flows/symptom.ts";
import { Packet, PacketKind } from "../../src/wire/packet.ts";
import { Counting } from "../support/counting.ts";

const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;

/** [who sends, flags, sequence, acknowledgement, payload bytes, second, time to live] */
type Segment = readonly ["us" | "them", number, number, number, number, number, number?];

/** The symptom of a flow between 10.0.0.1:50000 (us) and a server's port 443; `icmp` quotes it as prohibited at the end. */
function symptom(segments: readonly Segment[], serverPort = 443, icmp?: "prohibited"): string | undefined {
  const table = new FlowTable(DEFAULT_TIMEOUTS, { ended: () => undefined });
  const counting = new Counting(table);
  let flow = -1;
  segments.forEach(([who, flags, sequence, acknowledgement, length, second, ttl]) => {
    const packet = Object.assign(new Packet(), {
      kind: PacketKind.tcp,
      ipVersion: 4,
      protocol: 6,
      source2: 0xffff,
      destination2: 0xffff,
      source3: who === "us" ? 1 : 2,
      destination3: who === "us" ? 2 : 1,
      sourcePort: who === "us" ? 50_000 : serverPort,
      destinationPort: who === "us" ? serverPort : 50_000,
      tcpFlags: flags,
      tcpSequence: sequence,
      tcpAcknowledgement: acknowledgement,
      payloadLength: length,
      ipLength: 40 + length,
      timeToLive: ttl ?? (who === "us" ? 64 : 117),
    });
    flow = counting.count(packet, second, 0);
  });
  if (icmp !== undefined) {
    const [page, at] = [table.page(flow), table.base(flow) + META];
    page[at] = ((page[at] ?? 0) | META_PROHIBITED) >>> 0;
  }
  return symptomOf(table.page(flow), table.base(flow), 0);
}

const SYN_OUT: Segment = ["us", SYN, 100, 0, 0, 1];
const SYN_ACK: Segment = ["them", SYN | ACK, 900, 101, 0, 1];
const ACK_OUT: Segment = ["us", ACK, 101, 901, 0, 1];
const DATA_OUT: Segment = ["us", ACK, 101, 901, 100, 2];
const DATA_BACK: Segment = ["them", ACK, 901, 201, 100, 2];
const OPENED: readonly Segment[] = [SYN_OUT, SYN_ACK, ACK_OUT];

/** Segments of 100 bytes from us. */
function fromUs(
  ...sent: readonly (readonly [sequence: number, acknowledged: number, second: number])[]
): Segment[] {
  return sent.map(([sequence, acknowledged, second]) => ["us", ACK, sequence, acknowledged, 100, second]);
}

describe("signs of a way back that fails", () => {
  it.each<[string, Segment[], string]>([
    ["a SYN sent again and never answered", [SYN_OUT, ["us", SYN, 100, 0, 0, 2]], "syn-retransmitted"],
    [
      "a SYN-ACK that never arrives: both are sent again",
      [SYN_OUT, SYN_ACK, ["us", SYN, 100, 0, 0, 2], ["them", SYN | ACK, 900, 101, 0, 2]],
      "syn-retransmitted",
    ],
    [
      "a SYN-ACK sent again for which no ACK comes",
      [SYN_OUT, SYN_ACK, ["them", SYN | ACK, 900, 101, 0, 2], ["them", SYN | ACK, 900, 101, 0, 4]],
      "syn-ack-retransmitted",
    ],
    [
      "a SYN sent again after its answer, and a reset in place of a second one",
      [SYN_OUT, SYN_ACK, ["us", SYN, 100, 0, 0, 2], ["them", RST, 901, 0, 0, 3, 117]],
      "syn-retransmitted",
    ],
    [
      "an answered flow that goes silent while it retransmits",
      [
        ...OPENED,
        DATA_OUT,
        DATA_BACK,
        ["us", ACK, 201, 1001, 50, 3],
        ["us", ACK, 201, 1001, 50, 4],
        ["us", ACK, 201, 1001, 50, 6],
        ["us", ACK, 201, 1001, 50, 10],
      ],
      "silent-while-retransmitting",
    ],
    [
      "a SYN-ACK answered by a reset that our host did not send",
      [SYN_OUT, SYN_ACK, ["us", RST, 101, 0, 0, 1, 255]],
      "reset-of-syn-ack",
    ],
    [
      "a SYN-ACK answered by a reset that our host, far away, did not send",
      [["us", SYN, 100, 0, 0, 1, 33], SYN_ACK, ["us", RST, 101, 0, 0, 1, 64]],
      "reset-of-syn-ack",
    ],
    [
      "a SYN-ACK without its SYN, answered by a reset",
      [SYN_ACK, ["us", RST, 101, 0, 0, 1]],
      "reset-of-syn-ack",
    ],
    [
      "a reset in the server's name after the handshake, from another hop",
      [...OPENED, DATA_OUT, ["them", RST | ACK, 901, 201, 0, 2, 254]],
      "reset-by-another-hop",
    ],
    [
      "a reset in the server's name in the middle of a talk, from a firewall that is much nearer",
      [...OPENED, DATA_OUT, DATA_BACK, ["us", ACK, 201, 1001, 100, 3], ["them", RST, 1001, 0, 0, 3, 254]],
      "reset-by-another-hop",
    ],
  ])("%s", (_name, segments, wanted) => {
    expect(symptom(segments)).toBe(wanted);
  });

  it.each<[string, Segment[]]>([
    ["a refused connection", [SYN_OUT, ["them", RST | ACK, 0, 101, 0, 1]]],
    [
      "a refused connection tried again",
      [
        SYN_OUT,
        ["them", RST | ACK, 0, 101, 0, 1],
        ["us", SYN, 100, 0, 0, 2],
        ["them", RST | ACK, 0, 101, 0, 2],
      ],
    ],
    ["a single SYN at the end of a capture", [SYN_OUT]],
    [
      "a SYN sent again because one was lost, then answered",
      [SYN_OUT, ["us", SYN, 100, 0, 0, 2], SYN_ACK, ACK_OUT],
    ],
    [
      "one direction only, whose data is acknowledged",
      [SYN_OUT, ["us", SYN, 100, 0, 0, 2], ACK_OUT, DATA_OUT, ["us", ACK, 201, 1001, 50, 3]],
    ],
    [
      "a lost segment sent again and acknowledged",
      [...OPENED, DATA_OUT, ...fromUs([101, 901, 3], [101, 901, 4], [101, 901, 5]), DATA_BACK],
    ],
    [
      "a load balancer's reset of an idle connection",
      [...OPENED, DATA_OUT, DATA_BACK, ["them", RST, 1001, 0, 0, 300, 52]],
    ],
    [
      "a reset from beside the server, as a load balancer sends it",
      [...OPENED, DATA_OUT, DATA_BACK, ["us", ACK, 201, 1001, 100, 3], ["them", RST, 1001, 0, 0, 3, 244]],
    ],
    [
      "a reset that follows the server's own",
      [...OPENED, DATA_OUT, DATA_BACK, ["them", RST, 1001, 0, 0, 3], ["them", RST, 1001, 0, 0, 3, 254]],
    ],
    [
      "a firewall's reset of a connection that was idle for long",
      [
        ...OPENED,
        DATA_OUT,
        DATA_BACK,
        ["us", ACK, 201, 1001, 100, 4000],
        ["them", RST, 1001, 0, 0, 4000, 254],
      ],
    ],
    [
      "a reset instead of FIN at the end",
      [...OPENED, DATA_OUT, DATA_BACK, ["us", RST | ACK, 201, 1001, 0, 4]],
    ],
    [
      "one member of a port channel, behind which lost segments are sent again and the talk goes on",
      [
        ...OPENED,
        DATA_OUT,
        ...fromUs([101, 901, 3], [201, 901, 4], [201, 901, 5], [301, 901, 6], [301, 901, 7]),
      ],
    ],
    [
      "a way back that is captured elsewhere: what it brings is acknowledged",
      [...OPENED, DATA_OUT, ...fromUs([101, 4901, 3], [101, 4901, 4], [101, 4901, 6])],
    ],
    [
      "a connection opened ahead that a load balancer closes",
      [...OPENED, ["them", RST | ACK, 901, 101, 0, 31, 52]],
    ],
    ["a port scan that resets what answers", [SYN_OUT, SYN_ACK, ["us", RST, 101, 0, 0, 1]]],
    [
      "a traceroute over TCP, whose reset has another time to live than its probe",
      [["us", SYN, 100, 0, 0, 1, 12], SYN_ACK, ["us", RST, 101, 0, 0, 1, 63]],
    ],
    [
      "keep-alives to a peer that is away",
      [
        ...OPENED,
        DATA_OUT,
        DATA_BACK,
        ["us", ACK, 200, 1001, 1, 60],
        ["us", ACK, 200, 1001, 1, 61],
        ["us", ACK, 200, 1001, 1, 62],
        ["us", ACK, 200, 1001, 1, 63],
      ],
    ],
    [
      "an orderly end",
      [
        ...OPENED,
        DATA_OUT,
        DATA_BACK,
        ["us", FIN | ACK, 201, 1001, 0, 3],
        ["them", FIN | ACK, 1001, 202, 0, 3],
        ["us", ACK, 202, 1002, 0, 3],
      ],
    ],
  ])("not in %s", (_name, segments) => {
    expect(symptom(segments)).toBeUndefined();
  });

  it("is no unanswered check of ICE over TCP", () => {
    const checks: Segment[] = [SYN_OUT, ["us", SYN, 100, 0, 0, 2], ["us", SYN, 100, 0, 0, 4]];
    expect(symptom(checks, 50_047)).toBeUndefined();
    expect(symptom(checks, 49_999)).toBe("syn-retransmitted");
  });

  it.each<[string, Segment[], string]>([
    ["prohibited by ICMP", [SYN_OUT], "icmp-prohibited"],
    ["answered, then prohibited by ICMP", [SYN_OUT, SYN_ACK], "icmp-prohibited"],
    ["whose SYN-ACK is reset", [SYN_OUT, SYN_ACK, ["us", RST, 101, 0, 0, 1, 255]], "reset-of-syn-ack"],
    ["of which only the answers are seen", [SYN_ACK, ["us", RST, 101, 0, 0, 1]], "reset-of-syn-ack"],
    [
      "reset in the peer's name by another hop",
      [...OPENED, DATA_OUT, ["them", RST | ACK, 901, 201, 0, 2, 254]],
      "reset-by-another-hop",
    ],
    [
      "that is opened and never answered",
      [...OPENED, DATA_OUT, ...fromUs([101, 901, 3], [101, 901, 5], [101, 901, 9])],
      "silent-while-retransmitting",
    ],
  ])("is no check of ICE over TCP %s", (_name, segments, elsewhere) => {
    const icmp = elsewhere === "icmp-prohibited" ? "prohibited" : undefined;
    expect(symptom(segments, 50_047, icmp)).toBeUndefined();
    expect(symptom(segments, 443, icmp)).toBe(elsewhere);
  });

  it("is a connection between candidates that both ends used", () => {
    expect(symptom([...OPENED, DATA_OUT, DATA_BACK], 50_047, "prohibited")).toBe("icmp-prohibited");
  });
});
