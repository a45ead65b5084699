import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { makeFolder } from "../files/folder.ts";
import { whyUnread, whyUnwritten } from "../files/whole-file.ts";
import type { Cloud } from "../words.ts";
import { dataFileText, packData } from "./data-build.ts";
import { parseDataFile } from "./data-file.ts";
import { EndpointDataError, type EndpointSet } from "./endpoint-set.ts";
import { type StoredVersion, versionsOf } from "./stored-version.ts";

/**
 * The user's folder for endpoint lists: `o365flow/endpoints` below XDG_DATA_HOME (an absolute path, as the XDG Base
 * Directory Specification asks), else below LOCALAPPDATA on Windows, else below ~/.local/share.
 */
export function userDataFolder(): string {
  const { XDG_DATA_HOME, LOCALAPPDATA } = process.env;
  const base =
    XDG_DATA_HOME !== undefined && isAbsolute(XDG_DATA_HOME)
      ? XDG_DATA_HOME
      : process.platform === "win32" && LOCALAPPDATA !== undefined
        ? LOCALAPPDATA
        : join(homedir(), ".local", "share");
  return join(base, "o365flow", "endpoints");
}

/** The lists of a cloud that `endpoints update` fetched, one file a version; none where there is no such folder. */
export function updatedVersions(cloud: Cloud, folder: string | null = userDataFolder()): StoredVersion[] {
  if (folder === null) return [];
  let files: string[];
  try {
    files = readdirSync(join(folder, cloud));
  } catch {
    return []; // no folder: nothing was ever updated
  }
  return files
    .filter((file) => /^\d{10}\.json$/.test(file))
    .map((file) => ({
      version: file.slice(0, 10),
      reading: false,
      origin: "updated" as const,
      file: join(folder, cloud, file),
      sets: () => readStored(join(folder, cloud, file), file.slice(0, 10)),
    }));
}

function readStored(file: string, version: string): readonly EndpointSet[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new EndpointDataError(`${file} ${whyUnread(error)}`);
  }
  const stored = versionsOf(parseDataFile(text, file), "updated").find((each) => each.version === version);
  if (stored === undefined) throw new EndpointDataError(`${file} does not hold version ${version}`);
  return stored.sets();
}

/**
 * Keeps a fetched list in the user's folder, whole or not at all: it is written beside its place and moved there.
 * Lists of other versions stay. Answers with the path of the file.
 */
export function storeVersion(
  cloud: Cloud,
  version: string,
  sets: readonly EndpointSet[],
  folder: string,
): string {
  const place = join(folder, cloud);
  makeFolder(place);
  const file = join(place, `${version}.json`);
  replaceFile(file, dataFileText(packData(cloud, [{ version, reading: false, sets }])));
  return file;
}

/**
 * Writes a file so that whoever reads it sees the old text or the new one, never a part. EndpointDataError where that
 * cannot be done.
 */
export function replaceFile(file: string, text: string): void {
  const beside = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(beside, text, { flush: true });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw new EndpointDataError(`cannot write ${file}: ${whyUnwritten(error)}`);
  }
}
