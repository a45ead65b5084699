import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../support/shared.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { o365flow } from "./run.ts";

const folder = temporaryFolder();
const EDGE = join(ROOT, "fixtures/edge-two-interfaces/edge.pcapng");

const cut = join(folder, "cut.pcapng");
writeFileSync(cut, readFileSync(EDGE).subarray(0, 3000));
const none = join(folder, "none.pcap");
writeFileSync(none, "no capture\n");

it.each([
  ["classify", cut, none],
  ["calls", cut, none],
  ["doctor", cut, none],
  ["site", "learn", cut, none],
  ["annotate", cut, none, "-w", join(folder, "findings.pcapng")],
  ["explain", cut, none, `${cut}#1`],
])("%s says why it ends with status 3: one capture is cut, another is none", (...args) => {
  const run = o365flow([...args, "-q"]);
  expect(run.status).toBe(3);
  expect(run.stderr).toContain("cut.pcapng: block at byte 2,416 ends after 584 bytes; wanted 1,548 bytes");
  expect(run.stderr).toContain("none.pcap is no capture: it looks like text");
});
