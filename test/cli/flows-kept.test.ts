import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mostFlowsKept } from "../../src/cli/flows-kept.ts";
import { pcap } from "../support/captures.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { stun } from "../support/payloads-media.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { o365flow } from "./run.ts";

describe("how many flows of calls are kept", () => {
  it.each([
    [4 * 2 ** 30, 400_000],
    [2 ** 40, 400_000],
    [2 ** 30, 107_374],
  ])("in a heap of %i bytes at most: %i", (heap, flows) => {
    expect(mostFlowsKept(heap)).toBe(flows);
  });

  it("calls says what it left out for want of memory, and ends with status 3", () => {
    const file = join(temporaryFolder(), "many.pcap");
    const COUNT = 13_000;
    const packets = Array.from({ length: COUNT }, (_, i) => {
      const [source, sourcePort] = [`10.20.${i >> 8}.${i & 255}`, 50_000];
      const to = { source, sourcePort, destination: "52.115.66.60", destinationPort: 3479 };
      const check = stun(1, [], { transaction: new Uint8Array(12).fill(i), fingerprint: true });
      const bytes = ethernetIp(
        { source: "02:00:00:00:00:01", destination: "02:00:00:00:00:02" },
        udp(to, check),
      );
      return { time: 1_773_129_600_000_000_000n + BigInt(i) * 1_000_000n, bytes };
    });
    writeFileSync(file, pcap(packets));
    const heap = (megabytes: number): { env: Record<string, string> } => ({
      env: { NODE_OPTIONS: `--max-old-space-size=${megabytes}` },
    });
    const small = o365flow(["calls", file, "-q"], heap(64));
    expect(small.status, small.stderr).toBe(3);
    expect(small.stderr).toMatch(
      /[\d,]+ flows beyond the first [\d,]+ are in no call: give fewer captures at once, or Node more memory/,
    );
    expect(o365flow(["calls", file, "-q"], heap(512))).toMatchObject({ status: 0, stderr: "" });
  });
});
