import { ownText } from "../own-text.ts";
import { FINDINGS } from "../report/verdicts.ts";
import type { ResultFlow } from "../results/flow-result.ts";
import { Counter } from "./counter.ts";
import { Sample } from "./sample.ts";

/** What was measured of flows. */
export class Quality {
  readonly loss: Sample = new Sample();
  readonly jitter: Sample = new Sample();
  readonly rtt: Sample = new Sample();
  readonly mos: Sample = new Sample();
  /** Flows that are called good or poor, and poor ones. */
  judged = 0;
  poor = 0;
}

/** The flows of one group in one of the two results. */
export class Side {
  flows = 0;
  bytes = 0;
  findings = 0;
  /** Paths as `kind`, or `kind (name)`. */
  readonly out: Counter = new Counter();
  readonly back: Counter = new Counter();
  readonly symmetry: Counter = new Counter();
  readonly verdicts: Counter = new Counter();
  quality: Quality | undefined;
  /** flow_id of the first. */
  example: string | undefined;

  add(flow: ResultFlow): void {
    this.flows += 1;
    this.bytes += (flow.bytes_out ?? 0) + (flow.bytes_back ?? 0);
    if (flow.verdict !== undefined && FINDINGS.has(flow.verdict)) this.findings += 1;
    this.out.add(pathWord(flow.path_out, flow.path_out_name));
    this.back.add(pathWord(flow.path_back, flow.path_back_name));
    this.symmetry.add(flow.symmetry ?? "unknown");
    if (flow.verdict !== undefined) this.verdicts.add(flow.verdict);
    if (this.example === undefined && flow.flow_id !== undefined) this.example = ownText(flow.flow_id);
    this.#measure(flow);
  }

  #measure(flow: ResultFlow): void {
    const { loss_pct: loss, jitter_ms: jitter, rtt_ms: rtt, mos, quality } = flow;
    if (loss === undefined && jitter === undefined && rtt === undefined && quality === undefined) return;
    const measured = (this.quality ??= new Quality());
    if (loss !== undefined) measured.loss.add(loss);
    if (jitter !== undefined) measured.jitter.add(jitter);
    if (rtt !== undefined) measured.rtt.add(rtt);
    if (mos !== undefined) measured.mos.add(mos);
    if (quality !== undefined) measured.judged += 1;
    if (quality === "poor") measured.poor += 1;
  }
}

function pathWord(path: string | undefined, name: string | undefined): string {
  return name === undefined ? (path ?? "unknown") : `${path ?? "unknown"} (${name})`;
}

/** The kind of a path without its name; undefined where it was not seen. */
export function seenKind(word: string): string | undefined {
  const kind = word.split(" ", 1)[0] ?? word;
  return kind === "unknown" || kind === "none" ? undefined : kind;
}

/** A path with its name; undefined where it was not seen. */
export function seenPath(word: string): string | undefined {
  return seenKind(word) === undefined ? undefined : word;
}
