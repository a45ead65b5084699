import { setImmediate } from "node:timers/promises";
import type { FlowReading } from "../classify/flow-reading.ts";
import { type BatchSize, CallCuts } from "./batches.ts";
import { adoptLinks, type LinkFile } from "./link-file.ts";
import type { OrderedLegs } from "./ordered-legs.ts";
import type { Reporter } from "./reporter.ts";
import { demandJson } from "./stage-files.ts";
import type { ReportTask } from "./tasks.ts";

/** Memory is looked after each time so many flows were judged. */
export const LOOK_FLOWS = 1024;

/** What a task wrote of the legs it followed, with the audit's number of each of its captures. */
export interface LegSource {
  /** Path of its files in the audit's folder, up to their endings. */
  readonly name: string;
  readonly captures: readonly number[];
}

export function legSources({ maps, reduces, captures }: ReportTask): LegSource[] {
  const every = captures.map((_, i) => i);
  return [
    ...maps.map(({ id, captures: own }) => ({ name: `map/${id}`, captures: own })),
    ...reduces.map((id) => ({ name: `reduce/${id}`, captures: every })),
  ];
}

/** Takes in the links of all leg files; answers with what each file's contexts are now. */
export async function adoptAll(
  directory: string,
  sources: readonly LegSource[],
  reading: FlowReading,
): Promise<Uint32Array[]> {
  const contexts: Uint32Array[] = [];
  for (const { name, captures } of sources) {
    const links = await demandJson<LinkFile>(directory, `${name}.links.json`);
    contexts.push(adoptLinks(links, reading, (capture) => captures[capture] ?? -1));
  }
  return contexts;
}

/** Judges legs batch by batch; `reached` is told of a leg now and then. */
export async function judgeAll(
  reporter: Reporter,
  legs: OrderedLegs,
  size: BatchSize,
  reached: (leg: number) => void,
): Promise<void> {
  const cuts = new CallCuts();
  for (const [start, end] of legs.callSpans()) cuts.add(start, end);
  const lag = reporter.lagSeconds;
  let before = 0;
  for (let leg = 0; leg < legs.count; leg++) {
    const end = legs.endOf(leg);
    if (end > before) {
      const { waiting } = reporter;
      const moment = end - lag;
      if (waiting >= size.most || (waiting >= size.wanted && cuts.isClean(moment)))
        await reporter.flush(moment);
      before = end;
    }
    reporter.add(leg);
    if (leg % LOOK_FLOWS !== 0) continue;
    reached(leg);
    await setImmediate(); // an interruption is heard
  }
  await reporter.finish();
}
