import type { Prefix } from "../address/prefix.ts";

/** Withdrawn routes, and spans of a session, that are kept; of what lies before them nothing is known. */
const MAX_WITHDRAWN_ROUTES = 50_000;
const MAX_SPANS = 1024;

/** A prefix that one end announced. */
export interface LearnedRoute {
  readonly prefix: Prefix;
  readonly nextHop: string;
  readonly asPath: string;
  readonly communities: readonly string[];
  /** It stands in no file. */
  readonly line: 0;
}

/** A route with the time that it held for, seconds since 1970; `until` is infinite while it holds. */
export interface ShownRoute {
  readonly route: LearnedRoute;
  readonly from: number;
  until: number;
}

/** A part of a session of which equally much is known. */
export interface TableSpan {
  from: number;
  until: number;
  /** True when the session was seen since its OPEN with no gap: then each route that was shown holds. */
  readonly holds: boolean;
  /** When the first routes of a family were all there. */
  readonly wholeFrom: Record<4 | 6, number>;
}

/** The routes that Microsoft's end of a session announced, over time. */
export class RouteHistory {
  /** Goes up with every change. */
  revision = 0;
  /** In the order of time; between them, and before the first, there was no session. */
  readonly spans: TableSpan[] = [];
  /** Families that both ends agreed on, and those of which a prefix was announced, also where it is not known for sure. */
  readonly families: Record<4 | 6, boolean> = { 4: false, 6: false };
  readonly #held = new Map<string, ShownRoute>();
  readonly #gone: ShownRoute[] = [];

  get #span(): TableSpan | undefined {
    const last = this.spans.at(-1);
    return last?.until === Number.POSITIVE_INFINITY ? last : undefined;
  }

  /** A session is there from now on, with no route yet. */
  begin(from: number, holds: boolean): void {
    this.end(from);
    const wholeFrom = { 4: Number.POSITIVE_INFINITY, 6: Number.POSITIVE_INFINITY };
    this.spans.push({ from, until: Number.POSITIVE_INFINITY, holds, wholeFrom });
    if (this.spans.length > MAX_SPANS) this.#forgetBefore(this.spans[MAX_SPANS >> 1]?.from ?? from);
    this.revision += 1;
  }

  /** The session is over, and its routes with it. */
  end(at: number): void {
    const span = this.#span;
    if (span === undefined) return;
    span.until = at;
    for (const key of [...this.#held.keys()]) this.withdraw(key, at);
    this.revision += 1;
  }

  /** Something was missed: the session goes on, and nothing is known of its table. */
  lose(at: number): void {
    if (this.#span?.holds === true) this.begin(at, false);
  }

  announce(key: string, route: LearnedRoute, at: number): void {
    this.families[route.prefix.version] = true;
    if (this.#span?.holds !== true) return;
    this.withdraw(key, at);
    this.#held.set(key, { route, from: at, until: Number.POSITIVE_INFINITY });
    this.revision += 1;
  }

  withdraw(key: string, at: number): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    this.#held.delete(key);
    this.revision += 1;
    held.until = at;
    if (held.from === at) return;
    if (this.#gone.push(held) <= MAX_WITHDRAWN_ROUTES) return;
    const dropped = this.#gone.splice(0, MAX_WITHDRAWN_ROUTES >> 1);
    this.#forgetBefore(dropped.at(-1)?.until ?? at);
  }

  whole(family: 4 | 6, at: number): void {
    const span = this.#span;
    if (span === undefined || span.wholeFrom[family] <= at) return;
    span.wholeFrom[family] = at;
    this.revision += 1;
  }

  /** What is known of the session at a moment; `undefined` when there was none. */
  at(moment: number): TableSpan | undefined {
    return this.spans.findLast(({ from, until }) => from <= moment && moment < until);
  }

  /** Every route that was held at some time. */
  shown(): ShownRoute[] {
    return [...this.#gone, ...this.#held.values()];
  }

  #forgetBefore(moment: number): void {
    const rest = this.spans.filter(({ until }) => until > moment);
    for (const span of rest) span.from = Math.max(span.from, moment);
    const wholeFrom = { 4: Number.POSITIVE_INFINITY, 6: Number.POSITIVE_INFINITY };
    const before = { from: Number.NEGATIVE_INFINITY, until: moment, holds: false, wholeFrom };
    this.spans.splice(0, this.spans.length, before, ...rest);
  }
}
