import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { concat, hex, Noise, u8 } from "../support/bytes.ts";
import { type CapturedPacket, pcap } from "../support/captures.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { sipRequest } from "../support/payloads.ts";
import { rtp } from "../support/payloads-media.ts";
import { o365flow } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const noise = new Noise(8);
const START = 1_700_000_000n * 1_000_000_000n;
const PERIOD = 20_000_000n;
const PHONE = "10.0.0.5";
const GATEWAY = "10.0.0.9";

const SDP = [
  "v=0",
  `c=IN IP4 ${GATEWAY}`,
  "m=audio 30000 RTP/AVP 97 0 101",
  "a=rtpmap:97 red/8000",
  "a=rtpmap:0 PCMU/8000",
  "a=rtpmap:101 telephone-event/8000",
  "",
].join("\r\n");

const invite = udp(
  { source: GATEWAY, destination: PHONE, sourcePort: 5060, destinationPort: 5060 },
  sipRequest("INVITE", {
    callId: "red-1",
    from: "gateway@example.com",
    to: "phone@example.com",
    fromTag: "a",
    branch: "b",
    host: GATEWAY,
    sdp: SDP,
  }),
);

/** RFC 2198: a redundant block of payload type 0, 160 ticks earlier, 40 bytes; then the primary block. */
function red(i: number): Uint8Array {
  const isEvent = i % 100 >= 95;
  const block = isEvent ? noise.bytes(4) : noise.bytes(40);
  const payload = concat(hex("80 02 80 28"), u8(isEvent ? 101 : 0), noise.bytes(40), block);
  // An event keeps the time stamp of its beginning (RFC 4733, 2.5.1.2).
  const timestamp = 160 * (isEvent ? i - (i % 100) + 95 : i);
  return rtp({ payloadType: 97, sequence: i, timestamp, ssrc: 9, payload });
}

describe("a call with RED", () => {
  it("has the codec inside, and every event inside is known as one, however steady the stream", () => {
    const media = Array.from({ length: 400 }, (_, i): CapturedPacket => {
      const ends = { source: PHONE, destination: GATEWAY, sourcePort: 20000, destinationPort: 30000 };
      return {
        time: START + PERIOD * BigInt(i + 1),
        bytes: ethernetIp({}, udp({ ...ends, id: i + 1 }, red(i))),
      };
    });
    const path = join(folder, "red.pcap");
    writeFileSync(path, pcap([{ time: START, bytes: ethernetIp({}, invite) }, ...media]));
    const rows = JSON.parse(o365flow(["classify", path, "-q", "--json"]).stdout) as Record<string, unknown>[];
    const row = rows.find(({ application }) => application === "rtp");
    expect(row).toMatchObject({ codec: "PCMU", modality: "audio", loss_pct: 0 });
    // Counted as samples, the events would be 20 ms early each.
    expect(row?.["jitter_ms"]).toBeLessThan(0.001);
  });
});
