import { EXIT_INTERRUPTED } from "./exit.ts";

/**
 * Calls `stop` when somebody wants the program to end, so that it can end in good order; who asks again is not kept waiting.
 * `stop` aborts `abort`. Answers with what ends the listening.
 */
export function whenInterrupted(abort: AbortController, stop: () => void): () => void {
  const interrupt = (): void => {
    if (abort.signal.aborted) process.exit(EXIT_INTERRUPTED);
    stop();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return () => {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  };
}
