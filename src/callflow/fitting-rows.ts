import type { LegKind } from "./leg-kind.ts";
import { type CallFact, type Fit, type Scenario, scenarioTable } from "./scenarios.ts";

/** What rows are told by: between which places media ran, and what is known of the call. */
export interface CallPicture {
  readonly media: ReadonlySet<LegKind>;
  readonly facts: ReadonlySet<CallFact>;
}

/** Rows of the table that fit, in its order, and what is still open. */
export interface FittingRows {
  readonly scenarios: readonly Scenario[];
  /** What would decide, or why nothing fits; empty where one row fits. */
  readonly open: string;
}

/**
 * Which rows of the article a call can be: those that know every kind of media leg seen and whose conditions hold.
 * Where no single row knows them all (a call that became a conference), the rows that fit some of them.
 */
export function fittingRows(picture: CallPicture): FittingRows {
  const key = `${[...picture.media].toSorted().join(" ")}|${[...picture.facts].toSorted().join(" ")}`;
  let answer = remembered.get(key);
  if (answer === undefined) {
    answer = findRows(picture);
    if (remembered.size < MAX_REMEMBERED) remembered.set(key, answer);
  }
  return answer;
}

/** Most calls look like one that was looked up before. */
const remembered = new Map<string, FittingRows>();
const MAX_REMEMBERED = 1024;

function findRows(picture: CallPicture): FittingRows {
  const rows = scenarioTable().scenarios;
  const whole = rows.filter((scenario) => fits(scenario, picture));
  if (whole.length > 0) return { scenarios: whole, open: whole.length === 1 ? "" : openText(whole) };
  const some = rows.filter((scenario) =>
    [...picture.media].some((kind) => fits(scenario, { ...picture, media: new Set([kind]) })),
  );
  const media = [...picture.media].toSorted().join(", ");
  if (some.length > 0)
    return {
      scenarios: some,
      open: `media of several kinds (${media}): the call changed, or was relayed for a time`,
    };
  return { scenarios: [], open: unfitText(picture, media, rows) };
}

/** Why no row fits. */
function unfitText(picture: CallPicture, media: string, rows: readonly Scenario[]): string {
  const homed = picture.facts.has("homed-on-premises")
    ? "on-premises"
    : picture.facts.has("homed-online")
      ? "Online"
      : undefined;
  if (homed !== undefined)
    return `no row of the article has media ${media} of a user homed ${homed} (users.on-premises in the site description decides that)`;
  return rows.some((scenario) => knowsAll(scenario, picture))
    ? `media ${media} without its user's side: no row can be told`
    : `no row of the article has media ${media}`;
}

function openText(scenarios: readonly Scenario[]): string {
  return `fit alike; what would show each: ${scenarios.map(({ id, shownBy }) => `${id}: ${shownBy}`).join("; ")}`;
}

function fits(scenario: Scenario, picture: CallPicture): boolean {
  return (
    picture.media.size > 0 && knowsAll(scenario, picture) && scenario.fits.some((fit) => holds(fit, picture))
  );
}

function knowsAll(scenario: Scenario, { media }: CallPicture): boolean {
  const known = new Set(scenario.media.flatMap((leg) => leg.between));
  return [...media].every((kind) => known.has(kind));
}

function holds(fit: Fit, { media, facts }: CallPicture): boolean {
  return (
    (fit.needs ?? []).every((fact) => facts.has(fact)) &&
    !(fit.unless ?? []).some((fact) => facts.has(fact)) &&
    (fit.has === undefined || fit.has.some((kind) => media.has(kind))) &&
    (fit.only === undefined || [...media].every((kind) => fit.only?.includes(kind)))
  );
}
