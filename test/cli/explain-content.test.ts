import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pcap } from "../support/captures.ts";
import { at, milliseconds } from "../support/conversation.ts";
import { piece4 } from "../support/fragments.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { ROOT } from "../support/shared.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { o365flow } from "./run.ts";

/** What `explain` says of the first flow of a fixture with this application. */
function explained(fixture: string, application: string): string {
  const capture = join(ROOT, "fixtures", fixture);
  const rows = o365flow(["classify", capture, "-q", "--json"]);
  const row = (JSON.parse(rows.stdout) as { flow_id: string; application: string }[]).find(
    (item) => item.application === application,
  );
  return o365flow(["explain", capture, row?.flow_id ?? "", "-q"]).stdout;
}

describe("explain tells what the payloads said", () => {
  it("of relayed media: streams by direction, the relay's address, our address as the relay saw it", () => {
    const text = explained("scenario-online-p2p-internal-external", "rtp");
    expect(text).toContain("carries rtp (high confidence, rule rtp-flow-rule+ice)");
    expect(text).toMatch(
      /RTP out: SSRC 0x74cfbe41, payload type 104 \(SILK, audio, 16000 Hz\), 25 packets, 0 lost/,
    );
    expect(text).toMatch(/RTP back: SSRC 0xded92b6f, payload type 104/);
    expect(text).toContain("a relay granted 52.115.61.10:52310 (packet 16)");
    expect(text).toContain("the far end saw our side as 203.0.113.5:50012 (packet 16)");
    expect(text).toContain("ICE: 2 connectivity checks, this pair was nominated");
    expect(text).toContain("a TURN relay is used");
    expect(text).toContain("STUN attributes that only Microsoft's software sends");
  });

  it("of media in Microsoft's framing over TCP", () => {
    expect(explained("media-over-tcp", "rtp")).toContain("framed as in MS-TURN 2.1.4");
  });

  it("of SIP: who called whom, with which Call-ID", () => {
    expect(explained("scenario-hybrid-pstn-onprem", "sip")).toContain(
      "SIP INVITE from sip:+442079460001@contoso.com to sip:+442079460123@10.20.6.20, " +
        "Call-ID 0d7b4e52-6f1a-4c1b-8a55-77aa2f6de013, User-Agent RTCC/7.0.0.0 MediationServer",
    );
  });
});

describe("explain of a packet number", () => {
  const folder = temporaryFolder();
  const taps = ["lon-er1-tap.pcap", "lon-isp-tap.pcap"].map((name) =>
    join(ROOT, "fixtures", "two-taps", name),
  );
  const head = (flow: string): string =>
    o365flow(["explain", ...taps, flow, "-q"])
      .stdout.split("\n")
      .slice(0, 1)
      .join("");

  // Read with tshark: packet 5 of either tap.
  it("takes it from the capture that is named, since each counts from 1", () => {
    expect(head("lon-er1-tap.pcap#5")).toBe("tcp 10.20.30.41:51301 -> 52.113.194.132:443");
    expect(head("lon-isp-tap.pcap#5")).toBe("tcp 10.20.30.42:51302 -> 198.51.100.80:443");
    expect(head(`${taps[1] ?? ""}#5`)).toBe("tcp 10.20.30.42:51302 -> 198.51.100.80:443");
  });

  it("asks which capture is meant", () => {
    const { status, stdout, stderr } = o365flow(["explain", ...taps, "5"]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(
      "there are 2 captures, and each counts from 1: say which, such as lon-er1-tap.pcap#5",
    );
    expect(o365flow(["explain", ...taps, "x.pcap#5"]).stderr).toContain("none of the captures is x.pcap");
  });

  it("says of which packet it is a copy, if it is one", () => {
    const probe = (id: number): Uint8Array => {
      const ends = {
        source: "10.1.1.1",
        destination: "52.112.0.5",
        sourcePort: 50_000,
        destinationPort: 3481,
      };
      return ethernetIp({}, udp({ ...ends, id }, new Uint8Array(30).fill(id)));
    };
    const write = (name: string, sent: readonly (readonly [ms: number, id: number])[]): string => {
      const path = join(folder, name);
      const start = at("2025-11-20T09:00:00Z");
      writeFileSync(
        path,
        pcap(sent.map(([ms, id]) => ({ time: start + milliseconds(ms), bytes: probe(id) }))),
      );
      return path;
    };
    const one = write("one.pcap", [
      [0, 1],
      [0.1, 1],
      [20, 2],
      [20.1, 2],
      [40, 3],
      [40, 4],
      [40, 3],
    ]);
    const other = write("other.pcap", [[20.3, 2]]);
    const lines = (...args: string[]): string[] =>
      o365flow(["explain", ...args, "-q"])
        .stdout.split("\n")
        .filter((line) => line.includes("is a copy"))
        .map((line) => line.trim());
    expect(lines(one, "3")).toEqual([]);
    expect(lines(one, "4")).toEqual(["packet 4 is a copy of packet 3, which counts"]);
    expect(lines(one, other, "other.pcap#1")).toEqual([
      "packet other.pcap#1 is a copy of packet one.pcap#3, which counts",
    ]);
    // Two packets of its time: either may be meant.
    expect(lines(one, "7")).toEqual(["packet 7 is a copy of another one of the flow, which counts"]);
  });

  // A GRE packet between two routers in fragments, which carries a datagram of the flow.
  const inside = udp(
    { source: "52.112.0.10", sourcePort: 3478, destination: "10.0.0.5", destinationPort: 50_000 },
    new Uint8Array(2000),
  );
  const gre = Uint8Array.of(0, 0, 8, 0, ...inside);
  const outer = (from: 0 | 1480, id: number): Uint8Array =>
    piece4(from, from + 1480, { datagram: gre, protocol: 47, id });
  const probe = ethernetIp(
    {},
    udp(
      { source: "10.0.0.6", sourcePort: 50_001, destination: "52.112.0.11", destinationPort: 3479 },
      new Uint8Array(9),
    ),
  );

  it.each([
    ["in order", [outer(0, 1), probe, outer(1480, 1)], "1"],
    ["the last one first", [outer(1480, 1), probe, outer(0, 1)], "1"],
    ["the last of two datagrams", [outer(0, 1), outer(0, 2), outer(1480, 2), outer(1480, 1)], "2"],
  ])("that is a fragment of a tunnel's outer packet, %s, names its datagram's flow", (_, sent, number) => {
    const path = join(folder, "outer.pcap");
    const start = at("2025-11-20T09:00:00Z");
    writeFileSync(path, pcap(sent.map((bytes, i) => ({ time: start + milliseconds(i), bytes }))));
    expect(o365flow(["explain", path, number, "-q"]).stdout.split("\n")[0]).toBe(
      "udp 10.0.0.5:50000 -> 52.112.0.10:3478",
    );
  });

  it("that is a fragment of an outer packet which never becomes whole is of no flow", () => {
    const path = join(folder, "part.pcap");
    const start = at("2025-11-20T09:00:00Z");
    const sent = [probe, outer(1480, 1), probe, probe];
    writeFileSync(path, pcap(sent.map((bytes, i) => ({ time: start + milliseconds(i), bytes }))));
    const { status, stderr } = o365flow(["explain", path, "2", "-q"]);
    expect(status).toBe(2);
    expect(stderr).toContain("packet 2 belongs to no TCP or UDP flow");
  });
});
