import { describe, expect, it } from "vitest";
import type { SdpMedia } from "../../src/protocols/recognition.ts";
import { SessionDirectory } from "../../src/protocols/stream-directory.ts";
import { UdpInspector } from "../../src/protocols/udp-inspector.ts";
import { ascii, u8 } from "../support/bytes.ts";
import { rtp } from "../support/payloads-media.ts";
import { Datagrams } from "./datagrams.ts";

const SDP = [
  "v=0",
  "o=- 1 1 IN IP4 192.0.2.5",
  "s=-",
  "c=IN IP4 192.0.2.5",
  "t=0 0",
  "m=audio 40000 RTP/AVP 97 98",
  "a=rtpmap:97 G7221/16000",
  "a=rtpmap:98 telephone-event/8000",
  "",
].join("\r\n");
const INVITE = [
  "INVITE sip:bob@example.org SIP/2.0",
  "Via: SIP/2.0/UDP 192.0.2.5:5060;branch=z9hG4bK1",
  "From: <sip:alice@example.org>;tag=1",
  "To: <sip:bob@example.org>",
  "Call-ID: 1@192.0.2.5",
  "CSeq: 1 INVITE",
  "Content-Type: application/sdp",
  `Content-Length: ${SDP.length}`,
  "",
  SDP,
].join("\r\n");

describe("codecs by session description", () => {
  it("name the packets that go to the announced address, events kept out of jitter", () => {
    const sessions = new SessionDirectory();
    const surroundings = {
      learn: (media: SdpMedia): void => sessions.learn(media),
      codecFor: sessions.codecFor.bind(sessions),
    };
    const sip = new UdpInspector(surroundings);
    sip.inspect(new Datagrams([5060, 5060]).lay(ascii(INVITE), 0), 0, 1, 0, 1);
    expect(sip.result().application).toBe("sip");

    const media = new UdpInspector(surroundings);
    const packets = new Datagrams([30000, 40000]);
    for (let i = 0; i < 20; i++) {
      const event = i >= 15;
      const bytes = rtp({
        payloadType: event ? 98 : 97,
        sequence: i,
        timestamp: event ? 160 * i : 320 * i,
        ssrc: 5,
        payload: u8(1, 2, 3, 4),
      });
      const packet = packets.lay(bytes, 0);
      packet.destination2 = 0xffff;
      packet.destination3 = 0xc0000205;
      // Events at odd times: measured, they would be jitter.
      media.inspect(packet, 0, 1, 20e6 * i + (event ? 3e6 * (i % 2) : 0), i + 1);
    }
    const stream = media.result().streams?.[0];
    expect(stream).toMatchObject({ codec: "G7221", clockRate: 16000, modality: "audio", packets: 20 });
    expect(stream?.maxJitterMs).toBeCloseTo(0, 6);
  });

  it("are forgotten oldest first", () => {
    const sessions = new SessionDirectory();
    const packets = new Datagrams([1, 1]);
    const media = (port: number): SdpMedia => ({
      direction: 0,
      media: "audio",
      modality: "audio",
      addresses: [{ kind: "connection", transport: "udp", address: "192.0.2.5", port }],
      payloadTypes: [{ payloadType: 97, codec: "X", clockRate: 8000 }],
      iceUfrag: undefined,
      ssrcRanges: [],
      firstPacket: 1,
    });
    for (let port = 1; port <= 5000; port++) sessions.learn(media(port));
    const packet = packets.lay(u8(0), 0);
    packet.destination3 = 0xc0000205;
    packet.destination2 = 0xffff;
    const at = (port: number): string | undefined => {
      packet.destinationPort = port;
      return sessions.codecFor(packet, 97)?.encodingName;
    };
    expect([at(904), at(905), at(5000)]).toEqual([undefined, "X", "X"]);
    expect(sessions.codecFor(packet, 96)).toBeUndefined();
  });

  it("are those of all sections that are bundled at an address, until another description names it", () => {
    const sessions = new SessionDirectory();
    const section = (payloadType: number, codec: string, firstPacket: number): SdpMedia => ({
      direction: 0,
      media: codec === "VP8" ? "video" : "audio",
      modality: codec === "VP8" ? "video" : "audio",
      addresses: [{ kind: "connection", transport: "udp", address: "192.0.2.5", port: 40_000 }],
      payloadTypes: [{ payloadType, codec, clockRate: codec === "VP8" ? 90_000 : 16_000 }],
      iceUfrag: undefined,
      ssrcRanges: [],
      firstPacket,
    });
    const packet = new Datagrams([30_000, 40_000]).lay(u8(0), 0);
    packet.destination3 = 0xc0000205;
    packet.destination2 = 0xffff;
    const codecs = (): unknown[] =>
      [98, 100].map((payloadType) => sessions.codecFor(packet, payloadType)?.encodingName);
    sessions.learn(section(98, "AMR-WB", 7));
    sessions.learn(section(100, "VP8", 7));
    expect(codecs()).toEqual(["AMR-WB", "VP8"]);
    sessions.learn(section(98, "SILK", 9));
    expect(codecs()).toEqual(["SILK", undefined]);
  });
});
