import { sharedSourceNotes } from "../classify/nat-sources.ts";
import type { RunProgress, RunSummary } from "../classify/run-summary.ts";
import { clockDoubts, clockNotes } from "../classify/clock-text.ts";
import { unreadLinksText } from "../classify/unread-links.ts";
import { counted } from "../count-text.ts";
import { terminalSafe } from "../files/shown-name.ts";
import type { PreparedRun } from "./prepare-run.ts";

/** Progress is drawn this often at most, milliseconds. */
const PROGRESS_MS = 500;

/** What is said on standard error: errors always, notes unless quiet, details when verbose, progress on a terminal. */
export class Notes {
  readonly #quiet: boolean;
  readonly #verbose: boolean;
  #drawn = 0;
  #visible = false;

  constructor(quiet: boolean, verbose: boolean) {
    this.#quiet = quiet;
    this.#verbose = verbose;
  }

  error(text: string): void {
    this.progressDone();
    process.stderr.write(`o365flow: ${terminalSafe(text)}\n`);
  }

  note(text: string): void {
    if (!this.#quiet) this.error(text);
  }

  detail(text: string): void {
    if (this.#verbose) this.error(text);
  }

  /** One line that is drawn over and over, on a terminal only. */
  progress(progress: RunProgress): void {
    if (this.#quiet || !process.stderr.isTTY) return;
    const now = Date.now();
    if (now - this.#drawn < PROGRESS_MS) return;
    if (this.#drawn !== 0) {
      const { bytesRead, bytesTotal, packets, liveFlows } = progress;
      const share =
        bytesTotal === undefined || bytesTotal === 0
          ? ""
          : ` ${Math.floor((100 * bytesRead) / bytesTotal)} %,`;
      const text = `${share} ${counted(packets, "packet")}, ${counted(liveFlows, "flow")}`.slice(
        0,
        (process.stderr.columns ?? 80) - 1,
      );
      process.stderr.write(`\r\u001b[K${text}`);
      this.#visible = true;
    }
    this.#drawn = now;
  }

  progressDone(): void {
    if (this.#visible) process.stderr.write("\r\u001b[K");
    this.#visible = false;
  }

  /** What is wrong with the captures of a run: damage, losses, packets passed over because of their link type. */
  problems(summary: RunSummary): void {
    for (const capture of summary.captures) {
      const shown = this.#verbose ? capture.problems : capture.problems.slice(0, 3);
      for (const problem of shown) this.error(problem.message);
      const more = capture.problemCount - shown.length;
      if (more > 0)
        this.error(
          `${capture.shown}: ${counted(more, "more problem")}${this.#verbose ? "" : " (o365flow classify -v lists them)"}`,
        );
      if (capture.dropped > 0)
        this.note(
          `${capture.shown}: the capture lost ${counted(capture.dropped, "packet")} by its own count`,
        );
    }
    for (const { shown, unreadLinks } of summary.captures) {
      const text = unreadLinksText(shown, unreadLinks);
      if (text !== undefined) this.error(text);
    }
  }

  /** What a run came to, problems of the captures first. */
  summary(summary: RunSummary, rows: number, prepared: PreparedRun, seconds: number): void {
    this.problems(summary);
    for (const text of sharedSourceNotes(summary.sharedSources)) this.note(text);
    for (const text of clockNotes(summary.clocks)) this.note(text);
    for (const text of clockDoubts(summary.clocks)) this.detail(text);
    if (summary.copies > 0)
      this.note(
        `${counted(summary.copies, "packet")} seen more than once (mirrored ports, several taps): counted once`,
      );
    // Copies are looked for within a second; a second more, since lateness is told in whole ones.
    if (summary.lateSeconds > 1)
      this.note(
        `packets come up to ${summary.lateSeconds} s after later ones, as where captures were put one behind the other: what was seen twice may count twice, and loss, jitter and retransmissions be wrong. reordercap (of Wireshark) puts a capture in order`,
      );
    if (summary.evicted > 0)
      this.note(`${counted(summary.evicted, "flow")} ended early because of --max-flows`);
    if (summary.links.contexts.overflowed)
      this.note("more Ethernet addresses than can be told apart: next hops of some packets are not known");
    if (summary.flows > 0)
      for (const text of listNotes(prepared, summary.firstSeconds, summary.lastSeconds)) this.note(text);
    if (!prepared.site.declared && summary.flows > 0) {
      this.note(
        "no site description: every path to the outside that no BGP session in the captures shows is unknown. Declare links with --site, or --expressroute vlan=100 --internet interface=NAME and the like; o365flow doctor says what these captures offer to declare",
      );
    }
    for (const oddity of summary.oddities.list()) {
      this.detail(`${oddity.name}: ${counted(oddity.packets, "packet")}, first in #${oddity.firstPacket}`);
    }
    if (!this.#quiet) {
      const outside =
        summary.packetsOutsideFlows > 0
          ? `, ${counted(summary.packetsOutsideFlows, "packet")} outside flows`
          : "";
      this.error(
        `${counted(summary.packets, "packet")}, ${counted(summary.flows, "flow")}, ${counted(rows, "row")}${outside}, ${seconds.toFixed(1)} s`,
      );
    }
  }
}

/** What is said of the endpoint lists that judge packets between two moments. */
export function listNotes(
  { asOf, history }: Pick<PreparedRun, "asOf" | "history">,
  first: number | undefined,
  last: number | undefined,
): readonly string[] {
  if (asOf !== undefined) {
    const said = history.note(asOf);
    return said === undefined ? [] : [said];
  }
  return first === undefined || last === undefined ? [] : history.notes(first, last);
}
