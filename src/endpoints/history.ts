import type { EndpointMatch, EndpointQuery } from "./match.ts";
import type { Cloud } from "../words.ts";

/** One cloud's endpoint sets over time. */
export interface EndpointHistory {
  readonly cloud: Cloud;
  /** Known versions, `YYYYMMDDNN`, ascending. */
  readonly versions: readonly string[];
  /**
   * The list that judges a moment: seconds since 1970, "latest", a date `YYYY-MM-DD`, or a version.
   * Before the first list the first, between two the earlier, after the newest the newest.
   * Throws RangeError for a text that is none of these.
   */
  at(when: number | string): EndpointList;
  /** A sentence where the list that judges this moment is older or younger than its neighbours allow to be sure. */
  note(when: number | string): string | undefined;
}

/** One version of the list. */
export interface EndpointList {
  readonly cloud: Cloud;
  readonly version: string;
  match(query: EndpointQuery): EndpointMatch;
  /** Whether any set of this list holds the address (zone `microsoft`). */
  isMicrosoft(w0: number, w1: number, w2: number, w3: number): boolean;
}
