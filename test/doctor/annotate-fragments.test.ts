import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { o365flow } from "../cli/run.ts";
import { pcap } from "../support/captures.ts";
import { ethernet, ip, udp } from "../support/packets.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true }));
const hasTshark = spawnSync("tshark", ["--version"]).status === 0;

const OURS = { source: "10.0.0.5", sourcePort: 50000 };
const THEIRS = { source: "52.112.0.10", sourcePort: 3478 };
const out = udp(
  { ...OURS, destination: THEIRS.source, destinationPort: THEIRS.sourcePort },
  Buffer.alloc(100, 1),
);
const back = udp(
  { ...THEIRS, destination: OURS.source, destinationPort: OURS.sourcePort },
  Buffer.alloc(100, 2),
);
const long = udp(
  { ...THEIRS, destination: OURS.source, destinationPort: OURS.sourcePort },
  Buffer.alloc(3072, 3),
).subarray(20);

/** One of the three fragments of the long answer; another datagram's have other ends, and no first fragment. */
function fragment(at: 0 | 1480 | 2960, source: string = THEIRS.source): Uint8Array {
  return ip(
    {
      source,
      destination: OURS.source,
      protocol: 17,
      id: 900,
      fragment: (at < 2960 ? 0x2000 : 0) | (at / 8),
    },
    long.subarray(at, at + 1480),
  );
}

describe("annotate", () => {
  it("writes fragments that came before the first one of their datagram directly before that", () => {
    const capture = join(folder, "fragments.pcap");
    const target = join(folder, "findings.pcapng");
    const frames: [number, Uint8Array][] = [
      [100, out],
      [200, back],
      [200, fragment(2960)],
      [200, fragment(1480, "52.112.0.11")],
      [100, out],
      [200, fragment(1480)],
      [200, fragment(0)],
      [200, back],
    ];
    writeFileSync(
      capture,
      pcap(
        frames.map(([vlan, packet], i) => ({
          time: 1_700_000_000_000_000_000n + BigInt(i) * 20_000_000n,
          bytes: ethernet({ etherType: 0x0800, vlans: [vlan] }, packet),
        })),
      ),
    );
    const markers = ["--expressroute", "vlan=100", "--internet", "vlan=200"];
    const run = o365flow(["annotate", capture, ...markers, "-w", target]);
    expect(run.status).toBe(0);
    expect(run.stderr).toContain("7 packets of 1 flow");
    // The other datagram's fragment alone is in no flow.
    expect(o365flow(["classify", capture, ...markers]).stderr).toContain(
      "8 packets, 1 flow, 1 row, 1 packet outside flows",
    );
    if (!hasTshark) return;
    const fields = ["-T", "fields", "-e", "ip.len", "-e", "udp.length"];
    const shown = spawnSync("tshark", ["-r", target, "-o", "ip.defragment:TRUE", ...fields], {
      encoding: "utf8",
    });
    expect(shown.stdout.trim().split("\n")).toEqual([
      ...["128\t108", "128\t108", "128\t108"],
      ...["140\t", "1500\t", "1500\t3080"],
      "128\t108",
    ]);
  });
});
