// node --max-semi-space-size=1 bench/allocation.mjs: how many bytes of garbage a packet of a steady flow makes, told from
// how often the young generation was collected for a short capture and for one five times as long; and how many a flow's row
// makes, judged and written, told from captures of few and of many flows with their rows and without. Build first.
// A number of allocations, not a time: it is the same on a busy machine, so that the tests can hold it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, PerformanceObserver } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import {
  classify,
  csvByteWriter,
  defaultSite,
  expandInputs,
  FLOW_COLUMNS,
  loadEndpoints,
  loadSite,
} from "../dist/index.js";
import { writeCallsCapture } from "./calls-capture.mjs";

/** A semi-space of 1 MiB is full when as much was allocated, less what survived. */
const YOUNG_BYTES = 1 << 20;
const SHORT = 60_000;
const LONG = 5 * SHORT;
const FEW = 4_000;
const MANY = 5 * FEW;
const SITE = `
version: 1
paths:
  - { name: circuit, kind: expressroute, vlans: [100] }
  - { name: uplink, kind: internet, vlans: [200] }
`;

let collections = 0;
new PerformanceObserver((list) => {
  for (const { detail } of list.getEntries())
    if (detail.kind === constants.NODE_PERFORMANCE_GC_MINOR) collections += 1;
}).observe({ entryTypes: ["gc"] });

const folder = mkdtempSync(join(tmpdir(), "o365flow-allocation-"));
try {
  const history = loadEndpoints("worldwide");
  const collectionsOf = async (packets, { calls, site = defaultSite(), onFlow = () => undefined } = {}) => {
    const path = join(folder, `${packets}.pcap`);
    writeCallsCapture(path, packets, calls);
    const { inputs } = await expandInputs([path]);
    await setTimeout(50); // what is due of earlier work is told now
    const before = collections;
    await classify({ inputs, site, history, onFlow });
    await setTimeout(50);
    return collections - before;
  };
  await collectionsOf(LONG); // compiles
  const short = await collectionsOf(SHORT);
  const long = await collectionsOf(LONG);
  const perPacket = ((long - short) * YOUNG_BYTES) / (LONG - SHORT);

  writeFileSync(join(folder, "site.yaml"), SITE);
  const site = loadSite(join(folder, "site.yaml"));
  const writer = csvByteWriter({ columns: FLOW_COLUMNS, time: "iso", eol: "lf", bom: false });
  const rowsOf = async (flows) => {
    const about = { calls: flows / 2, site };
    const without = await collectionsOf(4 * flows, about);
    const rows = await collectionsOf(4 * flows, { ...about, onFlow: (flow) => writer.rows([flow.row]) });
    return rows - without;
  };
  await rowsOf(FEW); // compiles
  const few = await rowsOf(FEW);
  const many = await rowsOf(MANY);
  const perRow = ((many - few) * YOUNG_BYTES) / (MANY - FEW);
  const tenths = (bytes) => Math.round(bytes * 10) / 10;
  console.log(
    JSON.stringify({ short, long, bytesAPacket: tenths(perPacket), few, many, bytesARow: tenths(perRow) }),
  );
} finally {
  rmSync(folder, { recursive: true });
}
