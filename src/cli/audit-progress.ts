import type { Meter, Progress } from "../audit/run/meter.ts";
import { grouped } from "../count-text.ts";
import { terminalSafe } from "../files/shown-name.ts";

/** How progress is shown: a line that is drawn over on a terminal, now and then a line elsewhere, JSON, or not at all. */
export const PROGRESS_STYLES = ["auto", "json", "none"] as const;
export type ProgressStyle = (typeof PROGRESS_STYLES)[number];

const DRAW_MS = 500;
const JSON_MS = 1000;
/** Where standard error is no terminal, a line this often. */
const PLAIN_MS = 60_000;

/** All that an audit says on standard error: progress, notes, errors. */
export class AuditVoice {
  readonly #style: ProgressStyle;
  readonly #quiet: boolean;
  #shown: number;
  #drawn = false;

  constructor(style: ProgressStyle, quiet: boolean) {
    this.#style = style;
    this.#quiet = quiet;
    // A log wants no line of an audit that is over soon.
    this.#shown = style === "json" || process.stderr.isTTY ? 0 : performance.now();
  }

  error(text: string): void {
    this.#line("error", text);
  }

  note(text: string): void {
    if (!this.#quiet || this.#style === "json") this.#line("note", text);
  }

  /** Called as often as anything changes; shows it as often as is useful. */
  progress(meter: Meter): void {
    if (this.#style === "none" || (this.#quiet && this.#style !== "json")) return;
    const now = performance.now();
    const every = this.#style === "json" ? JSON_MS : process.stderr.isTTY ? DRAW_MS : PLAIN_MS;
    if (this.#shown !== 0 && now - this.#shown < every) return;
    this.#shown = now;
    const progress = meter.read();
    if (this.#style === "json") this.#json(jsonOf(progress));
    else if (process.stderr.isTTY) {
      const text = progressText(progress).slice(0, (process.stderr.columns ?? 80) - 1);
      process.stderr.write(`\r\u001b[K${text}`);
      this.#drawn = true;
    } else process.stderr.write(`o365flow: ${progressText(progress)}\n`);
  }

  /** The last state, where somebody counts along. */
  last(meter: Meter): void {
    if (this.#style === "json") this.#json(jsonOf(meter.read()));
    this.clear();
  }

  /** What it came to, for a program that reads along. */
  done(status: number, more: Readonly<Record<string, unknown>>): void {
    if (this.#style === "json") this.#json({ event: "done", status, ...more });
  }

  clear(): void {
    if (this.#drawn) process.stderr.write("\r\u001b[K");
    this.#drawn = false;
  }

  #line(event: string, text: string): void {
    if (this.#style === "json") {
      this.#json({ event, text });
      return;
    }
    this.clear();
    for (const line of text.split("\n")) process.stderr.write(`o365flow: ${terminalSafe(line)}\n`);
  }

  #json(value: Readonly<Record<string, unknown>>): void {
    process.stderr.write(`${JSON.stringify(value)}\n`);
  }
}

function jsonOf(progress: Progress): Record<string, unknown> {
  return {
    event: "progress",
    stage: progress.stage,
    tasks: progress.tasks,
    tasks_done: progress.tasksDone,
    bytes: progress.bytes,
    bytes_done: progress.bytesDone,
    bytes_per_second: progress.bytesPerSecond === undefined ? null : Math.round(progress.bytesPerSecond),
    seconds_left: progress.secondsLeft === undefined ? null : Math.round(progress.secondsLeft),
    captures: progress.captures,
    captures_done: progress.capturesDone,
    damaged: progress.damaged,
    set_aside: progress.setAside,
    flows: progress.flows,
  };
}

/** One line: what it is at, how far, how fast, how long, and what was found so far. */
export function progressText(progress: Progress): string {
  const { bytes, bytesDone, bytesPerSecond, secondsLeft } = progress;
  const share = bytes === 0 ? 100 : Math.floor((100 * bytesDone) / bytes);
  const parts = [
    `${progress.stage} ${grouped(progress.tasksDone)}/${grouped(progress.tasks)}`,
    `${sizeText(bytesDone)} of ${sizeText(bytes)} (${share} %)`,
    ...(bytesPerSecond === undefined ? [] : [`${sizeText(bytesPerSecond)}/s`]),
    ...(secondsLeft === undefined ? [] : [`${durationText(secondsLeft)} left`]),
    `files ${grouped(progress.capturesDone)}/${grouped(progress.captures)}`,
    `${grouped(progress.flows)} flows`,
    ...(progress.damaged === 0 ? [] : [`${grouped(progress.damaged)} damaged`]),
    ...(progress.setAside === 0 ? [] : [`${grouped(progress.setAside)} set aside`]),
  ];
  return parts.join(", ");
}

/** Bytes with a unit of 1,000. */
export function sizeText(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes >= 1e6) return `${Math.round(bytes / 1e6)} MB`;
  return `${Math.round(bytes / 1e3)} kB`;
}

/** Time left, no finer than it can be told. */
export function durationText(seconds: number): string {
  if (seconds >= 5400) return `${(seconds / 3600).toFixed(1)} h`;
  return seconds >= 90 ? `${Math.round(seconds / 60)} min` : `${Math.ceil(seconds)} s`;
}
