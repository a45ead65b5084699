import { compareText } from "../compare-text.ts";
import { type Cloud, CLOUDS } from "../words.ts";
import { shippedData } from "./data-file.ts";
import { readEndpointFile } from "./endpoint-file.ts";
import { EndpointList } from "./endpoint-list.ts";
import { ListLookup } from "./list-lookup.ts";
import { type StoredVersion, versionsOf } from "./stored-version.ts";
import { updatedVersions } from "./user-data.ts";

export interface HistoryOptions {
  /** The folder with lists that `endpoints update` fetched; the user's own by default, `null` for none. */
  readonly userData?: string | null | undefined;
}

/**
 * Opens the endpoint lists of a cloud: the delivered history and the user's updated lists.
 * Reads one small file and a folder's names; versions are parsed when they are asked for.
 * Throws EndpointDataError for files that cannot be read, RangeError for what is no cloud.
 */
export function loadEndpoints(cloud: Cloud, options: HistoryOptions = {}): EndpointHistory {
  if (!CLOUDS.includes(cloud))
    throw new RangeError(`"${String(cloud)}" is no cloud; wanted one of ${CLOUDS.join(", ")}`);
  const shipped = versionsOf(shippedData(cloud), "shipped");
  const known = new Set(shipped.map((each) => each.version));
  const updated = updatedVersions(cloud, options.userData).filter((each) => !known.has(each.version));
  return new EndpointHistory(cloud, [...shipped, ...updated]);
}

/** `loadEndpoints`, or the list in a file instead (`--endpoints FILE`), which then judges every moment it can. */
export async function openEndpoints(
  cloud: Cloud,
  options: HistoryOptions & { readonly file?: string | undefined } = {},
): Promise<EndpointHistory> {
  if (options.file === undefined) return loadEndpoints(cloud, options);
  const { file } = options;
  return new EndpointHistory(
    cloud,
    (await readEndpointFile(file, cloud)).map((version) => ({ ...version, file })),
  );
}

/** One cloud's endpoint lists over time. */
export class EndpointHistory {
  readonly cloud: Cloud;
  /** Known versions, ascending. */
  readonly versions: readonly string[];
  readonly stored: readonly StoredVersion[];
  /** Files of the user's that it was made from. */
  readonly files: readonly string[];
  readonly #lookups: Map<number, ListLookup> = new Map();
  readonly #lists: Map<number, EndpointList> = new Map();
  readonly #between: Map<number, EndpointList> = new Map();
  readonly #remembered: Map<number | string, EndpointList> = new Map();

  /** At least one version is needed. */
  constructor(cloud: Cloud, stored: readonly StoredVersion[]) {
    if (stored.length === 0) throw new RangeError(`no endpoint list for ${cloud}`);
    this.cloud = cloud;
    this.stored = stored.toSorted((a, b) => compareText(a.version, b.version));
    this.versions = this.stored.map((each) => each.version);
    this.files = [...new Set(this.stored.map(({ file }) => file).filter((file) => file !== undefined))];
  }

  /**
   * The list that judges a moment: seconds since 1970 (below 0 or not finite: no time, the newest), "latest",
   * a day `YYYY-MM-DD`, or a version `YYYYMMDDNN`. Before the first list the first, between two the earlier (which
   * then notes where the later says otherwise), after the newest the newest. Lists are shared: ask as often as you
   * like. RangeError for a text that is none of these.
   */
  at(when: number | string): EndpointList {
    const key = typeof when === "number" ? Math.floor(when / SECONDS_A_DAY) : when;
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const list = this.#listAt(momentOf(when));
    if (this.#remembered.size >= MAX_REMEMBERED_MOMENTS) this.#remembered.clear();
    this.#remembered.set(key, list);
    return list;
  }

  #listAt(moment: string): EndpointList {
    const index = this.#indexAt(moment);
    // A list asked for by its own version, or before the first and after the newest, has nobody beside it.
    const alone =
      index === this.versions.length - 1 || moment < this.#version(0) || moment === this.#version(index);
    const lists = alone ? this.#lists : this.#between;
    let list = lists.get(index);
    if (list === undefined) {
      list = alone
        ? new EndpointList(this.cloud, this.#lookup(index))
        : new EndpointList(this.cloud, this.#lookup(index), () => this.#lookup(index + 1));
      lists.set(index, list);
    }
    return list;
  }

  /** What to say once about judging a moment by the list that `at` gives; `undefined` where nothing is special. */
  note(when: number | string): string | undefined {
    const moment = momentOf(when);
    if (moment === NEWEST) return undefined;
    if (this.stored.some((each) => each.origin === "file"))
      return typeof when === "string" ? this.#noteOfFile(when, moment) : undefined;
    const [first, newest] = [this.#version(0), this.#version(this.versions.length - 1)];
    if (moment.slice(0, 8) < first.slice(0, 8)) {
      return `before the first known endpoint list: judged by ${first} (${this.cloud})`;
    }
    const days = daysBetween(newest, moment);
    if (days > 0) {
      const age = `${days} ${days === 1 ? "day" : "days"} older`;
      return `the newest known endpoint list (${this.cloud} ${newest}) is ${age} than what it judges; o365flow endpoints update asks for a newer one`;
    }
    if (moment === when && !this.versions.includes(moment)) {
      return `there is no stored endpoint list ${moment} (${this.cloud}): judged by ${this.#version(this.#indexAt(moment))}`;
    }
    return undefined;
  }

  /** Of a file that is one list: nothing else judges, whatever was asked for. */
  #noteOfFile(asked: string, moment: string): string | undefined {
    const only = this.#version(0);
    // A day takes the list before it; a version is one list and no other.
    const fits = /^\d{10}$/.test(only) && (asked === moment ? asked === only : only <= moment);
    if (this.versions.length > 1 || fits) return undefined;
    return `${asked} was asked for, but ${only} is the one list of its file: it judges (${this.cloud})`;
  }

  /** What to say of everything between two moments, seconds since 1970. */
  notes(from: number, to: number): readonly string[] {
    const isBefore = momentOf(from).slice(0, 8) < this.#version(0).slice(0, 8);
    const found = [isBefore ? this.note(from) : undefined, this.note(to)];
    return [...new Set(found.filter((text) => text !== undefined))];
  }

  #version(index: number): string {
    return this.versions[index] ?? "";
  }

  #indexAt(moment: string): number {
    let index = 0;
    for (const [i, version] of this.versions.entries()) {
      if (version <= moment) index = i;
    }
    return index;
  }

  #lookup(index: number): ListLookup {
    let lookup = this.#lookups.get(index);
    if (lookup === undefined) {
      const stored = this.stored[index];
      if (stored === undefined) throw new RangeError(`no version number ${index}`);
      lookup = new ListLookup(stored.version, stored.sets());
      this.#lookups.set(index, lookup);
    }
    return lookup;
  }
}

const NEWEST = "9999999999";
const SECONDS_A_DAY = 86_400;

/** Days and texts whose list is cached, since every flow asks; a full cache is emptied. */
const MAX_REMEMBERED_MOMENTS = 4_096;

/** A moment as a text that compares with versions: all versions of its day are in force. */
function momentOf(when: number | string): string {
  if (when === "latest") return NEWEST;
  if (typeof when === "string") {
    const version = /^(\d{4})(\d\d)(\d\d)\d\d$/.exec(when);
    const text = version === null ? when : version.slice(1).join("-");
    const day = new Date(`${text}T00:00:00Z`);
    if (
      !/^\d{4}-\d\d-\d\d$/.test(text) ||
      Number.isNaN(day.getTime()) ||
      !day.toISOString().startsWith(text)
    ) {
      throw new RangeError(`"${when}" is not "latest", a day YYYY-MM-DD or a list version YYYYMMDDNN`);
    }
    return version === null ? `${text.replaceAll("-", "")}99` : when;
  }
  // 253402300800: the year 10000, which versions cannot say.
  if (!(when >= 0 && when < 253_402_300_800)) return NEWEST;
  return `${new Date(when * 1000).toISOString().slice(0, 10).replaceAll("-", "")}99`;
}

function daysBetween(earlier: string, later: string): number {
  return Math.round((dayOf(later) - dayOf(earlier)) / 86_400_000);
}

/** Midnight of a version's or moment's day, in milliseconds since 1970. */
function dayOf(version: string): number {
  return Date.UTC(Number(version.slice(0, 4)), Number(version.slice(4, 6)) - 1, Number(version.slice(6, 8)));
}
