import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Blocks } from "../capture/blocks.ts";
import { concat, Noise } from "../support/bytes.ts";
import { at, Tape, UdpConversation } from "../support/conversation.ts";
import { ethernetIp, tcp, TCP_RST, TCP_SYN } from "../support/packets.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { classifyFiles } from "./classify-files.ts";

const folder = temporaryFolder();
const noise = new Noise(7);

type Talk = (conversation: UdpConversation) => unknown;

const askAndAnswer: Talk = (conversation) =>
  conversation.send("client", noise.bytes(40)).send("server", noise.bytes(40));

async function filterOf(
  a: string,
  portA: number,
  b: string,
  portB: number,
  talk = askAndAnswer,
): Promise<string | undefined> {
  const tape = new Tape();
  const taps = [{ tape }];
  const conversation = new UdpConversation({
    client: { address: a, port: portA },
    server: { address: b, port: portB },
    start: at("2026-03-03T09:30:00Z"),
    forward: taps,
    backward: taps,
  });
  talk(conversation);
  const path = join(folder, "a.pcap");
  writeFileSync(path, tape.pcap());
  const { rows } = await classifyFiles([path], undefined);
  return rows[0]?.wireshark_filter;
}

// Each was run by tshark 4.0.17 over a capture that had the flow and its likes, and found its packets alone.
describe("the display filter of a flow", () => {
  it("has addresses and ports", async () => {
    expect(await filterOf("10.1.1.1", 50002, "52.112.10.20", 3479)).toBe(
      "ip.addr==10.1.1.1 && ip.addr==52.112.10.20 && udp.port==50002 && udp.port==3479",
    );
  });

  it("tells a flow with one port at both ends from others that have it at one", async () => {
    expect(await filterOf("10.1.1.1", 53, "192.0.2.53", 53)).toBe(
      "ip.addr==10.1.1.1 && ip.addr==192.0.2.53 && udp.srcport==53 && udp.dstport==53",
    );
  });

  it("tells media from media of the same two ports the other way round", async () => {
    expect(await filterOf("2001:db8::1", 50002, "2001:db8::2", 50006)).toBe(
      "ipv6.addr==2001:db8::1 && ipv6.addr==2001:db8::2 && udp.port==50002 && udp.port==50006 && " +
        "((ipv6.src==2001:db8::1 && udp.srcport==50002) || (ipv6.dst==2001:db8::1 && udp.dstport==50002))",
    );
  });

  it("has fragments, of which Wireshark gives ports to one alone", async () => {
    const fragments: Talk = (conversation) =>
      conversation.sendFragmented("client", noise.bytes(3000), 1480, [2, 0, 1]);
    expect(await filterOf("10.1.1.1", 50002, "192.0.2.53", 53, fragments)).toMatch(
      /^\(ip\.addr==10\.1\.1\.1 && ip\.addr==192\.0\.2\.53 && udp\.port==50002 && udp\.port==53\) \|\| \(ip\.addr==10\.1\.1\.1 && ip\.addr==192\.0\.2\.53 && ip\.proto==17 && \(ip\.flags\.mf==1 \|\| ip\.frag_offset>0\) && frame\.time_epoch>=1772530200\.\d{9} && frame\.time_epoch<=1772530200\.\d{9}\)$/,
    );
  });

  it("is that of either direction where both ends are one host", async () => {
    expect(await filterOf("10.1.1.1", 50002, "10.1.1.1", 50006)).toBe(
      "ip.addr==10.1.1.1 && ip.addr==10.1.1.1 && udp.port==50002 && udp.port==50006",
    );
  });

  it("has no bounds of time where packets have none, though the ports were used again", async () => {
    const b = new Blocks();
    const ends = { source: "10.1.1.1", destination: "52.108.1.1", sourcePort: 50002, destinationPort: 443 };
    const blocks = [
      { sequence: 1, flags: TCP_SYN },
      { sequence: 2, flags: TCP_RST },
      { sequence: 90_000, flags: TCP_SYN },
    ].map((segment, id) => {
      const frame = ethernetIp({}, tcp({ ...ends, id, ...segment }));
      return b.simplePacket(frame.length, frame);
    });
    const path = join(folder, "untimed.pcapng");
    writeFileSync(path, concat(b.section(), b.interface(), ...blocks));
    const { rows } = await classifyFiles([path], undefined);
    const filter = "ip.addr==10.1.1.1 && ip.addr==52.108.1.1 && tcp.port==50002 && tcp.port==443";
    expect(rows.map((row) => row.wireshark_filter)).toEqual([filter, filter]);
  });
});
