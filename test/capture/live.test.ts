import { PassThrough } from "node:stream";
import { createGzip, constants } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openCapture, type CaptureReader } from "../../src/capture/reader.ts";
import { pcap, pcapng } from "../support/captures.ts";
import { u8 } from "../support/bytes.ts";

const packets = Array.from({ length: 6 }, (_, i) => ({
  time: 1_700_000_000_000_000_000n + BigInt(i) * 1_000_000_000n,
  bytes: u8(i, i, i),
}));

/** Reads until that many packets were seen in all. */
async function readTo(reader: CaptureReader, count: number): Promise<void> {
  while (reader.packets < count) {
    if (reader.next()) continue;
    const more = reader.refill();
    expect(typeof more === "boolean" ? more : await more).toBe(true);
  }
}

describe("a live capture", () => {
  it("gives pcapng packets as they come", async () => {
    const live = new PassThrough();
    const whole = pcapng(packets);
    const head = pcapng([]).length;
    const step = (whole.length - head) / packets.length;
    live.write(whole.subarray(0, head));
    const reader = await openCapture(live);
    expect(reader.interfaces).toHaveLength(0); // the blocks behind the first header are read with the packets
    for (let i = 1; i <= packets.length; i++) {
      live.write(whole.subarray(head + (i - 1) * step, head + i * step));
      await readTo(reader, i);
      expect(reader.frame.number).toBe(i);
    }
    live.end();
    while (reader.next() || (await reader.refill()));
    expect(reader).toMatchObject({ packets: 6, status: "ok" });
  });

  it("gives pcap packets as they come, the first one when the second begins", async () => {
    const live = new PassThrough();
    const whole = pcap(packets);
    live.write(whole.subarray(0, 24));
    const reader = await openCapture(live);
    for (let i = 1; i <= packets.length; i++) {
      live.write(whole.subarray(24 + (i - 1) * 19, 24 + i * 19));
      if (i > 1) await readTo(reader, i);
    }
    live.end();
    while (reader.next() || (await reader.refill()));
    expect(reader).toMatchObject({ packets: 6, status: "ok" });
  });

  it("may be compressed", async () => {
    const live = createGzip();
    const whole = pcap(packets);
    const flush = (): Promise<void> => new Promise((resolve) => live.flush(constants.Z_SYNC_FLUSH, resolve));
    live.write(whole.subarray(0, 24 + 19 * 4));
    await flush();
    const reader = await openCapture(live);
    await readTo(reader, 4);
    live.write(whole.subarray(24 + 19 * 4));
    await flush();
    await readTo(reader, 6);
    live.end();
    while (reader.next() || (await reader.refill()));
    expect(reader).toMatchObject({ packets: 6, status: "ok", compression: "gzip" });
  });

  it("that fails is reported, and its packets are kept", async () => {
    const live = new PassThrough();
    live.write(pcap(packets));
    const reader = await openCapture(live);
    await readTo(reader, 4);
    live.destroy(new Error("the network went away"));
    while (reader.next() || (await reader.refill()));
    expect(reader).toMatchObject({ packets: 6, status: "damaged", problems: [{ code: "read-failed" }] });
    expect(reader.problems[0]?.message).toContain("the network went away");
  });

  it("can be closed while it is waited for", async () => {
    const live = new PassThrough();
    live.write(pcap(packets));
    const reader = await openCapture(live);
    await readTo(reader, 6);
    expect(reader.next()).toBe(false);
    const waiting = reader.refill();
    reader.close();
    expect(await waiting).toBe(false);
    expect(reader.next()).toBe(false);
    expect(live.destroyed).toBe(true);
    expect(reader).toMatchObject({ packets: 6, status: "ok" });
  });
});
