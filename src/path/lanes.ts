import type { PathKind } from "../words.ts";
import { NO_ITEMS } from "../no-items.ts";
import type { Evidence, Stretch } from "./evidence.ts";

/** What a path of the site is called and which circuit it belongs to. */
export interface NamedPath {
  readonly name: string;
  readonly kind: PathKind;
  readonly circuit: string | undefined;
}

/** Links of one circuit are one lane; so are all paths of a kind that name no circuit. */
export function laneOf(item: Evidence, paths: readonly NamedPath[]): string {
  const circuit = paths[item.pathIndex]?.circuit;
  return circuit === undefined ? item.says : `${item.says} ${circuit}`;
}

/** Evidence of one lane, or of one kind where not both name a circuit. */
export function onePath(one: Evidence, other: Evidence, paths: readonly NamedPath[]): boolean {
  const [x, y] = [paths[one.pathIndex]?.circuit, paths[other.pathIndex]?.circuit];
  return one.says === other.says && (x === undefined || y === undefined || x === y);
}

/** Lanes are equal, or of one kind where not both name a circuit (paths of a kind without a circuit are one circuit). */
export function sameLane(x: Stretch | undefined, y: Stretch | undefined): boolean {
  if (x === undefined || y === undefined) return x === y;
  if (x.lane === y.lane) return true;
  return x.says === y.says && (namesNone(x) || namesNone(y));
}

/** The stretches with which a direction changed its path. One that names no circuit may be the one before or after. */
export function movesOf(stretches: readonly Stretch[]): readonly Stretch[] {
  if (stretches.length < 2) return NO_MOVES;
  const moves: Stretch[] = [];
  let known = stretches[0];
  for (const stretch of stretches) {
    const isMove = !sameLane(known, stretch);
    if (isMove) moves.push(stretch);
    if (isMove || !namesNone(stretch)) known = stretch;
  }
  return moves;
}

const NO_MOVES: readonly Stretch[] = NO_ITEMS;

function namesNone({ lane, says }: Stretch): boolean {
  return lane === says;
}
