import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { pcap } from "../support/captures.ts";
import { at, Tape } from "../support/conversation.ts";
import { lookup } from "../support/scenarios.ts";
import { audit, classified, rowsOf, settingsFor } from "./pipeline.ts";

const settings = settingsFor();

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "o365flow-lessons-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A lookup behind source NAT, seen inside, and outside where it is asked and where it is answered. */
function lookUp(inside: Tape, asked: Tape, answered: Tape): void {
  const nat = { address: "203.0.113.5", port: 61_000 };
  lookup(
    {
      client: { address: "10.20.30.41", port: 53_001 },
      server: "198.51.100.53",
      start: at("2026-03-05T12:00:00.200Z"),
      id: 0x2b01,
      forward: [{ tape: inside }, { tape: asked, laterMs: 0.2, nat }],
      backward: [
        { tape: answered, nat },
        { tape: inside, laterMs: 0.2 },
      ],
    },
    { name: "teams.microsoft.com", addresses: ["52.113.194.132"] },
  );
}

it("joins a lookup across source NAT whose answer comes back within the second by a tap of an earlier name", async () => {
  const [inside, asked, answered] = [new Tape(), new Tape(), new Tape()];
  lookUp(inside, asked, answered);
  const paths = Object.entries({ "a-isp": answered, "b-er": asked, "c-inside": inside }).map(
    ([name, tape]) => {
      const path = join(folder, `${name}.pcap`);
      writeFileSync(path, tape.pcap());
      return path;
    },
  );
  const { csv } = await audit(paths, settings, {}, join(folder, "audit"));
  expect(rowsOf(csv).map((row) => [row["client_ip"], row["nat_ip"], row["join_basis"]])).toEqual([
    ["10.20.30.41", "203.0.113.5", "dns-id"],
  ]);
  expect(csv).toBe(await classified(paths, settings));
});

it("joins a lookup across source NAT whose answer the inside tap wrote before the question", async () => {
  const [inside, outside] = [new Tape(), new Tape()];
  lookUp(inside, outside, outside);
  // As dumpcap writes several interfaces: each one's packets when its buffer is full.
  const captures = { "a-outside": outside.pcap(), "b-inside": pcap(inside.packets.toReversed()) };
  const paths = Object.entries(captures).map(([name, bytes]) => {
    const path = join(folder, `${name}.pcap`);
    writeFileSync(path, bytes);
    return path;
  });
  const { csv } = await audit(paths, settings, {}, join(folder, "disorder"));
  expect(rowsOf(csv).map((row) => [row["client_ip"], row["nat_ip"], row["join_basis"]])).toEqual([
    ["10.20.30.41", "203.0.113.5", "dns-id"],
  ]);
  expect(csv).toBe(await classified(paths, settings));
});
