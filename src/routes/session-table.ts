import type { RouteHistory, ShownRoute } from "../protocols/bgp-history.ts";
import { PrefixTable } from "../address/prefix-table.ts";
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
  readonly #shown: readonly ShownRoute[];
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
    this.#shown = shown;
    this.#prefixes = new PrefixTable(shown.map(({ route }) => route.prefix));
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
    return this.#prefixes.matches(w0, w1, w2, w3).flatMap((index) => {
      const each = this.#shown[index];
      return each !== undefined && holdsAt(each, moment) ? [each.route] : [];
    });
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

function holdsAt({ from, until }: Held, moment: number): boolean {
  return from <= moment && moment < until;
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
