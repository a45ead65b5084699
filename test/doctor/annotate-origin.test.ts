import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { o365flow, type Run } from "../cli/run.ts";
import { ROOT } from "../support/shared.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { blocksOf, optionsOf, Order, packetsOf, type Options } from "./blocks.ts";

const folder = temporaryFolder();
const FAILOVER = join(ROOT, "fixtures", "failover");
const PCAP = join(FAILOVER, "failover.pcap");
const PACKETS = packetsOf(PCAP);
const target = join(folder, "findings.pcapng");
const hasCapinfos = spawnSync("capinfos", ["--version"]).status === 0;
const version = (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string }).version;

const [COMMENT, HARDWARE, SYSTEM, APPLICATION, CUSTOM, CUSTOM_NOT_COPIED] = [1, 2, 3, 4, 2989, 19373];
const text = (value: string): Buffer => Buffer.from(value);
const machine = (name: string): Options => [
  [HARDWARE, text(`${name} CPU`)],
  [SYSTEM, text(`${name} OS`)],
  [APPLICATION, text(`${name} dump`)],
];

/** A capture of one section with all packets. */
function capture(order: Order, options: Options, name = "eth0"): Buffer {
  return Buffer.concat([
    order.section(...options),
    order.card([2, text(name)]),
    ...PACKETS.map((packet) => order.packet(packet)),
  ]);
}

function annotate(files: Readonly<Record<string, Buffer>>, ...more: readonly string[]): Run {
  const names = Object.entries(files).map(([name, bytes]) => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  });
  const site = ["--site", join(FAILOVER, "site.yaml")];
  const run = o365flow(["annotate", ...names, ...more, ...site, "-w", target]);
  expect(run.status).toBe(0);
  return run;
}

/** Options of the one section that is written, text as text. */
function header(): (readonly [number, string])[] {
  const [section] = blocksOf(target).filter(({ type }) => type === 0x0a0d0d0a);
  return optionsOf(section?.body.subarray(16) ?? Buffer.alloc(0)).map(([code, value]) => [
    code,
    value.toString(code === CUSTOM ? "hex" : "utf8"),
  ]);
}

const OURS = [APPLICATION, `o365flow ${version}`] as const;

it.each([
  ["little", new Order(true)],
  ["big", new Order(false)],
])("what one %s-endian section says of its machine stands in the header", (_, order) => {
  const custom = Buffer.concat([order.u32(32473), Buffer.from([7, 8])]);
  annotate({
    "in.pcapng": capture(order, [
      [COMMENT, text("ticket 4711")],
      ...machine("probe"),
      [CUSTOM, custom],
      [CUSTOM_NOT_COPIED, custom],
      [COMMENT, text("by Ann")],
      [40000, text("x")],
    ]),
  });
  expect(header()).toEqual([
    [HARDWARE, "probe CPU"],
    [SYSTEM, "probe OS"],
    OURS,
    [COMMENT, "in.pcapng: written by probe dump"],
    [COMMENT, "ticket 4711"],
    [CUSTOM, "d97e00000708"],
    [COMMENT, "by Ann"],
  ]);
  if (!hasCapinfos) return;
  const shown = spawnSync("capinfos", ["-k", target], { encoding: "utf8" }).stdout;
  expect(shown).toMatch(/Capture comment:\s+ticket 4711/);
});

it("of several captures it is said which of them says what", () => {
  const order = new Order(true);
  const ours = machine("probe");
  annotate(
    {
      "a.pcapng": capture(order, [...ours, [COMMENT, text("both")], [COMMENT, text("mine")]]),
      "b.pcapng": capture(order, [...ours, [COMMENT, text("both")]]),
    },
    "--quiet",
  );
  expect(header()).toEqual([
    [HARDWARE, "probe CPU"],
    [SYSTEM, "probe OS"],
    OURS,
    [COMMENT, "a.pcapng, b.pcapng: written by probe dump"],
    [COMMENT, "both"],
    [COMMENT, "a.pcapng: mine"],
  ]);
  annotate(
    {
      "a.pcapng": capture(order, [...ours, [COMMENT, text("mine")]]),
      "b.pcapng": capture(order, machine("other")),
    },
    PCAP,
  );
  expect(header()).toEqual([
    OURS,
    [COMMENT, "a.pcapng: hardware probe CPU; system probe OS; written by probe dump"],
    [COMMENT, "b.pcapng: hardware other CPU; system other OS; written by other dump"],
    [COMMENT, "a.pcapng: mine"],
  ]);
});

it("what a later section says stands at its interfaces", () => {
  const order = new Order(true);
  const none = Buffer.concat([order.section([COMMENT, text("first")]), order.card([2, text("unused")])]);
  annotate({
    "in.pcapng": Buffer.concat([none, capture(order, [...machine("probe"), [COMMENT, text("second")]])]),
  });
  expect(header()).toEqual([OURS, [COMMENT, "first"]]);
  const cards = blocksOf(target).filter(({ type }) => type === 1);
  expect(cards).toHaveLength(1);
  expect(optionsOf(cards[0]?.body.subarray(8) ?? Buffer.alloc(0)).slice(3)).toEqual([
    [COMMENT, text("second")],
    [COMMENT, text("its section: hardware probe CPU; system probe OS; written by probe dump")],
  ]);
});

it("blocks of kinds that are not copied are counted, and headers stay as long as readers take them", () => {
  const order = new Order(true);
  const long = Array.from({ length: 7 }, (_, i): [number, Buffer] => [COMMENT, Buffer.alloc(65_000, 97 + i)]);
  const more = Array.from({ length: 7 }, (_, i): [number, Buffer] => [COMMENT, Buffer.alloc(65_000, 65 + i)]);
  const journal = order.block(9, Buffer.from("__REALTIME_TIMESTAMP=1\n\0"));
  const { stderr } = annotate({
    "a.pcapng": Buffer.concat([capture(order, long), journal, order.block(0xbad, order.u32(32473))]),
    "b.pcapng": capture(order, more),
  });
  expect(stderr).toContain("2 blocks of other kinds (custom, journal entries) not copied");
  expect(stderr).toMatch(/7 blocks of .*descriptions left out/);
  expect(o365flow(["classify", target]).status).toBe(0);
});

it("statistics of an interface that is not declared are told of as such", () => {
  const order = new Order(true);
  const file = join(folder, "statistics.pcapng");
  const statistics = order.block(5, order.u32(3), Buffer.alloc(8));
  writeFileSync(file, Buffer.concat([capture(order, []), statistics]));
  const { status, stderr } = o365flow(["classify", file, "--csv"]);
  expect(status).toBe(3);
  expect(stderr).toMatch(/block at byte [\d,]+ holds what was counted at interface 3/);
});
