import { describe, expect, it } from "vitest";
import { Noise } from "../support/bytes.ts";
import { rtp } from "../support/payloads-media.ts";
import { recognise } from "./udp-talk.ts";

const noise = new Noise(20);

interface Sent {
  readonly bytes: Uint8Array;
  readonly ms: number;
}

function packet(ssrc: number, i: number, ms: number): Sent {
  const payload = noise.bytes(80);
  return { bytes: rtp({ payloadType: 0, sequence: 5 + i, timestamp: 160 * i, ssrc, payload }), ms };
}

/** Packets that look like RTP by chance: another SSRC each. */
const rubbish = (count: number, fromMs: number): Sent[] =>
  Array.from({ length: count }, (_, i) => packet(0x5000_0000 + 7919 * i, (i * 977) & 0xfff, fromMs + i));

describe("senders who take turns, as all of a conference when a capture begins", () => {
  it.each([8, 9, 12, 20, 40])("%i are all found", (count) => {
    const sent = Array.from({ length: 60 * count }, (_, at): Sent => {
      const [i, sender] = [Math.floor(at / count), at % count];
      return packet(1000 + sender, i, 20 * i + 0.1 * sender);
    });
    const { application, streams = [] } = recognise(sent);
    expect(application).toBe("rtp");
    expect(streams.map(({ ssrc }) => ssrc - 1000).sort((x, y) => x - y)).toEqual(
      Array.from({ length: count }, (_, i) => i),
    );
    expect(streams.every(({ packets, lost }) => lost === 0 && packets > 50)).toBe(true);
  });

  it("are found where two streams go on already, however many more begin", () => {
    const talk = Array.from({ length: 800 }, (_, i) => packet(1 + (i % 2), i >> 1, 10 * i));
    const more = Array.from({ length: 100 * 120 }, (_, at): Sent => {
      const [i, sender] = [Math.floor(at / 120), at % 120];
      return packet(1000 + sender, i, 1000 + 20 * i + 0.1 * sender);
    });
    const { streams = [] } = recognise([...talk, ...more].sort((x, y) => x.ms - y.ms));
    expect(streams).toHaveLength(64);
  });
});

describe("rubbish that looks like RTP", () => {
  it("keeps no stream from being found with its first packet", () => {
    const sent = [...rubbish(200, 0), ...Array.from({ length: 400 }, (_, i) => packet(77, i, 300 + 20 * i))];
    const { application, streams = [] } = recognise(sent);
    expect(application).toBe("rtp");
    expect(streams).toMatchObject([{ ssrc: 77, packets: 400, firstSequence: 5 }]);
  });

  it("is no media, however much of it there is", () => {
    expect(recognise(rubbish(2000, 0)).application).toBe("unknown");
  });
});
