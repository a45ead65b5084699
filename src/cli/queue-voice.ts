import type { AuditVoice } from "./audit-progress.ts";

/**
 * What the queue's package writes to the console, such as that its server may throw keys away, is said as our notes are: once,
 * not at all with --quiet, and as an object between those of `--progress json`.
 */
export function hearQueueWarnings(voice: AuditVoice): void {
  const said = new Set<string>();
  console.warn = console.error = (...words: readonly unknown[]): void => {
    const text = words.map(String).join(" ").replace(/\s+/g, " ").trim();
    if (!said.has(text)) voice.note(`queue: ${text}`);
    said.add(text);
  };
}
