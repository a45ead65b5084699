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
