import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Blocks } from "../capture/blocks.ts";
import { classifyFiles } from "../classify/classify-files.ts";
import { load } from "../site/reading.ts";
import { concat } from "../support/bytes.ts";
import { ethernetIp, tcp, TCP_SYN } from "../support/packets.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = temporaryFolder();
const frame = ethernetIp(
  { vlans: [100] },
  tcp({
    ...{ source: "10.1.1.1", destination: "52.112.1.1", sourcePort: 50002, destinationPort: 443 },
    ...{ id: 1, sequence: 1, flags: TCP_SYN },
  }),
);
const b = new Blocks();
/** 2026-10-31T12:00:00Z in microseconds. */
const IN_TIME = 1_793_448_000_000_000n;

async function pathOf(match: string, ...packets: readonly Uint8Array[]): Promise<unknown> {
  const path = join(folder, "a.pcapng");
  writeFileSync(path, concat(b.section(), b.interface(), ...packets));
  const site = load(`version: 1\npaths:\n  - { name: er, kind: expressroute, match: [${match}] }\n`);
  const { rows } = await classifyFiles([path], site);
  return rows.map((row) => [row.path_out, row.path_out_basis.join()]);
}

const UNTIMED = b.simplePacket(frame.length, frame);
const PROVED = [["expressroute", "vlan"]];
const UNKNOWN = [["unknown", ""]];

// A packet without a time cannot be shown to lie before or after a date.
describe("a match item and packets without a time", () => {
  it.each([
    ['{ vlan: "100" }', PROVED],
    ['{ vlan: "100", from: 2026-10-01 }', UNKNOWN],
    ['{ vlan: "100", to: 2026-11-01 }', UNKNOWN],
    ['{ vlan: "100", from: 1970-01-01 }', UNKNOWN],
    ['{ vlan: "100", from: 2026-10-01, to: 2026-11-01 }', UNKNOWN],
    ['{ vlan: "100", to: 2026-11-01 }, { vlan: "100", from: 2026-11-01 }', UNKNOWN],
  ])("%s", async (match, wanted) => {
    expect(await pathOf(match, UNTIMED)).toEqual(wanted);
  });

  it("holds for those with one, before and after", async () => {
    const match = '{ vlan: "100", to: 2026-11-01 }';
    const timed = b.packet(0, IN_TIME, frame);
    expect(await pathOf(match, timed)).toEqual(PROVED);
    expect(await pathOf(match, UNTIMED, timed, UNTIMED)).toEqual(PROVED);
  });
});
