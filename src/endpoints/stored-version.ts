import { type DataFile, setsAt } from "./data-file.ts";
import type { EndpointSet } from "./endpoint-set.ts";

/** One version that a history knows; its sets are read when they are first needed. */
export interface StoredVersion {
  /** `YYYYMMDDNN`; for a file that does not say its version, the file's name. */
  readonly version: string;
  /** Whether the version is only the day on which the list was read. */
  readonly reading: boolean;
  readonly origin: "shipped" | "updated" | "file";
  /** The user's file that it is in; none for what is shipped. */
  readonly file?: string;
  /** Throws EndpointDataError where they cannot be read. */
  readonly sets: () => readonly EndpointSet[];
}

/** The versions of a data file. */
export function versionsOf(data: DataFile, origin: StoredVersion["origin"]): StoredVersion[] {
  return data.versions.map((version, index) => ({
    version,
    reading: data.readings.includes(version),
    origin,
    sets: () => setsAt(data, index),
  }));
}

/** Whether a text is a version as the service numbers them: a day that there is, and a count. */
export function isListVersion(text: string): boolean {
  const [, year, month, day] = /^(20\d\d)(\d\d)(\d\d)\d\d$/.exec(text) ?? [];
  const time = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(`${year}-${month}-${day}`);
}
