import { expect, it } from "vitest";
import { AuditError } from "../../src/audit/audit-error.ts";
import { CapturesChanged } from "../../src/audit/changed-captures.ts";
import { failureOf, MemoryExceeded } from "../../src/audit/run/failures.ts";
import { MemoryGuard } from "../../src/audit/run/memory-guard.ts";

function withCode(code: string, message = "write"): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}

it.each([
  ["memory", withCode("ERR_WORKER_OUT_OF_MEMORY")],
  ["memory", new MemoryExceeded("too much")],
  ["memory", new Error("Out of Memory Error: could not allocate block of size 256.0 KiB")],
  ["memory", new RangeError("Array buffer allocation failed")],
  ["disk", withCode("ENOSPC")],
  ["disk", withCode("EDQUOT")],
  ["disk", new Error('IO Error: Could not write file "x": No space left on device')],
  ["user", new AuditError("no capture named")],
  ["changed", new CapturesChanged("a capture has changed", ["/a.pcap"])],
  ["fault", new TypeError("x is not a function")],
  ["fault", withCode("EACCES")],
  ["fault", "a text that somebody threw"],
])("a %s: %s", (kind, error) => {
  expect(failureOf(error).kind).toBe(kind);
});

it("a fault keeps its stack, so that it can be reported; a message is one line", () => {
  const failure = failureOf(new TypeError("one\ntwo"));
  expect(failure.message).toBe("one");
  expect(failure.stack).toContain("failures.test");
});

it("what a thread holds beside its heap counts, what it let go does not", () => {
  const { heapUsed, external } = process.memoryUsage();
  const guard = new MemoryGuard(heapUsed + external + 150 * 2 ** 20, Number.POSITIVE_INFINITY);
  let held: Buffer[] = [];
  for (let i = 0; i < 10; i++) {
    // Never more than one at a time, though nothing was collected in between.
    held = [Buffer.alloc(30 * 2 ** 20, 1)];
    guard.check();
  }
  for (let i = 0; i < 10; i++) held.push(Buffer.alloc(30 * 2 ** 20, 1));
  expect(() => guard.check()).toThrow(/needs more memory than the [\d,]+ MB that it may take/);
  expect(held).toHaveLength(11);
});
