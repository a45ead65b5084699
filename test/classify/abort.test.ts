import { readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { expandInputs } from "../../src/capture/inputs.ts";
import type { ClassifyOptions } from "../../src/classify/classify-options.ts";
import { classify } from "../../src/classify/run.ts";
import { loadEndpoints } from "../../src/endpoints/history.ts";
import { defaultSite } from "../../src/site/site.ts";
import { pcap } from "../support/captures.ts";
import { at, milliseconds } from "../support/conversation.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = temporaryFolder();
const FILES = 20;
const PACKETS = 400;

/** More captures than are kept open, each of packets as large as they may be. */
function captures(): void {
  for (let file = 0; file < FILES; file++) {
    const packets = Array.from({ length: PACKETS }, (_, i) => ({
      time: at("2026-03-05T09:00:00Z") + milliseconds(file * 1000 + i),
      bytes: ethernetIp(
        { source: "00:00:5e:00:53:01", destination: "00:00:5e:00:53:02" },
        udp(
          { source: "10.0.0.1", destination: "198.51.100.1", sourcePort: 1024 + i, destinationPort: 9 },
          new Uint8Array(8000),
        ),
      ),
    }));
    writeFileSync(join(folder, `${file}.pcap`), pcap(packets));
  }
}

async function run(path: string, options: Partial<ClassifyOptions>): Promise<number> {
  const { inputs } = await expandInputs([path]);
  const summary = await classify({
    inputs,
    site: defaultSite(),
    history: loadEndpoints("worldwide", { userData: null }),
    onFlow: () => undefined,
    ...options,
  });
  return summary.packets;
}

describe("a signal", () => {
  captures();

  it("that was given before ends the run before anything is read, and leaves no file open", async () => {
    expect(await run(folder, { signal: AbortSignal.abort() })).toBe(0);
    await setTimeout(100);
    if (process.platform !== "linux") return;
    const open = readdirSync("/proc/self/fd").map((descriptor) => {
      try {
        return readlinkSync(join("/proc/self/fd", descriptor));
      } catch {
        return ""; // the one by which the folder was read
      }
    });
    expect(open.filter((file) => file.startsWith(folder))).toEqual([]);
  });

  it("ends a run in the middle of a file, for which nobody waits", async () => {
    const file = join(folder, "0.pcap");
    const abort = new AbortController();
    const packets = await run(file, { signal: abort.signal, onProgress: () => abort.abort() });
    expect(packets).toBeLessThan(PACKETS);
    expect(await run(file, {})).toBe(PACKETS);
  });
});
