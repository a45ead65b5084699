import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Noise } from "../support/bytes.ts";
import { at, Tape, UdpConversation } from "../support/conversation.ts";
import { audit, classified, rowsOf, settingsFor } from "./pipeline.ts";

const START = at("2026-03-05T12:00:00Z");

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "o365flow-fragments-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("counts fragments that came before their first one once, in a flow that crosses a border", async () => {
  const tape = new Tape();
  const noise = new Noise(5);
  const flow = new UdpConversation({
    client: { address: "10.20.30.41", port: 50_000 },
    server: { address: "52.112.7.9", port: 5002 },
    start: START,
    forward: [{ tape }],
    backward: [{ tape }],
  });
  for (let i = 0; i < 3; i++)
    flow
      .sendFragmented("client", noise.bytes(2900), 1400, [2, 0, 1])
      .sendFragmented("server", noise.bytes(1900), 1400, [1, 0])
      .wait(10_000);
  const path = join(folder, "tap.pcap");
  writeFileSync(path, tape.pcap());
  const settings = settingsFor();
  const border = Number(START / 1_000_000_000n) + 15;
  const { csv } = await audit([path], settings, { extraBorders: [border] }, join(folder, "audit"));
  expect(rowsOf(csv)).toMatchObject([{ packets_out: "9", packets_back: "6" }]);
  expect(csv).toBe(await classified([path], settings));
});
