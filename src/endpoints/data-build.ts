import { parseAddress } from "../address/address.ts";
import { compareText } from "../compare-text.ts";
import type { Cloud } from "../words.ts";
import { DATA_SCHEMA, type DataFile, type DataSet, type DataSpan, setsAt } from "./data-file.ts";
import type { EndpointSet } from "./endpoint-set.ts";

/** One list as it was read: its version and sets; `reading` where the version is only the day of reading. */
export interface VersionedSets {
  readonly version: string;
  readonly reading: boolean;
  readonly sets: readonly EndpointSet[];
}

/** All lists that a data file holds, oldest first. */
export function unpackData(data: DataFile): VersionedSets[] {
  return data.versions.map((version, index) => ({
    version,
    reading: data.readings.includes(version),
    sets: setsAt(data, index),
  }));
}

/** A data file of lists of one cloud; of two with the same version the later given one counts. */
export function packData(cloud: Cloud, lists: readonly VersionedSets[]): DataFile {
  const byVersion = new Map(lists.map((list) => [list.version, list]));
  const ordered = [...byVersion.values()].toSorted((a, b) => compareText(a.version, b.version));
  const everySet = ordered.flatMap((list) => list.sets);
  const prefixes = byAddress(new Set(everySet.flatMap((set) => set.prefixes)));
  const names = [...new Set(everySet.flatMap((set) => set.names))].toSorted();
  const prefixNumbers = new Map(prefixes.map((prefix, i) => [prefix, i]));
  const nameNumbers = new Map(names.map((name, i) => [name, i]));
  const ids = [...new Set(everySet.map((set) => set.id))].toSorted((a, b) => a - b);
  return {
    schema: DATA_SCHEMA,
    cloud,
    versions: ordered.map((list) => list.version),
    readings: ordered.filter((list) => list.reading).map((list) => list.version),
    prefixes,
    names,
    sets: ids.map((id) => {
      const over = ordered.map((list) => list.sets.find((set) => set.id === id));
      return {
        id,
        spans: spansOf(over),
        prefixes: triplesOf(over, (set) => set.prefixes, prefixNumbers),
        names: triplesOf(over, (set) => set.names, nameNumbers),
      };
    }),
  };
}

function spansOf(over: readonly (EndpointSet | undefined)[]): DataSpan[] {
  const spans: DataSpan[] = [];
  for (const [version, set] of over.entries()) {
    if (set === undefined) continue;
    const span: DataSpan = [
      version,
      version,
      set.serviceArea,
      set.category,
      set.required,
      set.expressRoute,
      set.tcpPorts,
      set.udpPorts,
    ];
    const before = spans.at(-1);
    if (
      before !== undefined &&
      before[1] === version - 1 &&
      before.slice(2).join("|") === span.slice(2).join("|")
    ) {
      spans[spans.length - 1] = [before[0], version, ...span.slice(2)] as unknown as DataSpan;
    } else {
      spans.push(span);
    }
  }
  return spans;
}

function triplesOf(
  over: readonly (EndpointSet | undefined)[],
  textsOf: (set: EndpointSet) => readonly string[],
  numbers: ReadonlyMap<string, number>,
): number[] {
  const found: [number: number, first: number, last: number][] = [];
  const running = new Map<string, [number, number, number]>();
  for (const [version, set] of over.entries()) {
    for (const text of new Set(set === undefined ? [] : textsOf(set))) {
      const run = running.get(text);
      if (run !== undefined && run[2] === version - 1) {
        run[2] = version;
      } else {
        const started: [number, number, number] = [numbers.get(text) ?? -1, version, version];
        running.set(text, started);
        found.push(started);
      }
    }
  }
  return found.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]).flat();
}

/** IPv4 before IPv6, by address, the shorter prefix first. */
function byAddress(prefixes: ReadonlySet<string>): string[] {
  return [...prefixes]
    .map((prefix) => ({ prefix, key: sortKey(prefix) }))
    .toSorted((a, b) => compareText(a.key, b.key))
    .map(({ prefix }) => prefix);
}

function sortKey(prefix: string): string {
  const [text = "", length = ""] = prefix.split("/");
  const address = parseAddress(text);
  const words = address?.words.map((word) => word.toString(16).padStart(8, "0")).join("") ?? text;
  return `${address?.version ?? 0}${words}${length.padStart(3, "0")}`;
}

/** The text of a data file: a line for each text and each set, so that a change shows as few lines. */
export function dataFileText(data: DataFile): string {
  return (
    `{"schema":${data.schema},"cloud":${JSON.stringify(data.cloud)},\n"versions":[\n${lines(data.versions)}\n],\n` +
    `"readings":${JSON.stringify(data.readings)},\n"prefixes":[\n${lines(data.prefixes)}\n],\n` +
    `"names":[\n${lines(data.names)}\n],\n"sets":[\n${data.sets.map(setText).join(",\n")}\n]}\n`
  );
}

function lines(items: readonly string[]): string {
  return items.map((item) => `  ${JSON.stringify(item)}`).join(",\n");
}

function setText(set: DataSet): string {
  const [spans, prefixes, names] = [set.spans, set.prefixes, set.names].map((each) => JSON.stringify(each));
  return ` {"id":${set.id},\n  "spans":${spans},\n  "prefixes":${prefixes},\n  "names":${names}}`;
}
