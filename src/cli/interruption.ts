import { EXIT_INTERRUPTED } from "./exit.ts";

/**
 * What asks the program to end. On Windows also Ctrl-Break, and the window that is closed, after which some seconds are
 * left. Elsewhere a terminal that goes away is the business of `nohup`.
 */
function endingSignals(): readonly NodeJS.Signals[] {
  return process.platform === "win32" ? ["SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP"] : ["SIGINT", "SIGTERM"];
}

/**
 * Calls `stop` when somebody wants the program to end, so that it can end in good order; who asks again is not kept waiting.
 * `stop` aborts `abort`. Answers with what ends the listening.
 */
export function whenInterrupted(abort: AbortController, stop: () => void): () => void {
  const interrupt = (): void => {
    if (abort.signal.aborted) process.exit(EXIT_INTERRUPTED);
    stop();
  };
  const signals = endingSignals();
  for (const signal of signals) process.on(signal, interrupt);
  return () => {
    for (const signal of signals) process.off(signal, interrupt);
  };
}
