import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { FlowRow } from "../../src/classify/row.ts";
import { ascii, Noise } from "../support/bytes.ts";
import { type CapturedPacket, pcap } from "../support/captures.ts";
import { at, milliseconds } from "../support/conversation.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { rtp } from "../support/payloads-media.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { classifyFiles } from "./classify-files.ts";

const START = at("2026-03-10T12:00:00Z");
const GATEWAY = "10.20.6.20";
const SERVER = "52.112.1.10";

interface Leg {
  readonly ms: number;
  readonly from: readonly [string, number];
  readonly to: readonly [string, number];
  readonly payload: Uint8Array;
}

function sip(first: string, number: number, media: readonly string[]): Uint8Array {
  const address = number === 1 ? GATEWAY : SERVER;
  const body = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", `c=IN IP4 ${address}`, "t=0 0", ...media, ""].join(
    "\r\n",
  );
  const head = [
    first,
    "Via: SIP/2.0/UDP 10.20.6.20:5060;branch=z9hG4bK1",
    "From: <sip:fax@example.org>;tag=1",
    `To: <sip:bob@example.org>${number === 1 ? "" : ";tag=2"}`,
    "Call-ID: 1@example.org",
    "CSeq: 1 INVITE",
    "Content-Type: application/sdp",
    `Content-Length: ${body.length}`,
  ];
  return ascii(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** A dialog that offers `media` at 40000 and 50000, and what goes between these ports and others from its first second on. */
async function rowsOf(
  media: (port: number) => readonly string[],
  payloads: readonly Uint8Array[],
  dialogMs = 0,
): Promise<FlowRow[]> {
  const legs: Leg[] = [
    {
      ms: dialogMs,
      from: [GATEWAY, 5060],
      to: [SERVER, 5060],
      payload: sip("INVITE sip:bob@example.org SIP/2.0", 1, media(40_000)),
    },
    {
      ms: dialogMs + 900,
      from: [SERVER, 5060],
      to: [GATEWAY, 5060],
      payload: sip("SIP/2.0 200 OK", 2, media(50_000)),
    },
  ];
  for (const [n, payload] of payloads.entries())
    for (const more of [0, 100]) {
      const [one, other] = [[GATEWAY, 40_000 + more] as const, [SERVER, 50_000 + more] as const];
      legs.push({ ms: 1000 + 20 * n, from: one, to: other, payload });
      legs.push({ ms: 1005 + 20 * n, from: other, to: one, payload });
    }
  const packets = legs.map(({ ms, from, to, payload }): CapturedPacket => {
    const ends = { source: from[0], sourcePort: from[1], destination: to[0], destinationPort: to[1] };
    return { time: START + milliseconds(ms), bytes: ethernetIp({}, udp(ends, payload)) };
  });
  packets.sort((x, y) => Number(x.time - y.time));
  const path = join(temporaryFolder(), "trunk.pcap");
  writeFileSync(path, pcap(packets));
  const { rows } = await classifyFiles([path], undefined);
  return rows
    .filter(({ server_port }) => server_port !== 5060)
    .toSorted((x, y) => x.server_port - y.server_port);
}

const noise = new Noise(7);
const FAX = Array.from({ length: 100 }, (_, n) => {
  const page = noise.bytes(40);
  return new Uint8Array([n >> 8, n & 0xff, page.length, ...page, 0, 1, page.length, ...page]);
});

it("fax is media of the call whose SDP offers it, and what looks alike elsewhere is not", async () => {
  const [fax, other] = await rowsOf((port) => [`m=image ${port} udptl t38`, "a=T38FaxVersion:0"], FAX);
  expect(fax).toMatchObject({
    application: "unknown",
    traffic_type: "media",
    codec: "t38",
    modality: undefined,
  });
  expect(fax?.call_id).toBe(fax?.flow_id);
  expect(other).toMatchObject({ traffic_type: "other", codec: undefined, call_id: undefined });
});

it("what is no fax at such an address stays unknown", async () => {
  const [fax] = await rowsOf(
    (port) => [`m=image ${port} udptl t38`],
    FAX.map((bytes) => bytes.map((byte, i) => (i === 2 ? 200 : byte))),
  );
  expect(fax).toMatchObject({ application: "unknown", traffic_type: "other", call_id: undefined });
});

it("fax at the ports of a short call by voice before it leaves that what it is", async () => {
  const voice = Array.from({ length: 20 }, (_, n) =>
    rtp({ payloadType: 0, sequence: n, timestamp: 160 * n, ssrc: 0x5aa50003, payload: noise.bytes(160) }),
  );
  const [both, other] = await rowsOf((port) => [`m=image ${port} udptl t38`], [...voice, ...FAX]);
  expect(both).toMatchObject({ application: "rtp", traffic_type: "media", codec: "PCMU", loss_pct: 0 });
  expect(both?.call_id).toBe(both?.flow_id);
  expect(other).toMatchObject({ application: "unknown", call_id: undefined });
  // Too little voice to be known as such.
  const [fax] = await rowsOf((port) => [`m=image ${port} udptl t38`], [...voice.slice(0, 2), ...FAX]);
  expect(fax).toMatchObject({ application: "unknown", traffic_type: "media", codec: "t38" });
});

it("media of a payload type from 35 to 63 is RTP where SDP gives it a meaning, without ICE, too", async () => {
  const red = Array.from({ length: 100 }, (_, n) =>
    rtp({ payloadType: 63, sequence: n, timestamp: 960 * n, ssrc: 0x5aa50001, payload: noise.bytes(80) }),
  );
  const [media, other] = await rowsOf(
    (port) => [`m=audio ${port} RTP/AVP 63`, "a=rtpmap:63 opus/48000/2"],
    red,
  );
  expect(media).toMatchObject({ application: "rtp", codec: "opus", modality: "audio" });
  expect(other).toMatchObject({ application: "unknown" });
});

it.each([
  [8, "pcma/8000", "PCMA"],
  [96, "OPUS/48000/2", "OPUS"],
  [96, "Opus/48000/2", "opus"],
  [99, "h264/90000", "H264"],
  [100, "AMR-WB/16000", "AMR-WB"],
  [101, "G729a/8000", "G729a"],
])("payload type %i as %s has the codec %s: case means nothing in its name", async (type, told, codec) => {
  const audio = Array.from({ length: 20 }, (_, n) =>
    rtp({ payloadType: type, sequence: n, timestamp: 160 * n, ssrc: 0x5aa50004, payload: noise.bytes(60) }),
  );
  const [media] = await rowsOf(
    (port) => [`m=audio ${port} RTP/AVP ${type}`, `a=rtpmap:${type} ${told}`],
    audio,
  );
  expect(media).toMatchObject({ codec });
});

it("a payload type that only a later INVITE gives a meaning has that, of a capture that began in mid-call", async () => {
  const audio = Array.from({ length: 500 }, (_, n) =>
    rtp({ payloadType: 100, sequence: n, timestamp: 320 * n, ssrc: 0x5aa50002, payload: noise.bytes(60) }),
  );
  const [media, other] = await rowsOf(
    (port) => [`m=audio ${port} RTP/AVP 100`, "a=rtpmap:100 AMR-WB/16000"],
    audio,
    6000,
  );
  expect(media).toMatchObject({ application: "rtp", codec: "AMR-WB", modality: "audio", jitter_ms: 0 });
  expect(other).toMatchObject({ application: "rtp", codec: undefined });
});
