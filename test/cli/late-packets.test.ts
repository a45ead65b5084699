import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { ROOT } from "../support/shared.ts";
import { o365flow } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TAP = readFileSync(join(ROOT, "fixtures", "two-taps", "lon-er1-tap.pcap"));
/** Length of a pcap's file header. */
const HEADER = 24;

it.each([
  ["in the order of time", TAP, false],
  ["with another tap's packets behind its own", Buffer.concat([TAP, TAP.subarray(HEADER)]), true],
])("a capture %s", (_how, bytes, isTold) => {
  const capture = join(folder, "tap.pcap");
  writeFileSync(capture, bytes);
  const { status, stderr } = o365flow(["classify", capture]);
  expect(status).toBe(0);
  if (isTold) expect(stderr).toMatch(/packets come up to \d+ s after later ones.*reordercap/);
  else expect(stderr).not.toContain("later ones");
});

it("tells nothing of two captures that each are in order", () => {
  const again = join(folder, "again.pcap");
  writeFileSync(again, TAP);
  const { stderr } = o365flow(["classify", again, join(ROOT, "fixtures", "two-taps", "lon-er1-tap.pcap")]);
  expect(stderr).not.toContain("later ones");
});
