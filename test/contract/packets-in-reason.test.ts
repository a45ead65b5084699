import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { siteFromText } from "../../src/site/load.ts";
import { classifyFiles } from "../classify/classify-files.ts";
import { Noise } from "../support/bytes.ts";
import { at, milliseconds, type Tap, Tape, TcpConversation } from "../support/conversation.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = temporaryFolder();
const START = at("2026-03-09T10:00:00Z");

/** Three packets out and two back of a handshake and a request, then four seconds of one each way and an acknowledgement. */
function talk(taps: readonly Tap[]): void {
  const noise = new Noise(5);
  const conversation = new TcpConversation({
    client: { address: "10.20.30.41", port: 51000 },
    server: { address: "52.113.194.132", port: 443 },
    start: START,
    forward: taps,
    backward: taps,
  });
  conversation.connect();
  for (let i = 1; i < 5; i++)
    conversation.until(START + milliseconds(1000 * i)).send("client", noise.bytes(300));
}

async function rowOf(
  captures: Readonly<Record<string, Tape>>,
  paths: string,
): Promise<{ reason: string; packets_out: number }> {
  const files = Object.entries(captures).map(([name, tape]) => {
    const path = join(folder, name);
    writeFileSync(path, tape.pcap());
    return path;
  });
  const { rows } = await classifyFiles(files, siteFromText(`version: 1\npaths:\n${paths}`, "site.yaml"));
  return rows[0] as unknown as { reason: string; packets_out: number };
}

describe("packets of a direction that show one thing in several link contexts", () => {
  it("are all counted in `reason` where a date at which markers change parts them", async () => {
    const tape = new Tape();
    talk([{ tape }]);
    const { reason, packets_out } = await rowOf(
      { "er1.pcap": tape },
      '  - { name: er, kind: expressroute, files: ["er*"] }\n  - { name: isp, kind: internet, match: [{ file: "isp*", from: "2026-03-09T10:00:02" }] }\n',
    );
    expect(packets_out).toBe(6);
    expect(reason).toContain("out expressroute (file er1.pcap, 6 packets from #1)");
  });

  it("count once where copies show the same", async () => {
    const [one, other] = [new Tape(), new Tape()];
    talk([
      { tape: one, vlans: [100] },
      { tape: other, vlans: [100], laterMs: 1 },
    ]);
    const { reason } = await rowOf(
      { "a.pcap": one, "b.pcap": other },
      '  - { name: er, kind: expressroute, vlans: ["100"] }\n',
    );
    expect(reason).toContain("out expressroute (VLAN 100, 6 packets from #1)");
  });
});
