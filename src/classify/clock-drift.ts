/** What one packet that two captures saw says of their clocks. */
export interface Difference {
  /** The first capture's time less the second's. */
  readonly differenceNs: number;
  /** 1 where it passed the first capture first, -1 the second, 0 where hop counts do not tell. */
  readonly hops: number;
  /** By the second capture's clock. */
  readonly timeNs: number;
}

/** Differences that lie together, and what they say. */
export interface Level {
  readonly cluster: readonly Difference[];
  readonly offsetNs: number;
  /** Of packets that passed the first capture first, and second. */
  readonly onward: number | undefined;
  readonly backward: number | undefined;
}

/** Differences of one offset lie this close together: the way between two taps and back, and some drift. */
const CLUSTER_NS = 250_000_000;
/** The cluster has at least this share of all differences. */
const LEAST_SHARE = 0.5;
/** Spans of time in which the offset is looked at apart, and packets that each needs. */
const MOST_SPANS = 16;
const LEAST_IN_SPAN = 6;
/** Less change than this is the way between the taps, which is not always the same. */
const LEAST_DRIFT_NS = 20_000_000;
/** Clocks of machines run off by some ten millionths; one second in a thousand is no drift but something else. */
const STEEPEST = 0.001;

/** The offset if it is the same all the time; undefined where the differences do not agree. */
export function levelOf(found: readonly Difference[]): Level | undefined {
  const sorted = found.toSorted((x, y) => x.differenceNs - y.differenceNs);
  // The densest cluster: two indexes that walk over the sorted differences.
  let from = 0;
  let best = { from: 0, to: 0 };
  for (let to = 1; to <= sorted.length; to++) {
    while ((sorted[to - 1]?.differenceNs ?? 0) - (sorted[from]?.differenceNs ?? 0) > CLUSTER_NS) from += 1;
    if (to - from > best.to - best.from) best = { from, to };
  }
  const cluster = sorted.slice(best.from, best.to);
  if (cluster.length === 0 || cluster.length < found.length * LEAST_SHARE) return undefined;
  // Where most passed both taps at one place, others were taken for one another: their numbers met by chance.
  const isOnePlace = 2 * cluster.filter((item) => item.hops === 0).length > cluster.length;
  const middles = [1, 0, -1].map((hops) =>
    median(
      cluster
        .filter((item) => item.hops === hops && (hops === 0 || !isOnePlace))
        .map((item) => item.differenceNs),
    ),
  );
  const [onward, level, backward] = middles;
  const offsetNs =
    onward !== undefined && backward !== undefined
      ? (onward + backward) / 2
      : (onward ?? backward ?? level ?? 0);
  return { cluster, offsetNs, onward, backward };
}

/** The offset over time, when it changes steadily by more than the way between the taps explains; else undefined. */
export function driftOf(found: readonly Difference[]): { timeNs: number; offsetNs: number }[] | undefined {
  const spans = inSpans(found, levelOf);
  if (spans === undefined || !isSteady(spans)) return undefined;
  // A way that grows longer moves what passes it onward and back apart; a clock moves both alike.
  const both = spans.map((span) =>
    span.onward === undefined || span.backward === undefined ? undefined : span.offsetNs,
  );
  const unordered = spans.map((span) =>
    (span.onward ?? span.backward) === undefined ? span.offsetNs : undefined,
  );
  const oneWay = (["onward", "backward"] as const).map((way) => changeOf(spans.map((span) => span[way])));
  const known = both.filter((value) => value !== undefined).length > 1;
  const change = Math.max(changeOf(both), changeOf(unordered), known ? 0 : Math.max(...oneWay) / 2);
  if (change < LEAST_DRIFT_NS) return undefined;
  const half = median(
    spans
      .flatMap(({ onward, backward }) =>
        onward === undefined || backward === undefined ? [] : [(backward - onward) / 2],
      )
      .toSorted((x, y) => x - y),
  );
  return spans.map(({ timeNs, offsetNs, onward, backward }) => {
    const missing = onward === undefined ? backward !== undefined : backward === undefined;
    const correction = !missing || half === undefined ? 0 : onward === undefined ? -half : half;
    return { timeNs, offsetNs: Math.round(offsetNs + correction) };
  });
}

/** Between neighbours, the offset changes no faster than a clock drifts. */
export function isSteady(spans: readonly { readonly timeNs: number; readonly offsetNs: number }[]): boolean {
  return spans.every((span, i) => {
    const before = spans[i - 1];
    if (before === undefined) return true;
    const change = Math.abs(span.offsetNs - before.offsetNs);
    return change <= LEAST_DRIFT_NS + STEEPEST * (span.timeNs - before.timeNs);
  });
}

/**
 * Looks at spans of time apart, each with as many of `items`; undefined where fewer than two answer, or less than half.
 */
export function inSpans<Item extends { readonly timeNs: number }, Answer extends object>(
  items: readonly Item[],
  look: (span: readonly Item[]) => Answer | undefined,
): (Answer & { readonly timeNs: number })[] | undefined {
  const spans = Math.min(MOST_SPANS, Math.floor(items.length / LEAST_IN_SPAN));
  if (spans < 2) return undefined;
  const sorted = items.toSorted((x, y) => x.timeNs - y.timeNs);
  const answers: (Answer & { readonly timeNs: number })[] = [];
  for (let i = 0; i < spans; i++) {
    const span = sorted.slice(
      Math.floor((i * sorted.length) / spans),
      Math.floor(((i + 1) * sorted.length) / spans),
    );
    const answer = look(span);
    const timeNs = span.reduce((sum, item) => sum + item.timeNs, 0) / span.length;
    if (answer !== undefined) answers.push({ ...answer, timeNs });
  }
  return answers.length < 2 || answers.length * 2 < spans ? undefined : answers;
}

function changeOf(values: readonly (number | undefined)[]): number {
  const known = values.filter((value) => value !== undefined);
  return known.length < 2 ? 0 : Math.max(...known) - Math.min(...known);
}

function median(sorted: readonly number[]): number | undefined {
  const middle = sorted.length >>> 1;
  const upper = sorted[middle];
  const lower = sorted[sorted.length - 1 - middle];
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2;
}
