import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const script = fileURLToPath(new URL("../../bench/allocation.mjs", import.meta.url));

/** The smallest object that a packet could make has 24 bytes, a boxed number 16. */
const MOST_BYTES = 16;

it("a packet of a steady flow makes next to no garbage: no object, no boxed number", () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--max-semi-space-size=1", script], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const { bytesAPacket, long } = JSON.parse(stdout) as { bytesAPacket: number; long: number };
  expect(long).toBeGreaterThan(0); // it does measure
  expect(bytesAPacket).toBeLessThan(MOST_BYTES);
});
