import { describe, expect, it } from "vitest";
import type { Recognition } from "../../src/protocols/recognition.ts";
import { tcpMediaStart } from "../../src/protocols/tcp-media-start.ts";
import { TcpMediaReader } from "../../src/protocols/tcp-media.ts";
import type { Direction } from "../../src/words.ts";
import { cameAt } from "../support/arrival.ts";
import { concat, Noise, u16, view } from "../support/bytes.ts";
import { iceCheck, rtp, stun } from "../support/payloads-media.ts";

const noise = new Noise(37);
const transaction = noise.bytes(12);

function framed(bytes: Uint8Array): Uint8Array {
  return concat(u16(bytes.length), bytes);
}

describe("a TCP connection that a relay binds to a peer (RFC 6062)", () => {
  const bound = { transaction: noise.bytes(12) };
  const request = stun(0x000b, [[0x002a, noise.bytes(4)]], bound);
  const refused = stun(0x011b, [[0x0009, concat(u16(0), u16(0x0401))]], bound);
  const success = stun(0x010b, [], bound);
  const sound = Array.from({ length: 20 }, (_, i) =>
    framed(
      rtp({ payloadType: 104, sequence: 700 + i, timestamp: 320 * i, ssrc: 0x77, payload: noise.bytes(70) }),
    ),
  );

  /** The relay's answer with the peer's bytes, in one segment each or all in one, and the client's. */
  function bind(
    answers: readonly Uint8Array[],
    peer: readonly Uint8Array[],
    isWhole = false,
  ): Recognition | undefined {
    const reader = new TcpMediaReader(tcpMediaStart(view(request), 0, request.length));
    const push = (direction: Direction, bytes: Uint8Array): void =>
      reader.push(view(bytes), 0, bytes.length, cameAt(direction, 1000, 1));
    for (const answer of answers.slice(0, -1)) {
      push(0, request);
      push(1, answer);
    }
    push(0, request);
    const rest = [...answers.slice(-1), ...peer];
    for (const bytes of isWhole ? [concat(...rest)] : rest) push(1, bytes);
    for (const bytes of peer) push(0, bytes);
    return reader.result();
  }

  it.each([
    ["framed as ICE frames it", [success], sound, false],
    ["with that in the segment of the answer", [success], sound, true],
    ["after a refusal", [refused, success], sound, false],
  ] as const)("carries its media, %s", (_how, answers, peer, isWhole) => {
    const check = framed(iceCheck({ transaction, username: "a:b", noise }));
    const found = bind(answers, [check, ...peer], isWhole);
    expect(found).toMatchObject({ application: "rtp", usesTurn: true });
    expect(found?.streams).toMatchObject([
      { packets: 20, lost: 0 },
      { packets: 20, lost: 0 },
    ]);
  });

  it.each([
    ["what is no media", [success], Array.from({ length: 20 }, () => noise.bytes(200))],
    ["media that the relay did not let through", [refused], sound],
  ] as const)("is turn with %s", (_what, answers, peer) => {
    expect(bind(answers, peer)).toMatchObject({ application: "turn", streams: [] });
  });
});
