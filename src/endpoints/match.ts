import type { AddressWords } from "../address/address.ts";
import type { Category, ServiceArea } from "../words.ts";

/** What is asked of an endpoint list about one flow. */
export interface EndpointQuery {
  /** Address of the Microsoft side, as in `Packet`; left out where only a name is known. */
  readonly words?: AddressWords | undefined;
  /** Name of the server (SNI, HTTP host, DNS); any case, a final dot does not matter. */
  readonly host?: string | undefined;
  /** Port of the Microsoft side; left out (or below 0) where Microsoft is the client: any port fits then. */
  readonly port?: number | undefined;
  /** Left out: the port may be of either. */
  readonly transport?: "tcp" | "udp" | undefined;
}

/** What an endpoint list says of one flow (docs/endpoints.md, How a flow matches). Answers are frozen, since they are shared. */
export interface EndpointMatch {
  /** Ids of all sets that match by address or name, ascending. */
  readonly sets: readonly number[];
  /** Id of the chosen set: its area, category and flags follow. `undefined`: nothing matches. */
  readonly chosen: number | undefined;
  readonly serviceArea: ServiceArea | undefined;
  readonly category: Category | undefined;
  readonly required: boolean | undefined;
  /** Whether the flow MAY go over ExpressRoute, never whether it did; `undefined` where nothing matches. */
  readonly erEligible: boolean | undefined;
  /** Longest prefix of any set that holds the address, as text. */
  readonly matchedPrefix: string | undefined;
  readonly basis: "ip" | "host" | "ip+host" | undefined;
  /** What disagrees, in words, several joined by "; ". */
  readonly conflict: string | undefined;
  /** Version of the list that judged, `YYYYMMDDNN` (or the name of the file given by the user). */
  readonly version: string;
}

/** A match in words, by which two versions are compared: set numbers come and go without a change for the flow. */
export function opinionOf(match: EndpointMatch): string {
  if (match.chosen === undefined) return "not listed";
  return `${match.serviceArea} ${match.category}, ${match.erEligible === true ? "eligible" : "not eligible"}`;
}
