import { describe, expect, it } from "vitest";
import { concat, hex, u16 } from "../support/bytes.ts";
import {
  iceAnswer,
  iceCheck,
  msAllocate,
  msAllocateSuccess,
  stun,
  stunAddress,
  stunXorAddress,
} from "../support/payloads-media.ts";
import { check, noise, recognise, rtpRun } from "./udp-talk.ts";

describe("STUN, TURN and MS-TURN", () => {
  const transaction = noise.bytes(12);

  it("reports the reflexive address, the round trip and the side that asked", () => {
    const found = recognise([
      { bytes: iceCheck({ transaction, username: "a:b", nominate: true, noise }), back: true, ms: 0 },
      { bytes: iceAnswer({ transaction, mapped: ["192.0.2.77", 50006], noise }), ms: 42 },
    ]);
    expect(found).toMatchObject({
      application: "stun",
      confidence: "certain",
      initiator: 1,
      iceChecks: 1,
      nominated: true,
    });
    expect(found.rttMs).toBeCloseTo(42, 6);
    expect(found.reported).toEqual([
      { kind: "mapped", direction: 0, address: "192.0.2.77", port: 50006, packets: 1, firstPacket: 2 },
    ]);
    expect(found.identities).toEqual([`stun:${Buffer.from(transaction).toString("hex")}`]);
  });

  it("gives no round trip for a request that was sent twice", () => {
    const request = { bytes: iceCheck({ transaction, username: "a:b", noise }) };
    const answer = { bytes: iceAnswer({ transaction, mapped: ["192.0.2.77", 1], noise }), back: true };
    expect(recognise([request, request, answer]).rttMs).toBeUndefined();
  });

  it("reports relayed and reflexive address of an MS-TURN allocation", () => {
    const found = recognise([
      { bytes: msAllocate({ transaction, noise }) },
      {
        bytes: msAllocateSuccess({
          transaction,
          relayed: ["52.114.0.9", 3480],
          mapped: ["192.0.2.10", 50006],
          noise,
        }),
        back: true,
      },
    ]);
    expect(found).toMatchObject({
      application: "ms-turn",
      confidence: "certain",
      usesTurn: true,
      initiator: 0,
    });
    expect(found.reported).toContainEqual(
      expect.objectContaining({ kind: "relayed", address: "52.114.0.9", port: 3480 }),
    );
    expect(found.reported).toContainEqual(
      expect.objectContaining({ kind: "mapped", address: "192.0.2.10", port: 50006 }),
    );
  });

  const wrap: readonly (readonly [string, (inner: Uint8Array) => Uint8Array])[] = [
    ["ChannelData", (inner) => concat(u16(0x4001), u16(inner.length), inner)],
    [
      "multiplexed TURN",
      (inner) => concat(u16(0xff10), u16(inner.length + 8), new Uint8Array(8).fill(7), inner),
    ],
    ["a Send indication", (inner) => stun(0x0016, [[0x0013, inner]], { transaction: noise.bytes(12) })],
    [
      "an MS-TURN Data indication",
      (inner) =>
        concat(
          u16(0x0115),
          u16(12 + inner.length),
          noise.bytes(16),
          hex("000f000472c64bc6"),
          u16(0x0013),
          u16(inner.length),
          inner,
        ),
    ],
  ];

  it.each(wrap)("unwraps RTP out of %s", (_, envelope) => {
    const found = recognise(rtpRun(12).map(({ bytes }) => ({ bytes: envelope(bytes) })));
    expect(found).toMatchObject({ application: "rtp", carriesMedia: true, usesTurn: true });
    expect(found.streams?.[0]).toMatchObject({ ssrc: 0x1234, packets: 12, lost: 0 });
  });

  it.each(wrap)("does not take an address mapped inside %s for this flow's own", (_, envelope) => {
    const answer = iceAnswer({ transaction, mapped: ["198.51.100.9", 7], noise });
    const found = recognise([{ bytes: envelope(answer) }]);
    expect(found.reported?.filter((item) => item.kind === "mapped")).toEqual([]);
  });

  it("unwraps only so deep", () => {
    let bytes = check().bytes;
    for (let i = 0; i < 200; i++)
      bytes = concat(u16(0xff10), u16(bytes.length + 8), new Uint8Array(8), bytes);
    expect(recognise([{ bytes }]).iceChecks).toBe(0);
  });

  it("keeps a bounded number of addresses, and the same transactions whenever the capture began", () => {
    const many = Array.from({ length: 2000 }, (_, i) => {
      const id = noise.bytes(12);
      return [
        { bytes: iceCheck({ transaction: id, username: "a:b", noise }) },
        { bytes: iceAnswer({ transaction: id, mapped: [`192.0.2.${i % 256}`, i], noise }), back: true },
      ];
    }).flat();
    const whole = recognise(many);
    const later = recognise(many.slice(40));
    expect(whole.reported).toHaveLength(24);
    expect(whole.identities).toHaveLength(8);
    expect(whole.identities?.filter((id) => later.identities?.includes(id)).length).toBeGreaterThanOrEqual(6);
  });

  it("keeps the flow's own addresses, however many peers were told before them", () => {
    const permissions = Array.from({ length: 60 }, (_, i) => {
      const id = noise.bytes(12);
      const peer = stunXorAddress(`198.51.100.${i + 1}`, 4444, id);
      return { bytes: stun(0x0008, [[0x0012, peer]], { transaction: id }) };
    });
    const answers = ["203.0.113.3", "203.0.113.70", "203.0.113.3"].map((mapped) => ({
      bytes: iceAnswer({ transaction: noise.bytes(12), mapped: [mapped, 50006], noise }),
      back: true,
    }));
    const { reported = [] } = recognise([...permissions, ...answers]);
    expect(reported).toHaveLength(24);
    const kinds = reported.map(({ kind, address, packets }) => [kind, address, packets] as const);
    expect(kinds[0]).toEqual(["peer", "198.51.100.1", 1]);
    expect(kinds.slice(-2)).toEqual([
      ["mapped", "203.0.113.3", 2],
      ["mapped", "203.0.113.70", 1],
    ]);
  });
});

describe("the moments of mapped addresses", () => {
  const [ONE, OTHER] = [
    ["192.0.2.77", 50006],
    ["198.51.100.7", 50006],
  ] as const;
  const answers = (
    told: readonly (readonly [address: string, port: number])[],
  ): { bytes: Uint8Array; back: boolean; ms: number }[] =>
    told.map((mapped, i) => ({
      bytes: iceAnswer({ transaction: noise.bytes(12), mapped, noise }),
      back: true,
      ms: 1000 * i + 0.25,
    }));
  const secondsOf = (found: ReturnType<typeof recognise>): (number[] | undefined)[] | undefined =>
    found.reported?.map(({ since }) => since?.map(({ seconds }) => seconds - 1_700_000_000));

  it("are kept where an answer tells another one than before, to the microsecond", () => {
    const found = recognise(answers([ONE, ONE, OTHER, OTHER, ONE]));
    expect(secondsOf(found)).toEqual([[0, 4], [2]]);
    expect(found.reported?.[1]?.since).toEqual([{ seconds: 1_700_000_002, nanoseconds: 250_000 }]);
  });

  it("are not kept where the port alone changes", () => {
    const found = recognise(answers([ONE, ["192.0.2.77", 50007], ONE]));
    expect(secondsOf(found)).toEqual([undefined, undefined]);
  });

  it("are those of the XOR-MAPPED-ADDRESS where somebody rewrote the plain one", () => {
    const both = (mapped: string): { bytes: Uint8Array; back: boolean } => {
      const transaction = noise.bytes(12);
      const attributes = [
        [0x0001, stunAddress("10.0.0.7", 1)],
        [0x0020, stunXorAddress(mapped, 2, transaction)],
      ] as const;
      return { bytes: stun(0x0101, attributes, { transaction }), back: true };
    };
    const found = recognise([both("192.0.2.77"), both("192.0.2.77"), both("198.51.100.7")]);
    const moments = found.reported?.map(({ address, since }) => `${address} ${since?.length ?? 0}`);
    expect(moments).toEqual(["192.0.2.77 1", "10.0.0.7 0", "198.51.100.7 1"]);
    expect(found.reported?.map(({ kind, packets }) => `${kind} ${packets}`)).toEqual([
      "mapped 2",
      "other 3",
      "mapped 1",
    ]);
  });

  it("count an answer once that tells the same address plain and exclusive-ored", () => {
    const transaction = noise.bytes(12);
    const attributes = [
      [0x0001, stunAddress(...ONE)],
      [0x0020, stunXorAddress(...ONE, transaction)],
      [0x8020, stunXorAddress(...ONE, transaction)],
    ] as const;
    const found = recognise([{ bytes: stun(0x0101, attributes, { transaction }), back: true }]);
    expect(found.reported).toEqual([
      expect.objectContaining({ kind: "mapped", address: ONE[0], packets: 1 }),
    ]);
  });

  it("are bounded", () => {
    const found = recognise(answers(Array.from({ length: 2000 }, (_, i) => (i % 2 === 0 ? ONE : OTHER))));
    expect(secondsOf(found)?.map((list) => list?.length)).toEqual([128, 128]);
  });
});
