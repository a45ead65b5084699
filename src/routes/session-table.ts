import { firstWhere } from "../first-where.ts";
import { type Prefix, prefixText } from "../address/prefix.ts";
import { PrefixTable } from "../address/prefix-table.ts";
import type { RouteHistory, ShownRoute } from "../protocols/bgp-history.ts";
import { type Completeness, type Route, RouteTable } from "./route-table.ts";

type Held = Pick<ShownRoute, "from" | "until">;

/** A session of which nothing tells whether it is Microsoft's, from its beginning until another one took its place. */
export interface UnknownSession {
  readonly history: RouteHistory;
  /** IP version of its own addresses. */
  readonly ofPeers: 4 | 6;
  readonly replacedAt: number;
}

/** The routes that a BGP session inside the captures showed, each for the time that it held. */
export class SessionTable extends RouteTable {
  readonly history: RouteHistory;
  readonly #revision: number;
  readonly #replacedAt: number;
  readonly #ofPeers: 4 | 6;
  readonly #beside: readonly UnknownSession[];
  /** The routes of each prefix over time: one that comes and goes has thousands. */
  readonly #courses: readonly PrefixCourse[];
  readonly #prefixes: PrefixTable;
  /** When there was a route of an IP version, in the order of time. */
  readonly #held: Readonly<Record<4 | 6, readonly Held[]>>;

  /**
   * `ofPeers`: IP version of the session's own addresses; `replacedAt`: when another one took its place, seconds;
   * `beside`: sessions that may have routes which this one lacks.
   */
  constructor(
    name: string,
    history: RouteHistory,
    ofPeers: 4 | 6,
    replacedAt: number,
    beside: readonly UnknownSession[] = [],
  ) {
    const shown = history.shown();
    super(
      name,
      "bgp-session",
      shown.map(({ route }) => route),
      [],
      0,
    );
    this.history = history;
    this.#revision = history.revision;
    this.#replacedAt = replacedAt;
    this.#ofPeers = ofPeers;
    this.#beside = beside;
    this.#courses = coursesOf(shown);
    this.#prefixes = new PrefixTable(this.#courses.map(({ prefix }) => prefix));
    this.#held = { 4: heldOf(shown, 4), 6: heldOf(shown, 6) };
  }

  /** True while it is that of a history of this revision, beside the same sessions. */
  isOf(revision: number, replacedAt: number, beside: readonly UnknownSession[]): boolean {
    return (
      revision === this.#revision &&
      replacedAt === this.#replacedAt &&
      beside.length === this.#beside.length &&
      beside.every((session, i) => {
        const before = this.#beside[i];
        return session.history === before?.history && session.replacedAt === before.replacedAt;
      })
    );
  }

  override matches(w0: number, w1: number, w2: number, w3: number, moment: number): readonly Route[] {
    if (moment >= this.#replacedAt) return [];
    return this.#prefixes
      .matches(w0, w1, w2, w3)
      .map((index) => heldAt(this.#courses[index]?.routes ?? [], moment))
      .filter((route) => route !== undefined);
  }

  override hasAt(family: 4 | 6, moment: number): boolean {
    if (moment >= this.#replacedAt) return false;
    const held = this.#held[family].findLast(({ from }) => from <= moment);
    return held !== undefined && moment < held.until;
  }

  /** A session is of the IP version of its peers' addresses, and of that of its routes. */
  override completenessAt(family: 4 | 6, moment: number): Completeness {
    const span = moment < this.#replacedAt ? this.history.at(moment) : undefined;
    if (span === undefined) return "none";
    if (span.holds && span.wholeFrom[family] <= moment) {
      const isAlone = !this.#beside.some(
        ({ history, ofPeers, replacedAt }) =>
          (ofPeers === family || history.families[family]) &&
          moment < replacedAt &&
          history.at(moment) !== undefined,
      );
      return isAlone ? "whole" : "part";
    }
    return this.#ofPeers === family || this.history.families[family] ? "part" : "none";
  }
}

/** The routes of one prefix in the order of time, each until the next one at most. */
interface PrefixCourse {
  readonly prefix: Prefix;
  readonly routes: ShownRoute[];
}

function coursesOf(shown: readonly ShownRoute[]): PrefixCourse[] {
  const courses = new Map<string, PrefixCourse>();
  for (const each of shown.toSorted((x, y) => x.from - y.from)) {
    const { prefix } = each.route;
    const key = prefixText(prefix);
    const course = courses.get(key);
    if (course === undefined) courses.set(key, { prefix, routes: [each] });
    else course.routes.push(each);
  }
  return [...courses.values()];
}

function heldAt(routes: readonly ShownRoute[], moment: number): Route | undefined {
  const last = routes[firstWhere(routes.length, (place) => (routes[place]?.from ?? Infinity) > moment) - 1];
  return last !== undefined && moment < last.until ? last.route : undefined;
}

/** The times of all routes of an IP version, put together where they overlap: a session has one or two such. */
function heldOf(shown: readonly ShownRoute[], family: 4 | 6): Held[] {
  const together: { from: number; until: number }[] = [];
  const own = shown.filter(({ route }) => route.prefix.version === family);
  for (const { from, until } of own.toSorted((x, y) => x.from - y.from)) {
    const last = together.at(-1);
    if (last === undefined || from > last.until) together.push({ from, until });
    else last.until = Math.max(last.until, until);
  }
  return together;
}
