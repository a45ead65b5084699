import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { classifyFiles } from "../classify/classify-files.ts";
import { concat, hex, Noise, u16, u32, u8 } from "../support/bytes.ts";
import { type CapturedPacket, pcap } from "../support/captures.ts";
import { at, milliseconds } from "../support/conversation.ts";
import { tcp, TCP_ACK, TCP_PSH, TCP_SYN, udp } from "../support/packets.ts";
import { rtp } from "../support/payloads-media.ts";
import { temporaryFolder } from "../support/temporary.ts";

const START = at("2026-03-10T12:00:00Z");
const CLIENT = "2001:db8:1::43";
const SERVER = "2603:1063::11";
/** Packets that come in by one interface, and those that go out by another, with the address of who sent them. */
const IN = { type: 0, index: 3, sender: hex("02 00 00 00 00 41 00 00") };
const OUT = { type: 4, index: 700, sender: hex("02 00 00 00 01 01 00 00") };
type Side = typeof IN;

// LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2, as the tcpdump group describes them.
const FORMS: readonly (readonly [string, number, (side: Side, packet: Uint8Array) => Uint8Array])[] = [
  [
    "version 1",
    113,
    ({ type, sender }, packet) => concat(u16(type), u16(1), u16(6), sender, u16(0x86dd), packet),
  ],
  [
    "version 2",
    276,
    ({ type, index, sender }, packet) =>
      concat(u16(0x86dd), u16(0), u32(index), u16(1), u8(type, 6), sender, packet),
  ],
];

interface Sent {
  readonly ms: number;
  readonly packet: Uint8Array;
}

describe.each(FORMS)(
  "what a router that captures all its interfaces forwards, Linux cooked %s",
  (_, linkType, cooked) => {
    /** Each packet comes in, waits in a queue, and goes out. */
    async function rowOf(sent: readonly Sent[], queueMs: number): Promise<object | undefined> {
      const frames: CapturedPacket[] = sent.flatMap(({ ms, packet }) => [
        { time: START + milliseconds(ms), bytes: cooked(IN, packet) },
        { time: START + milliseconds(ms + queueMs), bytes: cooked(OUT, packet) },
      ]);
      const path = join(temporaryFolder(), "any.pcap");
      writeFileSync(
        path,
        pcap(
          frames.toSorted((x, y) => Number(x.time - y.time)),
          { linkType },
        ),
      );
      const { rows } = await classifyFiles([path], undefined);
      expect(rows).toHaveLength(1);
      const [row] = rows;
      return row && { packets: row.packets_out, again: row.retransmissions, loss: row.loss_pct };
    }

    it.each([0, 45, 300])("counts once where it waits for %i ms: media", async (queueMs) => {
      const noise = new Noise(3);
      const ends = { source: CLIENT, destination: SERVER, sourcePort: 50_010, destinationPort: 3479 };
      const media = Array.from({ length: 300 }, (_, n): Sent => {
        const header = { payloadType: 0, sequence: n, timestamp: 160 * n, ssrc: 0x1234_5678 };
        return { ms: 20 * n, packet: udp(ends, rtp({ ...header, payload: noise.bytes(160) })) };
      });
      expect(await rowOf(media, queueMs)).toEqual({ packets: 300, again: undefined, loss: 0 });
    });

    it.each([0, 45, 300])(
      "counts once where it waits for %i ms, and twice where it is sent again",
      async (queueMs) => {
        const ends = { source: CLIENT, destination: SERVER, sourcePort: 50_010, destinationPort: 443 };
        const segment = (ms: number, sequence: number, flags: number, length: number): Sent => ({
          ms,
          packet: tcp({ ...ends, sequence, acknowledgement: 1, flags }, new Uint8Array(length)),
        });
        const sent = [segment(0, 0, TCP_SYN, 0)];
        for (let n = 0; n < 60; n++) {
          sent.push(segment(100 + 40 * n, 1 + 100 * n, TCP_ACK | TCP_PSH, 100));
          // Its timer runs out when the next ones are under way.
          if (n % 20 === 10) sent.push(segment(250 + 40 * n, 1 + 100 * n, TCP_ACK | TCP_PSH, 100));
        }
        expect(await rowOf(sent, queueMs)).toEqual({ packets: 64, again: 3, loss: undefined });
      },
    );
  },
);
