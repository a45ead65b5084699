import { firstWhere } from "../first-where.ts";

/** A stretch of time in which a user had media. */
export interface Span {
  readonly startUs: number;
  endUs: number;
  /** Index of the flow that began it. */
  readonly first: number;
}

/** When each user had media: spans in order of time that do not touch. */
export class UserSpans {
  readonly #spans = new Map<string, Span[]>();

  /**
   * Adds media of a user; calls come in order of their start. Returns the flow that began the span which it belongs
   * to: `index` itself where it begins one.
   */
  extend(user: string, index: number, startUs: number, endUs: number, gapUs: number): number {
    const spans = this.#spans.get(user);
    const last = spans?.at(-1);
    if (last !== undefined && startUs <= last.endUs + gapUs) {
      if (endUs > last.endUs) last.endUs = endUs;
      return last.first;
    }
    const span: Span = { startUs, endUs, first: index };
    if (spans === undefined) this.#spans.set(user, [span]);
    else spans.push(span);
    return index;
  }

  /** The first span that begins at most `beforeUs` after `endUs` and ends no sooner than `afterUs` before `startUs`. */
  around(user: string, startUs: number, endUs: number, beforeUs: number, afterUs: number): Span | undefined {
    const spans = this.#spans.get(user);
    if (spans === undefined) return undefined;
    const span = spans[firstWhere(spans.length, (place) => (spans[place]?.endUs ?? 0) + afterUs >= startUs)];
    return span !== undefined && span.startUs <= endUs + beforeUs ? span : undefined;
  }

  /** Spans that begin between two moments, at most `most`. */
  beginning(user: string, fromUs: number, toUs: number, most: number): Span[] {
    const spans = this.#spans.get(user);
    if (spans === undefined) return [];
    const found: Span[] = [];
    const first = firstWhere(spans.length, (place) => (spans[place]?.startUs ?? 0) >= fromUs);
    for (let i = first; i < spans.length; i++) {
      const span = spans[i];
      if (span === undefined || span.startUs > toUs || found.length === most) break;
      found.push(span);
    }
    return found;
  }
}
