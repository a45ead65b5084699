import { readFileSync } from "node:fs";
import { type Category, type Cloud, CLOUDS, type ServiceArea } from "../words.ts";
import { EndpointDataError, type EndpointSet } from "./endpoint-set.ts";

/** Changed when a program that knows the old form could no longer read the file. */
export const DATA_SCHEMA = 1;

/**
 * One cloud's endpoint sets in every version that is stored (`data/endpoints/CLOUD.json`).
 * Texts stand once, in tables; sets say by number which of them they had, and from which version to which.
 * Versions are numbered from 0 in the order of `versions`; both ends of a span hold.
 */
export interface DataFile {
  readonly schema: number;
  readonly cloud: Cloud;
  /** `YYYYMMDDNN`, ascending. */
  readonly versions: readonly string[];
  /** Those of `versions` that stand for a list read on that day, whose own version is not known. */
  readonly readings: readonly string[];
  readonly prefixes: readonly string[];
  readonly names: readonly string[];
  readonly sets: readonly DataSet[];
}

export interface DataSet {
  readonly id: number;
  /** First and last version, then what held from one to the other. */
  readonly spans: readonly DataSpan[];
  /** Triples: number of the prefix, first and last version. */
  readonly prefixes: readonly number[];
  /** Triples: number of the name, first and last version. */
  readonly names: readonly number[];
}

export type DataSpan = readonly [
  first: number,
  last: number,
  serviceArea: ServiceArea,
  category: Category,
  required: boolean,
  expressRoute: boolean,
  tcpPorts: string,
  udpPorts: string,
];

/** Reads the file that this program was delivered with. */
export function shippedData(cloud: Cloud): DataFile {
  const file = new URL(`../../data/endpoints/${cloud}.json`, import.meta.url);
  return parseDataFile(readFileSync(file, "utf8"), `data/endpoints/${cloud}.json`);
}

/** Reads a text in this form; EndpointDataError names the file where it is not. */
export function parseDataFile(text: string, file: string): DataFile {
  let data: DataFile;
  try {
    data = JSON.parse(text) as DataFile;
  } catch {
    throw new EndpointDataError(`${file} is no JSON`);
  }
  if (data?.schema !== DATA_SCHEMA || !CLOUDS.includes(data.cloud) || !Array.isArray(data.sets)) {
    throw new EndpointDataError(`${file} is not endpoint data of schema ${DATA_SCHEMA}`);
  }
  return data;
}

/** The sets of one version, ascending by id. */
export function setsAt(data: DataFile, version: number): EndpointSet[] {
  const sets: EndpointSet[] = [];
  for (const set of data.sets) {
    const span = set.spans.find(([first, last]) => first <= version && version <= last);
    if (span === undefined) continue;
    const [, , serviceArea, category, required, expressRoute, tcpPorts, udpPorts] = span;
    sets.push({
      id: set.id,
      serviceArea,
      category,
      required,
      expressRoute,
      tcpPorts,
      udpPorts,
      names: textsAt(data.names, set.names, version),
      prefixes: textsAt(data.prefixes, set.prefixes, version),
    });
  }
  return sets;
}

function textsAt(texts: readonly string[], triples: readonly number[], version: number): string[] {
  const found: string[] = [];
  for (let i = 0; i < triples.length; i += 3) {
    const text = texts[triples[i] ?? -1];
    if ((triples[i + 1] ?? Infinity) <= version && version <= (triples[i + 2] ?? -1) && text !== undefined) {
      found.push(text);
    }
  }
  return found;
}
