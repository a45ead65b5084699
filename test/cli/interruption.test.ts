import { afterEach, expect, it, vi } from "vitest";
import { whenInterrupted } from "../../src/cli/interruption.ts";

const { platform } = process;
afterEach(() => {
  Object.defineProperty(process, "platform", { value: platform });
  vi.restoreAllMocks();
});

it.each([
  ["win32", ["SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP"]],
  // A program that listens to SIGHUP would end where `nohup` has told it not to.
  ["linux", ["SIGINT", "SIGTERM"]],
  ["darwin", ["SIGINT", "SIGTERM"]],
])("on %s a run ends in good order at %j, and listens no longer than it lasts", (value, signals) => {
  Object.defineProperty(process, "platform", { value });
  const heard = new Map<string | symbol, () => void>();
  vi.spyOn(process, "on").mockImplementation((name, listener) => {
    heard.set(name, listener);
    return process;
  });
  vi.spyOn(process, "off").mockImplementation((name, listener) => {
    if (heard.get(name) === listener) heard.delete(name);
    return process;
  });
  const exit = vi.spyOn(process, "exit").mockImplementation(() => undefined as never);
  for (const signal of signals) {
    const abort = new AbortController();
    const stop = whenInterrupted(abort, () => abort.abort());
    expect([...heard.keys()]).toEqual(signals);
    heard.get(signal)?.();
    expect(abort.signal.aborted).toBe(true);
    expect(exit).not.toHaveBeenCalled();
    heard.get(signal)?.();
    expect(exit).toHaveBeenCalledWith(130);
    exit.mockClear();
    stop();
    expect(heard.size).toBe(0);
  }
});
