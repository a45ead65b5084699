import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const script = fileURLToPath(new URL("../../bench/allocation.mjs", import.meta.url));

/** The smallest object that a packet could make has 24 bytes, a boxed number 16. */
const MOST_BYTES = 16;

/** A row of 74 columns is about 10 kB of objects, arrays and texts: paths, evidence, decision, cells. */
const MOST_ROW_BYTES = 12_000;

it("a packet of a steady flow makes next to no garbage: no object, no boxed number; a row no more than it needs", () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--max-semi-space-size=1", script], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const { bytesAPacket, long, bytesARow } = JSON.parse(stdout) as Record<string, number>;
  expect(long).toBeGreaterThan(0); // it does measure
  expect(bytesAPacket).toBeLessThan(MOST_BYTES);
  expect(bytesARow).toBeGreaterThan(0);
  expect(bytesARow).toBeLessThan(MOST_ROW_BYTES);
});
