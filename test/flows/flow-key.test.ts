import { describe, expect, it } from "vitest";
import { FlowKey } from "../../src/flows/flow-key.ts";

const CLIENT = [0, 0, 0xffff, 0x0a000001];

/** A server whose 32 bits of key are those of others at other ports: the first steps of the unseeded key, turned round. */
function madeUp(port: number): number[] {
  let hash = (0x12345678 - port) >>> 0;
  hash = (hash ^ (hash >>> 15) ^ (hash >>> 30)) >>> 0;
  return [0, 0, 0xffff, (Math.imul(hash, inverse(0x9e3779b1)) ^ 0x6f333635) >>> 0];
}

/** Of an odd number, modulo 2^32 (Newton). */
function inverse(odd: number): number {
  let value = odd;
  for (let i = 0; i < 5; i++) value = Math.imul(value, 2 - Math.imul(odd, value));
  return value;
}

describe("a key with the run's seed", () => {
  it("differs for 5-tuples that were made up to share one", () => {
    const keysOf = (key: FlowKey): Set<number> => {
      const keys = new Set<number>();
      for (let port = 1; port <= 1000; port++) {
        key.ofRecord(CLIENT, madeUp(port), (5000 << 16) | port, 17);
        keys.add(key.high);
      }
      return keys;
    };
    expect(keysOf(new FlowKey()).size).toBe(1); // what is written to files is the same in each run
    expect(keysOf(new FlowKey(0x1badcafe)).size).toBeGreaterThan(900);
  });
});
