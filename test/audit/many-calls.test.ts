import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { concat, u16, u32, u8 } from "../support/bytes.ts";
import { milliseconds, Tape, UdpConversation } from "../support/conversation.ts";
import { audit, classified, rowsOf } from "./pipeline.ts";
import { folder, settings, START } from "./stage-work.ts";

const CALLS = 120;
/** Of those so much memory keeps a few judged until their turn. */
const MEMORY_BYTES = 1 << 24;

/** RTP (RFC 3550, section 5.1) of Opus. */
function rtp(ssrc: number, packet: number): Uint8Array {
  return concat(u8(0x80, 111), u16(packet), u32(packet * 960), u32(ssrc), new Uint8Array(60).fill(packet));
}

it("calls that are judged together, more than are kept judged, have the rows of classify", async () => {
  const tape = new Tape();
  for (let call = 0; call < CALLS; call++) {
    const conversation = new UdpConversation({
      client: { address: `10.1.${2 + (call >> 8)}.${call & 255}`, port: 50_000 },
      server: { address: "52.112.7.9", port: 3479 },
      start: START + milliseconds(call),
      forward: [{ tape }],
      backward: [{ tape }],
    });
    for (let packet = 0; packet < 6; packet++)
      conversation
        .send("client", rtp(1000 + call, packet))
        .send("server", rtp(90_000 + call, packet))
        .wait(20);
  }
  const path = join(folder(), "calls.pcap");
  writeFileSync(path, tape.pcap());
  const { csv } = await audit([path], settings, { memoryBytes: MEMORY_BYTES });
  const rows = rowsOf(csv);
  expect(rows.filter(({ call_id: id }) => id !== "")).toHaveLength(CALLS);
  expect(csv).toBe(await classified([path], settings));
});

it("a call that is on hold where a batch of rows could end has the rows of classify", async () => {
  const tape = new Tape();
  const conversation = (address: string, port: number, start: bigint): UdpConversation =>
    new UdpConversation({
      client: { address, port },
      server: { address: "52.112.7.9", port: 3479 },
      start,
      forward: [{ tape }],
      backward: [{ tape }],
    });
  const held = conversation("10.1.2.3", 50_000, START);
  for (let packet = 0; packet < 300; packet++) {
    if (packet === 150) held.wait(400_000);
    held.send("client", rtp(0x5aa50001, packet)).send("server", rtp(0x7bb70001, packet)).wait(20);
  }
  for (let i = 0; i < 30; i++) {
    const other = conversation("10.1.2.4", 40_000 + i, START + milliseconds(15_000 * i));
    other.send("client", new Uint8Array(20)).send("server", new Uint8Array(20));
  }
  const path = join(folder(), "held.pcap");
  writeFileSync(path, tape.pcap());
  const { csv, result } = await audit([path], settings, { batch: { wanted: 1, most: 1000 } });
  expect(result.calls).toBe(1);
  const ids = rowsOf(csv)
    .filter(({ client_ip: ip }) => ip === "10.1.2.3")
    .map(({ call_id: id }) => id);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
  expect(csv).toBe(await classified([path], settings));
});
