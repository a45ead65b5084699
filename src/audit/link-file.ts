import type { PointSpan } from "../classify/coverage.ts";
import type { FlowReading } from "../classify/flow-reading.ts";
import type { CapturePoint } from "../classify/capture-point.ts";
import type { OuterAddresses } from "../flows/link-contexts.ts";

/** The capture points and link contexts of one reading, for legs whose facts name them by number. */
export interface LinkFile {
  /** `capture` counts the captures of the task. */
  readonly points: readonly CapturePoint[];
  /** When each point was watched; empty where the site declares no path complete. */
  readonly spans: readonly (PointSpan | null)[];
  /** Since when each context has shown inside addresses and public ones of ours; where the site declares a path complete. */
  readonly addresses: readonly (readonly [inside: number | null, outside: number | null])[];
  /** Point, then the words of the context; the outer addresses of a tunnel behind. */
  readonly contexts: readonly (readonly [point: number, words: readonly number[], outer?: OuterAddresses])[];
}

export function describeLinks({ links, coverage }: FlowReading): LinkFile {
  const contexts: LinkFile["contexts"][number][] = [];
  for (let context = 0; context < links.contexts.count; context++) {
    const outer = links.contexts.outer(context);
    const words = links.contexts.wordsOf(context);
    const point = links.contexts.point(context);
    contexts.push(outer === undefined ? [point, words] : [point, words, outer]);
  }
  return {
    points: links.points,
    spans: links.points.map((_, point) => coverage.spans[point] ?? null),
    addresses: coverage.needed
      ? contexts.map((_, context) => [
          coverage.addresses.inside[context] ?? null,
          coverage.addresses.outside[context] ?? null,
        ])
      : [],
    contexts,
  };
}

/** Takes a reading's links into another's; answers with the numbers that its contexts have there. */
export function adoptLinks(
  file: LinkFile,
  { links: into, coverage }: Pick<FlowReading, "links" | "coverage">,
  captureOf: (capture: number) => number,
): Uint32Array {
  const { spans, addresses } = coverage;
  const points = file.points.map((point) =>
    into.point({ ...point, capture: captureOf(point.capture) }, into.span(point.since)),
  );
  file.spans.forEach((span, i) => {
    const point = points[i] ?? 0;
    if (span === null) return;
    const known = spans[point];
    if (known === undefined) spans[point] = { ...span };
    else {
      known.first = Math.min(known.first, span.first);
      known.last = Math.max(known.last, span.last);
    }
  });
  const contexts = Uint32Array.from(file.contexts, ([point, words, outer]) =>
    into.contexts.adopt(points[point] ?? 0, words, outer),
  );
  file.addresses.forEach(([inside, outside], i) => addresses.adopt(contexts[i] ?? 0, inside, outside));
  return contexts;
}
