import type { Category, ServiceArea } from "../words.ts";

/** One published endpoint set as it stood in one version of a list. */
export interface EndpointSet {
  readonly id: number;
  readonly serviceArea: ServiceArea;
  readonly category: Category;
  readonly required: boolean;
  /** Whether Microsoft supports the set over ExpressRoute: where traffic may go, not where it goes. */
  readonly expressRoute: boolean;
  /** As published: `80,443`, `50000-59999`, or empty. */
  readonly tcpPorts: string;
  readonly udpPorts: string;
  /** Host names, lower case, with `*` for any text. */
  readonly names: readonly string[];
  readonly prefixes: readonly string[];
}

export const SERVICE_AREAS: readonly ServiceArea[] = ["Exchange", "Skype", "SharePoint", "Common"];

/** Best first: an address in several categories is treated as the highest. */
export const CATEGORIES: readonly Category[] = ["Optimize", "Allow", "Default"];

/** Port ranges as pairs of first and last; `undefined` for a text that is no list of ports. */
export function parsePorts(text: string): number[] | undefined {
  const ranges: number[] = [];
  for (const part of text.split(",")) {
    const item = part.trim();
    if (item === "") continue;
    const found = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(item);
    const first = Number(found?.[1] ?? NaN);
    const last = Number(found?.[2] ?? first);
    if (!(first <= last && last <= 0xffff)) return undefined;
    ranges.push(first, last);
  }
  return ranges;
}

/** Whether a port lies in ranges as `parsePorts` gives them. */
export function portIn(ranges: readonly number[], port: number): boolean {
  for (let i = 0; i < ranges.length; i += 2) {
    if (port >= (ranges[i] ?? Infinity) && port <= (ranges[i + 1] ?? -1)) return true;
  }
  return false;
}

/** Something is wrong with an endpoint list: a file that cannot be read, or one that is no endpoint list. */
export class EndpointDataError extends Error {
  override readonly name = "EndpointDataError";
}
