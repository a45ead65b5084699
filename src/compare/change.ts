import type { Group } from "./comparison.ts";
import { Counter, largestShift, percentText, share } from "./counter.ts";
import { seenKind, seenPath, type Quality, type Side } from "./side.ts";

/** What can be different. `appeared` and `gone`: the group is in one result only. */
export const CHANGES = ["path", "link", "symmetry", "quality", "appeared", "gone"] as const;
export type ChangeKind = (typeof CHANGES)[number];

/** Whether a change is for the better. */
export const TRENDS = ["worse", "better", "both", "neutral"] as const;
export type Trend = (typeof TRENDS)[number];

/** What became of a group. */
export interface Change {
  readonly group: Group;
  /** Empty: the same as before, as far as it was seen. */
  readonly kinds: readonly ChangeKind[];
  readonly trend: Trend;
  readonly text: string;
  /** False where the path of neither direction was seen in both results. */
  readonly comparable: boolean;
}

/**
 * From these differences of medians on, quality is another: a sixth of Microsoft's target for a client's jitter
 * (30 ms) and round trip (100 ms) and half of that for loss (1 %) could still be chance.
 */
const LOSS_POINTS = 0.5;
const JITTER_MS = 10;
const RTT_MS = 20;
const RTT_SHARE = 0.2;
/** So many percentage points of poor flows more or less. */
const POOR_POINTS = 10;

/** Signs of asymmetric routing. */
const BROKEN = ["asymmetric", "suspect"];

/** Holds the two sides of a group against each other. `threshold`: percentage points from which a share is another. */
export function changeOf(group: Group, threshold: number): Change {
  const { before, after } = group;
  if (before.flows === 0 || after.flows === 0) return oneSided(group);
  const kinds: ChangeKind[] = [];
  const texts: string[] = [];
  const worse: boolean[] = [];
  const symmetry = symmetryChange(before, after, threshold);
  if (symmetry !== undefined) {
    kinds.push("symmetry");
    texts.push(symmetry.text);
    worse.push(symmetry.worse);
  }
  let comparable = false;
  for (const way of ["out", "back"] as const) {
    const [was, is] = [before[way].mapped(seenPath), after[way].mapped(seenPath)];
    if (was.total === 0 || is.total === 0) continue;
    comparable = true;
    const kindsWere = before[way].mapped(seenKind);
    const kindsAre = after[way].mapped(seenKind);
    const kind = largestShift(kindsWere, kindsAre) >= threshold ? "path" : "link";
    if (kind === "link" && largestShift(was, is) < threshold) continue;
    if (!kinds.includes(kind)) kinds.push(kind);
    const [from, to] = kind === "path" ? [kindsWere, kindsAre] : [was, is];
    texts.push(`${way} ${shiftText(from, to)}`);
  }
  const findings = findingShift(before, after);
  if (kinds.length > 0 && Math.abs(findings) >= threshold) worse.push(findings > 0);
  for (const quality of qualityChanges(before.quality, after.quality)) {
    if (!kinds.includes("quality")) kinds.push("quality");
    texts.push(quality.text);
    worse.push(quality.worse);
  }
  return { group, kinds, trend: trendOf(worse), text: texts.join("; "), comparable };
}

function oneSided(group: Group): Change {
  const gone = group.after.flows === 0;
  const side = gone ? group.before : group.after;
  const text = gone ? "no such flow any more" : "no such flow before";
  const trend = side.findings > 0 ? (gone ? "better" : "worse") : "neutral";
  return { group, kinds: [gone ? "gone" : "appeared"], trend, text, comparable: true };
}

function trendOf(worse: readonly boolean[]): Trend {
  if (worse.length === 0) return "neutral";
  if (worse.every((item) => item)) return "worse";
  return worse.some((item) => item) ? "both" : "better";
}

interface Judged {
  readonly text: string;
  readonly worse: boolean;
}

/** Only flows of which both directions were seen can be symmetric or not; `suspect` shows in one. */
function symmetryChange(before: Side, after: Side, threshold: number): Judged | undefined {
  const judged = (side: Side): Counter =>
    side.symmetry.mapped((word) =>
      word === "symmetric" ? word : BROKEN.includes(word) ? "broken" : undefined,
    );
  const [was, is] = [judged(before), judged(after)];
  if (was.total === 0 || is.total === 0) return undefined;
  const [x, y] = [share(was, "broken"), share(is, "broken")];
  // Asymmetry where there was none, or none where there was some, is news however small its share.
  if (x === y || (Math.abs(y - x) < threshold && x !== 0 && y !== 0)) return undefined;
  // A suspect flow is none that was seen to be asymmetric: the word for both says so.
  const words = BROKEN.filter((word) => [before, after].some((side) => side.symmetry.of(word) > 0));
  return { text: `${words.join(" or ")} ${percentText(x)} -> ${percentText(y)}`, worse: y > x };
}

/** How the share of flows that are findings moved, percentage points. */
function findingShift(before: Side, after: Side): number {
  return (100 * after.findings) / after.flows - (100 * before.findings) / before.flows;
}

function qualityChanges(before: Quality | undefined, after: Quality | undefined): Judged[] {
  if (before === undefined || after === undefined) return [];
  const found: Judged[] = [];
  const hold = (
    name: string,
    unit: string,
    was: number | undefined,
    is: number | undefined,
    least: number,
  ): void => {
    if (was === undefined || is === undefined || Math.abs(is - was) < least) return;
    found.push({ text: `${name} ${rounded(was)} -> ${rounded(is)} ${unit}`, worse: is > was });
  };
  if (before.judged > 0 && after.judged > 0)
    hold("poor", "%", (100 * before.poor) / before.judged, (100 * after.poor) / after.judged, POOR_POINTS);
  hold("loss", "%", before.loss.median(), after.loss.median(), LOSS_POINTS);
  hold("jitter", "ms", before.jitter.median(), after.jitter.median(), JITTER_MS);
  const rtt = before.rtt.median();
  hold("round trip", "ms", rtt, after.rtt.median(), Math.max(RTT_MS, RTT_SHARE * (rtt ?? 0)));
  return found;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** "expressroute -> internet", or the shares that moved. */
function shiftText(before: Counter, after: Counter): string {
  const [was, is] = [before.ranked(), after.ranked()];
  if (was.length === 1 && is.length === 1) return `${was[0]?.[0] ?? ""} -> ${is[0]?.[0] ?? ""}`;
  const words = [...new Set([...was, ...is].map(([word]) => word))];
  const moved = words.filter((word) => share(before, word) !== share(after, word));
  return moved
    .map((word) => `${word} ${percentText(share(before, word))} -> ${percentText(share(after, word))}`)
    .join(", ");
}
