import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { classify } from "../../src/classify/run.ts";
import { openEndpoints } from "../../src/endpoints/history.ts";
import { defaultSite } from "../../src/site/site.ts";
import { ascii } from "../support/bytes.ts";
import { pcap } from "../support/captures.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { temporaryFolder } from "../support/temporary.ts";

const FLOWS = 10_000;
const [source, destination] = ["192.0.2.10", "198.51.100.20"];

describe("flows that are all live at the end", () => {
  const path = join(temporaryFolder(), "many.pcap");

  beforeAll(() => {
    const packets = Array.from({ length: FLOWS }, (_, i) => {
      const packet = udp({ source, destination, sourcePort: 20_000 + i, destinationPort: 9 }, ascii("x"));
      return { time: BigInt(i) * 1000n + 1_700_000_000_000_000_000n, bytes: ethernetIp({}, packet) };
    });
    writeFileSync(path, pcap(packets));
  });

  const run = async (drain: () => Promise<void> | undefined, onFlow: () => void): Promise<number> => {
    const { flows } = await classify({
      inputs: [{ name: "many.pcap", path, source: path }],
      site: defaultSite(),
      history: await openEndpoints("worldwide"),
      onFlow,
      drain,
    });
    return flows;
  };

  it("wait for who takes their rows", async () => {
    let waiting = 0;
    let most = 0;
    const flows = await run(
      async () => {
        most = Math.max(most, waiting);
        await setTimeout(1);
        waiting = 0;
      },
      () => (waiting += 1),
    );
    expect(flows).toBe(FLOWS);
    expect(most).toBeLessThan(FLOWS / 10);
  });

  it("let others have their turn, though nobody makes them wait", async () => {
    let reported = 0;
    let seen = 0;
    const look = (): void => {
      if (reported > 0 && reported < FLOWS) seen += 1;
      if (reported < FLOWS) setImmediate(look);
    };
    look();
    await run(
      () => undefined,
      () => (reported += 1),
    );
    expect(reported).toBe(FLOWS);
    expect(seen).toBeGreaterThan(0);
  });
});

it("lets signals be heard while it reads a file that makes no rows yet", async () => {
  const path = join(temporaryFolder(), "long.pcap");
  const packet = ethernetIp(
    {},
    udp({ source, destination, sourcePort: 20_000, destinationPort: 9 }, ascii("x")),
  );
  const packets = Array.from({ length: 200_000 }, (_, i) => ({
    time: BigInt(i) * 1000n + 1_700_000_000_000_000_000n,
    bytes: packet,
  }));
  writeFileSync(path, pcap(packets));
  let isStopped = false;
  const { packets: read } = await classify({
    inputs: [{ name: "long.pcap", path, source: path }],
    site: defaultSite(),
    history: await openEndpoints("worldwide"),
    onFlow: () => undefined,
    // As a signal's handler would: in a turn of the event loop after reading has begun.
    onProgress: () => void setImmediate(() => (isStopped = true)),
    stopped: () => isStopped,
  });
  expect(read).toBeGreaterThan(0);
  expect(read).toBeLessThan(packets.length);
});
