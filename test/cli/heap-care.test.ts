import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { HeapCare } from "../../src/cli/heap-care.ts";

/** Garbage that the engine has not collected by itself: nothing but a whole collection clears a WeakRef. */
async function garbage(): Promise<WeakRef<object>> {
  const reference = new WeakRef({ garbage: true });
  // A reference holds what it points at until the turn of the event loop is over.
  await setImmediate();
  return reference;
}

it("collects once, and only where there is something to collect", async () => {
  const care = new HeapCare();
  // More than the first collection waits for: numbers of the heap, none of them a small one.
  const lives = Array.from({ length: 2_000_000 }, (_, i) => [i + 0.5]);
  const first = await garbage();
  care.look();
  expect(first.deref()).toBeUndefined();
  const second = await garbage();
  care.look();
  expect(second.deref()).toBeDefined();
  expect(lives).toHaveLength(2_000_000);
});
