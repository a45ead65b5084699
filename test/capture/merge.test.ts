import { readdirSync, writeFileSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { ClockLine } from "../../src/capture/clock-line.ts";
import { expandInputs, type CaptureInput } from "../../src/capture/inputs.ts";
import { CaptureMerge, type MergeOptions } from "../../src/capture/merge.ts";
import { CaptureReader } from "../../src/capture/reader.ts";
import { concat, u32 } from "../support/bytes.ts";
import { pcap, pcapng } from "../support/captures.ts";
import { Blocks } from "./blocks.ts";
import { streamOf } from "./drain.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = temporaryFolder();
const SECOND = 1_000_000_000n;

interface Step {
  readonly name: string;
  readonly number: number;
  /** Nanoseconds after 1,700,000,000 s; -1 without a time. */
  readonly time: number;
  readonly id: number;
}

async function drainMerge(merge: CaptureMerge): Promise<Step[]> {
  const steps: Step[] = [];
  for (;;) {
    while (merge.next()) {
      const { frame } = merge;
      expect(merge.reader?.frame).toBe(frame);
      steps.push({
        name: merge.captures[merge.captureIndex]?.input.name ?? "",
        number: frame.number,
        time: frame.timed ? (frame.seconds - 1_700_000_000) * 1e9 + frame.nanoseconds : -1,
        id: frame.view.getUint32(frame.start),
      });
    }
    const more = merge.refill();
    if (!(typeof more === "boolean" ? more : await more)) return steps;
  }
}

/** A pcap file with packets at these milliseconds, each holding a number of its own. */
function file(milliseconds: readonly number[], first: number): Uint8Array {
  return pcap(
    milliseconds.map((ms, i) => ({
      time: 1_700_000_000n * SECOND + BigInt(ms) * 1_000_000n,
      bytes: u32(first + i),
    })),
    { nanoseconds: true },
  );
}

function input(name: string, bytes: Uint8Array): CaptureInput {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return { name, path, source: path };
}

async function merged(inputs: readonly CaptureInput[], options?: MergeOptions): Promise<Step[]> {
  return drainMerge(await CaptureMerge.plan(inputs, options));
}

function openFiles(): number {
  return readdirSync("/proc/self/fd").length;
}

const YEAR = 365 * 86_400_000;

describe("a capture with packets that are dated far ahead", () => {
  const places = (steps: readonly Step[]): string =>
    steps.map(({ name, number }) => `${name}${number}`).join(" ");
  const ng = (milliseconds: readonly number[]): Uint8Array =>
    pcapng(
      milliseconds.map((ms, i) => ({
        time: 1_700_000_000n * SECOND + BigInt(ms) * 1_000_000n,
        bytes: u32(i),
      })),
    );

  it.each([
    ["pcap", (ms: readonly number[]) => file(ms, 0)],
    ["pcapng", ng],
  ])("does not wait for the time of a few, in %s", async (form, write) => {
    const b = input(`b-${form}`, write([500, 1500, 2500, 3500, 4500]));
    for (const strays of [1, 2, 3]) {
      const far = Array.from({ length: strays }, (_, i) => YEAR + i);
      const a = input(`a-${form}`, write([0, 1000, ...far, 2000, 3000, 4000]));
      const steps = await merged([a, b]);
      const near = steps.filter(({ time }) => time < YEAR * 1e6);
      expect(near.map(({ time }) => time / 1e6)).toEqual([
        0, 500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500,
      ]);
      expect(places(steps).startsWith(`a-${form}1 b-${form}1 a-${form}2 `)).toBe(true);
      expect(steps).toHaveLength(10 + strays);
    }
  });

  it.each([
    ["pcap", (ms: readonly number[]) => file(ms, 0)],
    ["pcapng", ng],
  ])("waits where its time goes on from there, in %s", async (form, write) => {
    const hours = 3 * 3_600_000;
    const a = input(`a2-${form}`, write([0, hours, hours + 1, hours + 2, hours + 3, hours + 4]));
    const b = input(`b2-${form}`, write([500, hours / 2, hours + 1]));
    const times = (await merged([a, b])).map(({ time }) => time / 1e6);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    // At the end of a capture there is nothing that says otherwise.
    const c = input(`c-${form}`, write([0, hours]));
    expect((await merged([c, b])).map(({ time }) => time / 1e6)).toEqual([
      0,
      500,
      hours / 2,
      hours,
      hours + 1,
    ]);
  });
});

describe("many captures", () => {
  it("give their packets in the order of time, equal times by name", async () => {
    const inputs = [
      input("b.pcap", file([0, 10, 20, 30], 100)),
      input("a.pcap", file([5, 10, 25], 200)),
      input("c.pcap", file([], 0)),
    ];
    const steps = await merged(inputs);
    expect(steps.map((step) => step.id)).toEqual([100, 200, 201, 101, 102, 202, 103]);
    expect(await merged(inputs.toReversed())).toEqual(steps);
  });

  it("give what one sorted list of all packets would, in any number and order", async () => {
    const times = fc.array(fc.array(fc.nat(200), { maxLength: 30 }), { minLength: 1, maxLength: 24 });
    await fc.assert(
      fc.asyncProperty(times, async (lists) => {
        const sorted = lists.map((list) => list.toSorted((a, b) => a - b));
        const inputs = sorted.map((list, i) =>
          input(`property-${String(i).padStart(2, "0")}.pcap`, file(list, i * 1000)),
        );
        const wanted = sorted
          .flatMap((list, i) => list.map((ms, j) => ({ ms, i, id: i * 1000 + j })))
          .toSorted((x, y) => x.ms - y.ms || x.i - y.i || x.id - y.id)
          .map(({ id }) => id);
        expect((await merged(inputs.toReversed())).map((step) => step.id)).toEqual(wanted);
      }),
      { numRuns: 60 },
    );
  });

  it("keep the order of their own packets, also of those that go back in time or have none", async () => {
    const b = new Blocks();
    const at = (ms: number): bigint => 1_700_000_000_000_000n + BigInt(ms) * 1000n;
    const mixed = concat(
      b.section(),
      b.interface(),
      b.simplePacket(4, u32(1)),
      b.packet(0, at(10), u32(2)),
      b.simplePacket(4, u32(3)),
      b.packet(0, at(4), u32(4)),
      b.packet(0, at(30), u32(5)),
    );
    const steps = await merged([input("mixed.pcapng", mixed), input("other.pcap", file([7, 12, 40], 100))]);
    expect(steps.map((step) => step.id)).toEqual([1, 100, 2, 3, 4, 101, 5, 102]);
    expect(steps.map((step) => step.number)).toEqual([1, 1, 2, 3, 4, 2, 5, 3]);
  });

  // Linux tells which files are open.
  it.skipIf(process.platform !== "linux")("opens hundreds of rotated files one after the other", async () => {
    const inputs = Array.from({ length: 300 }, (_, i) =>
      input(`rotated-${String(i).padStart(4, "0")}.pcap`, file([i * 10, i * 10 + 4, i * 10 + 9], i * 10)),
    );
    const before = openFiles();
    const merge = await CaptureMerge.plan(inputs.toReversed());
    expect(openFiles() - before).toBeLessThan(4);
    let most = 0;
    let count = 0;
    let last = -1;
    for (;;) {
      while (merge.next()) {
        const id = merge.frame.view.getUint32(merge.frame.start);
        expect(id).toBeGreaterThan(last);
        last = id;
        if (++count % 50 === 0) most = Math.max(most, openFiles() - before);
      }
      const more = merge.refill();
      if (!(typeof more === "boolean" ? more : await more)) break;
    }
    expect(count).toBe(900);
    expect(most).toBeLessThan(4);
    expect(merge.captures.every((capture) => capture.reader?.packets === 3)).toBe(true);
    expect(merge.bytesRead).toBe(merge.size);
  });

  it("knows how far it is without a look at every capture", async () => {
    const inputs = Array.from({ length: 200 }, (_, i): CaptureInput => {
      const name = `far-${String(i).padStart(3, "0")}.pcap`;
      const path = join(folder, name);
      writeFileSync(path, file([i * 1000, i * 1000 + 500], i * 2));
      return { name, path, source: path };
    });
    const merge = await CaptureMerge.plan(inputs);
    const looks = vi.spyOn(CaptureReader.prototype, "bytesRead", "get");
    let last = 0;
    for (;;) {
      while (merge.next());
      expect(merge.bytesRead).toBeGreaterThanOrEqual(last);
      last = merge.bytesRead;
      const more = merge.refill();
      if (!(typeof more === "boolean" ? more : await more)) break;
    }
    expect(looks.mock.calls.length).toBeLessThan(200 * 5);
    looks.mockRestore();
    expect(merge.bytesRead).toBe(merge.size);
  });

  it("shifts a capture's place in time by its clock offset, and not the times of its packets", async () => {
    const inputs = [
      input("tap-a.pcap", file([0, 10, 20], 100)),
      input("tap-b.pcap", file([1000, 1010], 200)),
    ];
    const steps = await merged(inputs, {
      clockOf: ({ name }) => ClockLine.constant(name === "tap-b.pcap" ? -995_000_000 : 0),
    });
    expect(steps.map((step) => step.id)).toEqual([100, 200, 101, 201, 102]);
    expect(steps[1]?.time).toBe(1_000_000_000);
  });

  it("merges standard input with files", async () => {
    const stdin: CaptureInput = { name: "-", path: "-", source: streamOf(file([2, 6], 100), [10]) };
    const steps = await merged([input("beside.pcap", file([1, 5, 7], 200)), stdin]);
    expect(steps.map((step) => [step.name, step.id])).toEqual([
      ["beside.pcap", 200],
      ["-", 100],
      ["beside.pcap", 201],
      ["-", 101],
      ["beside.pcap", 202],
    ]);
  });

  it("are read as far as they can be: errors and damage stay with their capture", async () => {
    const good = input("good.pcap", file([1, 2], 100));
    const cut = input("cut.pcap", file([1, 2], 200).subarray(0, 62));
    const merge = await CaptureMerge.plan([
      good,
      cut,
      input("text.pcap", new TextEncoder().encode("text, and no capture")),
      { name: "gone.pcap", path: "/gone.pcap", source: "/gone.pcap" },
    ]);
    expect((await drainMerge(merge)).map((step) => step.id)).toEqual([200, 100, 101]);
    expect(merge.errors.map((error) => [error.path, error.code])).toEqual([
      ["/gone.pcap", "missing"],
      [join(folder, "text.pcap"), "not-a-capture"],
    ]);
    expect(merge.captures.map((capture) => [capture.input.name, capture.status])).toEqual([
      ["cut.pcap", "truncated"],
      ["good.pcap", "ok"],
    ]);
  });

  it("says of a file that vanished before its turn that it is damaged", async () => {
    const inputs = Array.from({ length: 20 }, (_, i) => input(`vanish-${i}.pcap`, file([i], i)));
    const merge = await CaptureMerge.plan(inputs);
    unlinkSync(join(folder, "vanish-7.pcap"));
    const ids = (await drainMerge(merge)).map((step) => step.id);
    expect(ids).toHaveLength(19);
    expect(ids).not.toContain(7);
    expect(merge.captures.filter((capture) => capture.status !== "ok")).toMatchObject([
      { input: { name: "vanish-7.pcap" }, status: "damaged", error: { code: "missing" } },
    ]);
  });

  it("are nothing but the reader when there is only one", async () => {
    const merge = await CaptureMerge.plan([
      input("one.pcapng", pcapng([{ time: 5n * SECOND, bytes: u32(9) }])),
    ]);
    expect((await drainMerge(merge)).map((step) => step.id)).toEqual([9]);
    expect(merge.captures[0]?.reader?.format).toBe("pcapng");
    expect((await drainMerge(await CaptureMerge.plan([]))).length).toBe(0);
  });

  it("of a folder come in one order", async () => {
    const { inputs } = await expandInputs([folder]);
    const steps = await merged(inputs);
    expect(steps.length).toBeGreaterThan(900);
    expect(await merged(inputs.toReversed())).toEqual(steps);
  });
});
