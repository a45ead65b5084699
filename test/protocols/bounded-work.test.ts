import { describe, expect, it } from "vitest";
import { DnsNames } from "../../src/protocols/dns-names.ts";
import { readSdp } from "../../src/protocols/sdp.ts";
import { TcpInspector } from "../../src/protocols/tcp-inspector.ts";
import { UdpInspector } from "../../src/protocols/udp-inspector.ts";
import { Packet, PacketKind } from "../../src/wire/packet.ts";
import { ascii, concat, hex, Noise, u16, u32, u8, view } from "../support/bytes.ts";
import { clientHello, dnsQuery } from "../support/payloads.ts";
import { iceCheck, msAllocate, msFrame, rtp, stun } from "../support/payloads-media.ts";
import { quicInitial } from "../support/quic.ts";
import { Datagrams } from "./datagrams.ts";
import { workOf } from "./work.ts";

/** Traffic made to be expensive: the work on a flow has to grow with its bytes, and not faster. */

const noise = new Noise(77);

/** Work on a connection that begins with `first` and goes on with these bytes, one in a segment. */
function trickle(first: Uint8Array, rest: Uint8Array): number {
  const packet = new Packet();
  packet.kind = PacketKind.tcp;
  packet.protocol = 6;
  packet.ipVersion = 4;
  packet.sourcePort = 50123;
  packet.destinationPort = 443;
  packet.view = view(concat(first, rest));
  const inspector = new TcpInspector(new DnsNames(), () => undefined);
  let number = 0;
  const show = (from: number, to: number): void => {
    packet.payloadStart = from;
    packet.payloadEnd = to;
    packet.payloadLength = to - from;
    packet.tcpSequence = 1000 + from;
    if (inspector.wantsMore) inspector.inspect(packet, 0, 1_700_000_000, 0, ++number);
  };
  return workOf(() => {
    if (first.length > 0) show(0, first.length);
    for (let at = first.length; at < first.length + rest.length; at++) show(at, at + 1);
    inspector.result();
  });
}

const framed = (bytes: Uint8Array): Uint8Array => concat(u16(bytes.length), bytes);
const check = iceCheck({ transaction: noise.bytes(12), username: "a:b", noise });

/** What it takes to learn names from a DNS answer. */
function namingWork(answer: Uint8Array): number {
  const packet = new Packet();
  packet.sourcePort = 53;
  packet.view = view(answer);
  packet.payloadEnd = answer.length;
  return workOf(() => new DnsNames().observe(packet, 1000));
}

describe("one byte in a segment", () => {
  it.each<[string, Uint8Array, (count: number) => Uint8Array]>([
    [
      "SIP whose headers do not end",
      ascii("INVITE sip:a@b SIP/2.0\r\n"),
      (n) => ascii("a: b\r\n".repeat(n / 6)),
    ],
    [
      "SIP with a long body",
      ascii("INVITE sip:a@b SIP/2.0\r\nCall-ID: x\r\nContent-Length: 32000\r\n\r\n"),
      (n) => new Uint8Array(n).fill(0x61),
    ],
    [
      "SIP and then none",
      ascii("BYE sip:a@b SIP/2.0\r\n\r\n"),
      (n) => ascii("ABCDEFGHIJKL\n".repeat(n / 13)),
    ],
    [
      "DNS, then a message of 64 KB",
      framed(dnsQuery(7, "example.com")),
      (n) => concat(u16(0xffff), new Uint8Array(n)),
    ],
    ["a TLS hello that does not end", hex("1603014000 01003ff0 0303"), (n) => new Uint8Array(n).fill(3)],
    ["HTTP whose headers do not end", ascii("GET / HTTP/1.1\r\n"), (n) => ascii("a: b\r\n".repeat(n / 6))],
    [
      "Microsoft's frames",
      msFrame(2, msAllocate({ transaction: noise.bytes(12), noise })),
      (n) => concat(u8(3, 0), u16(0xffff), new Uint8Array(n)),
    ],
    ["a unit of RFC 4571 of 64 KB", framed(check), (n) => concat(u16(0xffff), new Uint8Array(n))],
    ["nothing known", u8(), (n) => new Uint8Array(n).fill(7)],
  ])("%s", (_, first, rest) => {
    const few = trickle(first, rest(3000));
    const many = trickle(first, rest(12_000));
    // Four times the bytes; the beginning may have cost more than the rest.
    expect(many).toBeLessThan(4.5 * few + 10_000);
    expect(many / 12_000).toBeLessThan(150);
  });
});

describe("datagrams", () => {
  const sipWith = (body: string): Uint8Array =>
    ascii(
      `INVITE sip:a@b SIP/2.0\r\nCall-ID: ${noise.next()}\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n${body}`,
    );
  it.each<[string, (i: number) => Uint8Array]>([
    [
      "STUN with 64 attributes",
      () => stun(1, Array(64).fill([0x8022, u8()]), { transaction: noise.bytes(12) }),
    ],
    [
      "STUN that fills a datagram",
      () => stun(1, [[0x8022, new Uint8Array(60_000)]], { transaction: noise.bytes(12), fingerprint: true }),
    ],
    ["multiplexed TURN inside of itself", () => nested(100)],
    ["64 DTLS records", () => concat(...Array<Uint8Array>(64).fill(hex("16fefd00000000000000000000")))],
    ["RTP of another SSRC each time", (i) => rtpOf(i, i + 1)],
    ["RTP, three packets of an SSRC", (i) => rtpOf(i, Math.floor(i / 6) + 1)],
    ["RTP of 200 SSRCs by turns", (i) => rtpOf(Math.floor(i / 200), (i % 200) + 1)],
    ["RTP with 300 words of extensions", (i) => extended(rtpOf(i, 5))],
    ["QUIC whose frames are nothing", () => quicInitial(noise.bytes(1100), { destination: noise.bytes(8) })],
    [
      "SIP with many candidates",
      () => sipWith(`m=audio 5 RTP/AVP 0\r\n${"a=candidate:1 1 UDP 1 10.0.0.1 9 typ host\r\n".repeat(90)}`),
    ],
  ])("%s", (_, make) => {
    const all = Array.from({ length: 800 }, (_unused, i) => make(i));
    const total = (count: number): number =>
      all.slice(0, count).reduce((sum, bytes) => sum + bytes.length, 0);
    const play = (count: number): number => {
      const inspector = new UdpInspector();
      const packets = new Datagrams([50006, 3478]);
      const laid = all.slice(0, count).map((bytes, i) => ({ ...packets.lay(bytes, i % 2 === 0 ? 0 : 1) }));
      return workOf(() => {
        for (const [i, packet] of laid.entries())
          if (inspector.wantsMore)
            inspector.inspect(packet as Packet, i % 2 === 0 ? 0 : 1, 1000 + i, 0, i + 1);
        inspector.result();
      });
    };
    const few = play(200);
    const many = play(800);
    expect(many).toBeLessThan(5 * few + 20_000);
    expect(many / total(800)).toBeLessThan(12);
  });

  it("of DNS whose names lead in circles", () => {
    // A name of one letter and a pointer back to it; 64 records, each under such a name.
    const question = concat(u8(1, 0x61), u8(0), u16(1), u16(1));
    const circle = (at: number): Uint8Array => concat(u8(1, 0x61), u16(0xc000 | at));
    const records: Uint8Array[] = [];
    let at = 12 + question.length;
    for (let i = 0; i < 64; i++) {
      // The first alias is the question's; each leads into a circle, which is the name of the next.
      const owner = i === 0 ? u8(1, 0x61, 0) : circle(at);
      const record = concat(owner, u16(5), u16(1), u32(60), u16(4), circle(at + owner.length + 10));
      records.push(record);
      at += record.length;
    }
    const message = concat(u16(1), u16(0x8180), u16(1), u16(64), u32(0), question, ...records);
    expect(namingWork(message) / message.length).toBeLessThan(20);
  });

  it("of DNS whose aliases come back to front", () => {
    // All names but for their last label are alike, and lie in full.
    const name = (i: number): Uint8Array =>
      concat(...Array.from({ length: 60 }, () => u8(1, 0x61)), u8(1, 0x30 + i), u8(0));
    const records = Array.from({ length: 64 }, (_, i) =>
      concat(name(63 - i), u16(5), u16(1), u32(60), u16(name(0).length), name(64 - i)),
    );
    const head = concat(u16(1), u16(0x8180), u16(1), u16(64), u32(0), name(0), u16(1), u16(1));
    const message = concat(head, ...records);
    expect(namingWork(message) / message.length).toBeLessThan(20);
  });
});

describe("lines that make patterns back up", () => {
  it.each([
    ["a Host of blanks", `GET / HTTP/1.1\r\nHost:${" ".repeat(15_000)}\x01`],
    ["a Host of blanks and a letter", `GET / HTTP/1.1\r\nHost: a${"\t ".repeat(7000)}\x01\r\n\r\n`],
    [
      "a status line's CSeq of letters",
      `SIP/2.0 200 OK\r\nCall-ID: 1\r\nCSeq: ${"a".repeat(15_000)}1\r\n\r\n`,
    ],
    ["folded headers", `INVITE sip:a@b SIP/2.0\r\nCall-ID: 1\r\n${"\r\n ".repeat(5000)}\r\n\r\n`],
    ["a greeting", `220 ${"SMT".repeat(5000)}`],
    ["a request target", `GET ${"http://".repeat(2000)} HTTP/1.1\r\nHost: ${":".repeat(3000)}\r\n\r\n`],
  ])("%s", (_, text) => {
    const bytes = ascii(text);
    const inspector = new TcpInspector();
    const packet = new Packet();
    packet.kind = PacketKind.tcp;
    packet.view = view(bytes);
    packet.payloadEnd = packet.payloadLength = bytes.length;
    // A pattern that backs up over these would take hours.
    inspector.inspect(packet, 0, 1000, 0, 1);
    expect(inspector.result().application).toBeDefined();
  });

  it("of a session description are not read at all", () => {
    const lines = [
      "imageattr:97 send [x" + "][x".repeat(320),
      "simulcast:send " + "1,".repeat(480),
      "fmtp:96 " + "a=b;".repeat(240),
    ];
    const body = lines.map((line) => `a=${line}\r\n`).join("");
    expect(readSdp(`v=0\r\nm=audio 5 RTP/AVP 0\r\n${body}`, 0, 1)).toHaveLength(1);
  });
});

function rtpOf(sequence: number, ssrc: number): Uint8Array {
  return rtp({ payloadType: 0, sequence, timestamp: 160 * sequence, ssrc, payload: noise.bytes(40) });
}

function extended(packet: Uint8Array): Uint8Array {
  const header = packet.slice(0, 12);
  header[0] = 0x90;
  return concat(header, u16(0xbede), u16(300), new Uint8Array(1200), packet.subarray(12));
}

function nested(levels: number): Uint8Array {
  let bytes = check;
  for (let i = 0; i < levels; i++)
    bytes = concat(u16(0xff10), u16(bytes.length + 8), new Uint8Array(8), bytes);
  return bytes;
}

describe("the hello of a browser", () => {
  it("is read in one go", () => {
    const hello = clientHello({ serverName: "teams.microsoft.com", seed: 3, postQuantum: true });
    expect(trickle(hello, u8()) / hello.length).toBeLessThan(4);
  });
});
