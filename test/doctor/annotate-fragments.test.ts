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

  /** A GRE packet between two routers in fragments, the first of 1480 bytes: it carries a datagram of the flow. */
  const carried = udp(
    { ...THEIRS, destination: OURS.source, destinationPort: OURS.sourcePort },
    Buffer.alloc(2000, 4),
  );
  const gre = Uint8Array.of(0, 0, 8, 0, ...carried);
  const outer = (at: 0 | 1480, id = 901): Uint8Array =>
    ip(
      {
        source: "192.0.2.1",
        destination: "192.0.2.2",
        protocol: 47,
        id,
        fragment: (at === 0 ? 0x2000 : 0) | (at / 8),
      },
      gre.subarray(at, at + 1480),
    );

  it.each([
    ["in order", [outer(0), outer(1480)], ["1500", "572"]],
    ["the last one first", [outer(1480), outer(0)], ["572", "1500"]],
    [
      "among those of a datagram that is never whole",
      [outer(0), outer(0, 902), outer(1480)],
      ["1500", "572"],
    ],
  ])("writes every fragment of a tunnel's outer packet, %s", (name, outers, lengths) => {
    const capture = join(folder, "tunnel.pcap");
    const target = join(folder, "tunnel.pcapng");
    const frames: [number, Uint8Array][] = [
      [100, out],
      ...outers.map((packet): [number, Uint8Array] => [200, packet]),
      [100, out],
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
    const wanted = ["--only", "unproven,asymmetric,expressroute-instead,internet-instead"];
    const run = o365flow(["annotate", capture, "--expressroute", "vlan=100", ...wanted, "-w", target]);
    expect([name, run.status, run.stderr]).toEqual([name, 0, expect.stringContaining("4 packets of 1 flow")]);
    const counts = ["--columns", "packets_out,bytes_out,packets_back,bytes_back"];
    expect(o365flow(["classify", target, ...counts]).stdout).toBe(
      o365flow(["classify", capture, ...counts]).stdout,
    );
    if (!hasTshark) return;
    const fields = ["-o", "ip.defragment:FALSE", "-T", "fields", "-E", "occurrence=f", "-e", "ip.len"];
    const shown = spawnSync("tshark", ["-r", target, ...fields], { encoding: "utf8" });
    expect(shown.stdout.trim().split("\n")).toEqual(["128", ...lengths, "128"]);
  });

  it("writes the fragments behind the first one of a tunnel's outer packet that the snap length cut", () => {
    const capture = join(folder, "cut-tunnel.pcap");
    const target = join(folder, "cut-tunnel.pcapng");
    const frames = [out, outer(0), outer(1480), outer(1480, 902)];
    writeFileSync(
      capture,
      pcap(
        frames.map((packet, i) => {
          const whole = ethernet({ etherType: 0x0800 }, packet);
          return {
            time: 1_700_000_000_000_000_000n + BigInt(i) * 20_000_000n,
            bytes: whole.subarray(0, 200),
            originalLength: whole.length,
          };
        }),
      ),
    );
    const run = o365flow(["annotate", capture, "--only", "unproven", "-w", target]);
    expect([run.status, run.stderr]).toEqual([0, expect.stringContaining("3 packets of 1 flow")]);
  });
});
