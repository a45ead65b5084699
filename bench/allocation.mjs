// node --max-semi-space-size=1 bench/allocation.mjs: how many bytes of garbage a packet of a steady flow makes, told from
// how often the young generation was collected for a short capture and for one five times as long. Build first.
// A number of allocations, not a time: it is the same on a busy machine, so that the tests can hold it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, PerformanceObserver } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { classify, defaultSite, expandInputs, loadEndpoints } from "../dist/index.js";
import { writeCallsCapture } from "./calls-capture.mjs";

/** A semi-space of 1 MiB is full when as much was allocated, less what survived. */
const YOUNG_BYTES = 1 << 20;
const SHORT = 60_000;
const LONG = 5 * SHORT;

let collections = 0;
new PerformanceObserver((list) => {
  for (const { detail } of list.getEntries())
    if (detail.kind === constants.NODE_PERFORMANCE_GC_MINOR) collections += 1;
}).observe({ entryTypes: ["gc"] });

const folder = mkdtempSync(join(tmpdir(), "o365flow-allocation-"));
try {
  const history = loadEndpoints("worldwide");
  const collectionsOf = async (packets) => {
    const path = join(folder, `${packets}.pcap`);
    writeCallsCapture(path, packets);
    const { inputs } = await expandInputs([path]);
    await setTimeout(50); // what is due of earlier work is told now
    const before = collections;
    await classify({ inputs, site: defaultSite(), history, onFlow: () => undefined });
    await setTimeout(50);
    return collections - before;
  };
  await collectionsOf(SHORT); // compiles
  const short = await collectionsOf(SHORT);
  const long = await collectionsOf(LONG);
  const bytes = ((long - short) * YOUNG_BYTES) / (LONG - SHORT);
  console.log(JSON.stringify({ short, long, bytesAPacket: Math.round(bytes * 10) / 10 }));
} finally {
  rmSync(folder, { recursive: true });
}
