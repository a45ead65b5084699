import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { o365flow, type Run } from "../cli/run.ts";
import { ROOT } from "../support/shared.ts";
import { blocksOf, optionsOf, Order, packetsOf, pad, type Options } from "./blocks.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true }));
const FAILOVER = join(ROOT, "fixtures", "failover");
const SITE = ["--site", join(FAILOVER, "site.yaml")];
const target = join(folder, "findings.pcapng");
const hasCapinfos = spawnSync("capinfos", ["--version"]).status === 0;
const hasTshark = spawnSync("tshark", ["--version"]).status === 0;

function annotate(capture: Buffer, ...args: readonly string[]): Run {
  const file = join(folder, "in.pcapng");
  writeFileSync(file, capture);
  return o365flow(["annotate", file, ...SITE, "-w", target, ...args]);
}

function tshark(...args: readonly string[]): Run {
  const run = spawnSync("tshark", ["-r", target, ...args], { encoding: "utf8" });
  return { status: run.status, stdout: run.stdout, stderr: run.stderr };
}

function capinfos(...args: readonly string[]): string {
  return spawnSync("capinfos", [...args, target], { encoding: "utf8" }).stdout;
}

const PACKETS = packetsOf(join(FAILOVER, "failover.pcap"));
const TLS_KEY_LOG = 0x544c534b;
const KEY = `CLIENT_RANDOM ${"ab".repeat(32)} ${"cd".repeat(48)}\n`;
const little = new Order(true);

describe.each([
  ["little", new Order(true)],
  ["big", new Order(false)],
])("annotate, from a %s-endian section", (_, order) => {
  it("keeps options of packets and interfaces that it can copy, their numbers turned", () => {
    const packetOptions: Options = [
      [1, Buffer.from("mine")],
      [2, order.u32(0x81)], // epb_flags: inbound, FCS of 4 bytes
      [3, Buffer.from([2, 1, 2, 3, 4])], // epb_hash: CRC32
      [3, Buffer.from([2, 1])], // too short for one: left out
      [4, order.u64(3n)],
      [5, order.u64(0x0102030405060708n)],
      [6, order.u32(7)],
      [7, Buffer.concat([Buffer.from([2]), order.u64(2n)])], // epb_verdict: XDP_PASS
      [2989, Buffer.concat([order.u32(32473), Buffer.from([9, 8, 7])])],
      [19373, Buffer.concat([order.u32(32473), Buffer.from([9])])], // asks not to be copied
      [40000, Buffer.from("x")],
    ];
    const capture = Buffer.concat([
      order.section(),
      order.card(
        [2, Buffer.from("eth0")],
        [6, Buffer.from([2, 0, 0, 0, 0, 1])],
        [8, order.u64(1_000_000_000n)],
        [9, Buffer.from([6])],
        [11, Buffer.from("\u0000udp")],
        [11, Buffer.from([1, 0, 0])],
        [13, Buffer.from([0])],
        [14, order.u64(0n)],
      ),
      ...PACKETS.map((packet) => order.packet(packet, ...packetOptions)),
    ]);
    expect(annotate(capture).status).toBe(0);
    const blocks = blocksOf(target);
    const cards = blocks.filter(({ type }) => type === 1);
    expect(cards).toHaveLength(1);
    expect(optionsOf(cards[0]?.body.subarray(8) ?? Buffer.alloc(0))).toEqual([
      [2, Buffer.from("eth0")],
      [3, Buffer.from("from in.pcapng")],
      [9, Buffer.from([9])],
      [6, Buffer.from([2, 0, 0, 0, 0, 1])],
      [8, little.u64(1_000_000_000n)],
      [11, Buffer.from("\u0000udp")],
      [13, Buffer.from([0])],
    ]);
    const packets = blocks.filter(({ type }) => type === 6);
    expect(packets.length).toBeGreaterThan(10);
    for (const { body } of packets) {
      const at = 20 + Math.ceil(body.readUInt32LE(12) / 4) * 4;
      const [first, ...more] = optionsOf(body.subarray(at));
      expect(first).toEqual([1, Buffer.from("mine")]);
      expect(more.filter(([code]) => code !== 1)).toEqual([
        [2, little.u32(0x81)],
        [3, Buffer.from([2, 1, 2, 3, 4])],
        [4, little.u64(3n)],
        [5, little.u64(0x0102030405060708n)],
        [6, little.u32(7)],
        [7, Buffer.concat([Buffer.from([2]), little.u64(2n)])],
        [2989, Buffer.concat([little.u32(32473), Buffer.from([9, 8, 7])])],
      ]);
    }
    if (!hasTshark) return;
    const shown = tshark("-T", "fields", "-e", "frame.packet_id", "-e", "frame.interface_queue");
    expect(shown.stderr.replace(/^Running as user.*\n/, "")).toBe("");
    expect(shown.stdout.split("\n")[0]).toBe("72623859790382856\t7");
  });

  it("keeps what interfaces counted, the last of each, renumbered, its times in nanoseconds", () => {
    const halves = (time: bigint): Buffer =>
      Buffer.concat([order.u32(Number(time >> 32n)), order.u32(Number(time & 0xffffffffn))]);
    const statistics = (card: number, time: bigint, ...options: Options): Buffer =>
      order.block(5, order.u32(card), halves(time), order.options(options));
    const [first, last] = [PACKETS[0]?.time ?? 0n, PACKETS.at(-1)?.time ?? 0n];
    const capture = Buffer.concat([
      order.section(),
      order.card([2, Buffer.from("unused")]),
      order.card([2, Buffer.from("eth1")]),
      statistics(1, first, [5, order.u64(1n)]),
      ...PACKETS.map((packet) => order.packet({ ...packet, card: 1 })),
      statistics(
        1,
        last,
        [1, Buffer.from("mine")],
        [2, halves(first)],
        [3, halves(last)],
        [4, order.u64(1000n)],
        [5, order.u64(17n)],
        [6, order.u64(900n)],
        [7, order.u64(4n)],
        [8, Buffer.from([1])], // too short: left out
        [40000, Buffer.from("x")],
      ),
      statistics(0, last, [5, order.u64(99n)]),
      statistics(7, last, [5, order.u64(98n)]), // of no interface
    ]);
    const run = annotate(capture);
    const blocks = blocksOf(target);
    const found = blocks.filter(({ type }) => type === 5);
    const nanoseconds = (time: bigint): Buffer =>
      Buffer.concat([
        little.u32(Number((time * 1000n) >> 32n)),
        little.u32(Number((time * 1000n) & 0xffffffffn)),
      ]);
    expect(run.status).toBe(3); // the last one
    expect(found.map(({ body }) => body.subarray(0, 12))).toEqual([
      Buffer.concat([little.u32(0), nanoseconds(last)]),
    ]);
    expect(optionsOf(found[0]?.body.subarray(12) ?? Buffer.alloc(0))).toEqual([
      [2, nanoseconds(first)],
      [3, nanoseconds(last)],
      [1, Buffer.from("mine")],
      [4, little.u64(1000n)],
      [5, little.u64(17n)],
      [6, little.u64(900n)],
      [7, little.u64(4n)],
    ]);
    expect(blocks.at(-1)?.type).toBe(5);
    if (hasTshark) expect(tshark("-q").status).toBe(0);
    if (hasCapinfos) expect(capinfos("-I")).toContain("Number of stat entries = 1");
  });

  it("keeps the drop counts and flags of obsolete packet blocks", () => {
    const drops = (i: number): number => [0xffff, 0, 5][i % 3] ?? 0;
    const capture = Buffer.concat([
      order.section(),
      order.card(),
      ...PACKETS.map(({ time, bytes }, i) => {
        const length = order.u32(bytes.length);
        return order.block(
          2,
          order.u16(0),
          order.u16(drops(i)),
          order.u32(Number(time >> 32n)),
          order.u32(Number(time & 0xffffffffn)),
          length,
          length,
          pad(bytes),
          order.options([[2, order.u32(2)]]),
        );
      }),
    ]);
    expect(annotate(capture).status).toBe(0);
    const counts = blocksOf(target)
      .filter(({ type }) => type === 6)
      .map(({ body }) => {
        const at = 20 + Math.ceil(body.readUInt32LE(12) / 4) * 4;
        const options = new Map(optionsOf(body.subarray(at)));
        expect(options.get(2)).toEqual(little.u32(2));
        return options.get(4)?.readBigUInt64LE();
      });
    expect(counts).toContain(5n);
    expect(counts).toContain(0n);
    expect(counts).toContain(undefined);
  });

  it("keeps names, but for records that would make Wireshark refuse the file", () => {
    const server = PACKETS[0]?.bytes ?? Buffer.alloc(0);
    const capture = Buffer.concat([
      order.section(),
      order.card(),
      order.names(
        [
          [1, Buffer.from([10, 20, 30, 40, 0x70, 0x63, 0])], // "pc"
          [1, Buffer.from([10, 20, 30, 41, 0x70])], // not ended by a zero
          [2, Buffer.from([1, 2, 3])], // too short
          [77, Buffer.from("what")],
          [2, Buffer.concat([Buffer.alloc(15), Buffer.from([1]), Buffer.from("a\u0000bc\u0000")])],
        ],
        [2, Buffer.from("dns.example")],
        [3, Buffer.from([10, 0, 0, 53])],
      ),
      ...PACKETS.map((packet) => order.packet(packet)),
      order.names([[1, Buffer.from([10, 20, 30, 99, 0x7a, 0])]]), // after the last packet
    ]);
    expect(server.length).toBeGreaterThan(0);
    expect(annotate(capture).status).toBe(0);
    const names = blocksOf(target).filter(({ type }) => type === 4);
    expect(names.map(({ body }) => body)).toEqual(
      [
        little.names(
          [
            [1, Buffer.from([10, 20, 30, 40, 0x70, 0x63, 0])],
            [2, Buffer.concat([Buffer.alloc(15), Buffer.from([1]), Buffer.from("a\u0000bc\u0000")])],
          ],
          [2, Buffer.from("dns.example")],
          [3, Buffer.from([10, 0, 0, 53])],
        ),
        little.names([[1, Buffer.from([10, 20, 30, 99, 0x7a, 0])]]),
      ].map((block) => block.subarray(8, -4)),
    );
    if (hasTshark) expect(tshark("-q", "-z", "hosts").stdout).toContain("10.20.30.40\tpc");
  });

  it("copies secrets only when told so, each once, those that came late at the end", () => {
    const capture = Buffer.concat([
      order.section(),
      order.card(),
      order.secrets(TLS_KEY_LOG, KEY),
      order.secrets(TLS_KEY_LOG, KEY, 5000), // reaches past its end
      ...PACKETS.map((packet) => order.packet(packet)),
      order.section(),
      order.card(),
      order.secrets(TLS_KEY_LOG, KEY),
      order.secrets(0x57474b4c, "LOCAL_STATIC_PRIVATE_KEY = x\n"),
    ]);
    const without = annotate(capture);
    expect(without.stderr).toContain("are not copied; --keep-secrets copies them");
    expect(blocksOf(target).some(({ type }) => type === 10)).toBe(false);
    const run = annotate(capture, "--keep-secrets");
    expect(run.status).toBe(0);
    expect(run.stderr).toContain("2 blocks of secrets for decryption copied whole");
    expect(run.stderr).toContain("1 block of names, statistics, secrets or descriptions left out");
    const blocks = blocksOf(target);
    expect(blocks.slice(0, 3).map(({ type }) => type)).toEqual([0x0a0d0d0a, 1, 10]);
    expect(blocks.at(-1)?.type).toBe(10);
    expect(blocks.filter(({ type }) => type === 10).map(({ body }) => body)).toEqual(
      [little.secrets(TLS_KEY_LOG, KEY), little.secrets(0x57474b4c, "LOCAL_STATIC_PRIVATE_KEY = x\n")].map(
        (block) => block.subarray(8, -4),
      ),
    );
    if (hasTshark) expect(tshark("-q").status).toBe(0);
  });
});

describe("annotate", () => {
  it("keeps the length of the frame check sequence that the header of a pcap file says", () => {
    const capture = readFileSync(join(FAILOVER, "failover.pcap"));
    capture.writeUInt32LE(0x2400_0001, 20); // Ethernet, with two words of it
    annotate(capture);
    const card = blocksOf(target)
      .find(({ type }) => type === 1)
      ?.body.subarray(8);
    expect(new Map(optionsOf(card ?? Buffer.alloc(0))).get(13)).toEqual(Buffer.from([4]));
    if (hasCapinfos) expect(capinfos("-I")).toContain("FCS length = 4");
  });

  it("says nothing of secrets in a capture of which it writes no packet", () => {
    const capture = Buffer.concat([
      little.section(),
      little.card(),
      little.secrets(TLS_KEY_LOG, KEY),
      ...PACKETS.map((packet) => little.packet(packet)),
    ]);
    const { stderr } = annotate(capture, "--only", "return-missing", "--keep-secrets");
    expect(stderr).toContain("the file holds no packets");
    expect(blocksOf(target).map(({ type }) => type)).toEqual([0x0a0d0d0a]);
    expect(annotate(capture, "--only", "return-missing").stderr).not.toContain("secrets");
  });

  it("keeps comments of packets whose time is outside 1970 to 2106, and writes time 0", () => {
    const late = 2n ** 33n * 1_000_000n;
    const capture = Buffer.concat([
      little.section(),
      little.card(),
      ...PACKETS.map((packet, i) =>
        little.packet(i === 3 ? { ...packet, time: late } : packet, [1, Buffer.from(`number ${i}`)]),
      ),
    ]);
    annotate(capture, "--only", "unproven,ok,mixed,asymmetric,return-missing,not-office365");
    const found = blocksOf(target).find(({ body }) => body.includes("number 3"));
    expect(found?.body.readBigUInt64LE(4)).toBe(0n);
  });
});
