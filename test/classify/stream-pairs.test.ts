import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CapturedPacket, pcap } from "../support/captures.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { rtp } from "../support/payloads-media.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { classifyFiles } from "./classify-files.ts";

const FAR = { address: "52.113.10.20", port: 3479 };
const START_MS = 1_772_529_000_000;

interface Sent {
  /** Address of our end as the capture shows it; its port is the last number and 50000. */
  readonly near: string;
  readonly way: "out" | "back";
  readonly ssrc: number;
  readonly sequence?: number;
  /** Milliseconds at which it begins. */
  readonly at?: number;
  readonly count?: number;
}

/** A stream of 50 packets a second. */
function stream({ near, way, ssrc, sequence = 7, at = 0, count = 100 }: Sent): CapturedPacket[] {
  const ours = { address: near, port: 50_000 + Number(near.split(".")[3]) };
  const [from, to] = way === "out" ? [ours, FAR] : [FAR, ours];
  return Array.from({ length: count }, (_, i) => {
    const payload = Uint8Array.from({ length: 80 }, (_, k) => (ssrc * 31 + i * 17 + k * 101) & 255);
    const packet = rtp({ payloadType: 104, sequence: sequence + i, timestamp: 320 * i, ssrc, payload });
    const ports = { sourcePort: from.port, destinationPort: to.port };
    const bytes = ethernetIp({}, udp({ source: from.address, destination: to.address, ...ports }, packet));
    return { time: BigInt(START_MS + at + 20 * i) * 1_000_000n, bytes };
  });
}

/** Client, address behind NAT and basis of each row of a capture inside and one outside. */
async function rows(
  inside: readonly Sent[],
  outside: readonly Sent[],
  description?: string,
): Promise<string[]> {
  const folder = temporaryFolder();
  const paths = Object.entries({ inside, outside }).map(([name, streams]) => {
    const packets = streams.flatMap(stream).toSorted((x, y) => Number(x.time - y.time));
    const path = join(folder, `${name}.pcap`);
    writeFileSync(path, pcap(packets));
    return path;
  });
  const site = description === undefined ? undefined : join(folder, "site.yaml");
  if (site !== undefined) writeFileSync(site, `version: 1\n${description ?? ""}`);
  const found = await classifyFiles(paths, site);
  return found.rows
    .map((row) => [row.client_ip, row.nat_ip, row.join_basis].filter((text) => text !== undefined).join(" "))
    .toSorted();
}

const [ANN, BOB] = ["10.1.1.1", "10.1.1.2"];
const [ANN_OUTSIDE, BOB_OUTSIDE] = ["203.0.113.5", "203.0.113.6"];
/** What a conference server calls its mixed audio, in every call. */
const MIXED = 1000;

it("two sides of a NAT are one flow: by the stream that our end sent", async () => {
  const both = (near: string): Sent[] => [
    { near, way: "out", ssrc: 0xaaaa_aaaa },
    { near, way: "back", ssrc: MIXED, sequence: 900 },
  ];
  expect(await rows(both(ANN), both(ANN_OUTSIDE))).toEqual([`${ANN} ${ANN_OUTSIDE} rtp-ssrc`]);
  expect(await rows(both(ANN).slice(0, 1), both(ANN_OUTSIDE))).toEqual([`${ANN} ${ANN_OUTSIDE} rtp-ssrc`]);
});

it("two sides of a NAT are one flow where one capture begins later", async () => {
  const early: Sent = { near: ANN, way: "out", ssrc: 0xaaaa_aaaa, sequence: 65_000, count: 3000 };
  const late: Sent = { ...early, near: ANN_OUTSIDE, sequence: 65_000 + 1500, at: 30_000, count: 1500 };
  expect(await rows([early], [late])).toEqual([`${ANN} ${ANN_OUTSIDE} rtp-ssrc`]);
});

it("the same SSRC with other numbers at the time is another stream", async () => {
  const one: Sent = { near: ANN, way: "out", ssrc: 0xaaaa_aaaa, count: 2000 };
  expect(await rows([one], [{ ...one, near: ANN_OUTSIDE, sequence: 1007 }])).toEqual([ANN, ANN_OUTSIDE]);
});

it("users of one conference server are themselves, though it sends all of them SSRC 1000", async () => {
  const heard = (near: string, sequence: number): Sent => ({ near, way: "back", ssrc: MIXED, sequence });
  expect(await rows([heard(ANN, 7), heard(BOB, 30)], [])).toEqual([ANN, BOB]);
  expect(await rows([heard(ANN, 7), heard(BOB, 30_000)], [heard(ANN_OUTSIDE, 7)])).toEqual([
    `${ANN} ${ANN_OUTSIDE} rtp-ssrc`,
    BOB,
  ]);
  expect(await rows([heard(ANN, 7), heard(BOB, 30)], [heard(ANN_OUTSIDE, 7)])).toEqual([
    ANN,
    BOB,
    ANN_OUTSIDE,
  ]);
});

it("where more users hear one stream than are held against each other, none is joined by it", async () => {
  const heard = (near: string, sequence: number): Sent => ({
    near,
    way: "back",
    ssrc: MIXED,
    sequence,
    count: 20,
  });
  // The first and the ninth hear what is heard outside.
  const inside = Array.from({ length: 9 }, (_, i) => heard(`10.1.2.${i + 1}`, 500 + (i % 8) * 7000));
  const found = await rows(inside, [heard(ANN_OUTSIDE, 500)]);
  expect(found).toHaveLength(10);
});

it("one stream that is sent to two users joins them neither with each other nor with a guess", async () => {
  const heard = (near: string): Sent => ({ near, way: "back", ssrc: 0xcccc_cccc });
  const sent = (near: string, ssrc: number): Sent => ({ near, way: "out", ssrc });
  const outside = [heard(ANN_OUTSIDE), heard(BOB_OUTSIDE)];
  expect(await rows([heard(ANN), heard(BOB)], outside)).toEqual([ANN, BOB, ANN_OUTSIDE, BOB_OUTSIDE]);
  // What each of them sends tells whose is whose.
  expect(
    await rows(
      [heard(ANN), heard(BOB), sent(ANN, 0xaaaa_aaaa), sent(BOB, 0xbbbb_bbbb)],
      [...outside, sent(ANN_OUTSIDE, 0xaaaa_aaaa), sent(BOB_OUTSIDE, 0xbbbb_bbbb)],
    ),
  ).toEqual([`${ANN} ${ANN_OUTSIDE} rtp-ssrc`, `${BOB} ${BOB_OUTSIDE} rtp-ssrc`]);
});

it("a stream inside and another user's outside are two flows when they send other streams", async () => {
  const heard = (near: string): Sent => ({ near, way: "back", ssrc: 0xcccc_cccc });
  const inside: Sent[] = [heard(ANN), { near: ANN, way: "out", ssrc: 0xaaaa_aaaa }];
  const outside: Sent[] = [heard(BOB_OUTSIDE), { near: BOB_OUTSIDE, way: "out", ssrc: 0xbbbb_bbbb }];
  expect(await rows(inside, outside)).toEqual([ANN, BOB_OUTSIDE]);
});

describe("a stream inside that leaves by one address and then by another is one flow", () => {
  const out = (near: string, from: number, count: number): Sent => ({
    near,
    way: "out",
    ssrc: 0xaaaa_aaaa,
    sequence: 7 + from,
    at: 20 * from,
    count,
  });
  const back = (near: string, from: number, count: number): Sent => ({
    ...out(near, from, count),
    way: "back",
    ssrc: MIXED,
  });

  it("though the answers keep coming to the first", async () => {
    const inside = [out(ANN, 0, 400), back(ANN, 0, 400)];
    const outside = [out(ANN_OUTSIDE, 0, 200), back(ANN_OUTSIDE, 0, 400), out(BOB_OUTSIDE, 200, 200)];
    expect(await rows(inside, outside)).toEqual([`${ANN} ${ANN_OUTSIDE} rtp-ssrc`]);
  });

  it("though nothing came through for half a minute between them", async () => {
    const inside = [out(ANN, 0, 2000), back(ANN, 0, 200), back(ANN, 1700, 300)];
    const first = [out(ANN_OUTSIDE, 0, 200), back(ANN_OUTSIDE, 0, 200)];
    const second = [out(BOB_OUTSIDE, 1700, 300), back(BOB_OUTSIDE, 1700, 300)];
    expect(await rows(inside, [...first, ...second])).toEqual([`${ANN} ${ANN_OUTSIDE} rtp-ssrc`]);
  });

  it("but not where two inside send the same", async () => {
    const inside = [out(ANN, 0, 400), out(BOB, 0, 400)];
    expect(await rows(inside, [out(ANN_OUTSIDE, 0, 400)])).toEqual([ANN, BOB, ANN_OUTSIDE]);
  });
});

describe("a stream that goes on from another address of a user's own is another flow", () => {
  /** 200 packets each way, and their numbers. */
  const talk = (near: string, from: number): Sent[] =>
    (["out", "back"] as const).map((way) => ({
      near,
      way,
      ssrc: way === "out" ? 0xaaaa_aaaa : 0xbbbb_bbbb,
      sequence: 7 + from,
      at: 20 * from,
      count: 200,
    }));

  it("in one capture, and in two", async () => {
    expect(await rows([...talk(ANN, 0), ...talk(BOB, 200)], [])).toEqual([ANN, BOB]);
    expect(await rows([...talk(ANN, 0), ...talk(BOB, 210)], [])).toEqual([ANN, BOB]);
    expect(await rows(talk(ANN, 0), talk(BOB, 200))).toEqual([ANN, BOB]);
    // From inside to somewhere outside.
    expect(await rows([...talk(ANN, 0), ...talk(BOB_OUTSIDE, 200)], [])).toEqual([ANN, BOB_OUTSIDE]);
  });

  it("but not where the two have packets in common, as on two sides of a NAT inside", async () => {
    expect(await rows(talk(ANN, 0), talk(BOB, 0))).toEqual([`${ANN} ${BOB} rtp-ssrc`]);
    expect(await rows(talk(ANN, 0), talk(ANN_OUTSIDE, 150))).toEqual([`${ANN} ${ANN_OUTSIDE} rtp-ssrc`]);
  });

  it("but not of two public addresses of ours", async () => {
    const somebody: Sent = { near: ANN, way: "out", ssrc: 0xcccc_cccc };
    const outside = [...talk(ANN_OUTSIDE, 0), ...talk(BOB_OUTSIDE, 200)];
    expect(await rows([somebody], outside)).toEqual([ANN, `${ANN_OUTSIDE} ${BOB_OUTSIDE} rtp-ssrc`]);
  });
});

describe("a server declared by its inside and its public address", () => {
  const edges = ["10.1.1.9", "203.0.113.9", "203.0.113.10"];
  const both = (near: string): Sent[] => [
    { near, way: "out", ssrc: 0xaaaa_aaaa },
    { near, way: "back", ssrc: 0xbbbb_bbbb, sequence: 900 },
  ];

  it.each([
    [
      "behind NAT that keeps its ports is one flow",
      "203.0.113.9",
      `edge: [${edges.join(", ")}]`,
      ["10.1.1.9 203.0.113.9 rtp-ssrc"],
    ],
    [
      "at another port is a relay",
      "203.0.113.10",
      `edge: [${edges.join(", ")}]`,
      ["10.1.1.9", "203.0.113.10"],
    ],
    [
      "of another kind is a relay",
      "203.0.113.9",
      "edge: [203.0.113.9], mediation: [10.1.1.9]",
      ["10.1.1.9", "203.0.113.9"],
    ],
    [
      "that repeats what a client inside sent is a relay",
      "203.0.113.9",
      "edge: [203.0.113.9]",
      ["10.1.1.9", "203.0.113.9"],
    ],
  ])("%s", async (_name, outside, servers, expected) => {
    expect(await rows(both("10.1.1.9"), both(outside), `servers: { ${servers} }\n`)).toEqual(expected);
  });
});
