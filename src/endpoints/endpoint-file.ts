import { basename } from "node:path";
import { decodeText } from "../files/decode-text.ts";
import { readWholeFile, whyUnread } from "../files/whole-file.ts";
import type { Cloud } from "../words.ts";
import { CsvReader } from "./csv-reader.ts";
import { parseDataFile } from "./data-file.ts";
import { EndpointDataError } from "./endpoint-set.ts";
import { type StoredVersion, versionsOf } from "./stored-version.ts";

/** A real list is 40 to 120 KB. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;

/**
 * The versions in a file that the user gives to judge by: an answer of the endpoint web service (JSON or CSV), the
 * same inside an object as `endpoints` (with `version`, if it has one), or a file of this program's own data.
 * Without a version inside, ten digits in the file's name are it, else the name itself.
 * Throws EndpointDataError where the file cannot be read or is none of these.
 */
export async function readEndpointFile(file: string, cloud: Cloud): Promise<StoredVersion[]> {
  const text = readText(file);
  const json = text.search(CSV_HEADER) === 0 ? csvSets(text) : parseJson(text, file);
  const object = typeof json === "object" && json !== null && !Array.isArray(json) ? json : {};
  if ("schema" in object) {
    const data = parseDataFile(text, file);
    if (data.cloud !== cloud) throw new EndpointDataError(`${file} is for cloud ${data.cloud}, not ${cloud}`);
    return versionsOf(data, "file");
  }
  const { readWebService } = await import("./web-service.ts"); // brings the validation library, needed only here
  const sets = readWebService("endpoints" in object ? object.endpoints : json, file);
  const inside =
    "version" in object && /^\d{10}$/.test(String(object.version)) ? String(object.version) : undefined;
  const version = inside ?? /(?<!\d)20\d{8}(?!\d)/.exec(basename(file))?.[0] ?? basename(file);
  return [{ version, reading: false, origin: "file", sets: () => sets }];
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new EndpointDataError(
      `${file} is no JSON; wanted: a saved answer of https://endpoints.office.com/endpoints/... (JSON or CSV)`,
    );
  }
}

/** First columns of the service's CSV (`format=CSV`). */
const CSV_HEADER = /^\ufeff?"?id"?,"?serviceArea"?,/;

/** Rows of the service's CSV as the objects of its JSON: lists are joined by commas, flags are `True` and `False`. */
function csvSets(text: string): Record<string, unknown>[] {
  const reader = new CsvReader(",");
  const [header = [], ...records] = [...reader.push(text), ...reader.end()];
  return records.map((record) =>
    Object.fromEntries(header.map((column, i) => [column, csvValue(column, record[i] ?? "")])),
  );
}

function csvValue(column: string, cell: string): unknown {
  switch (column) {
    case "id":
      return Number(cell);
    case "urls":
    case "ips":
      return cell.split(/[\s,;]+/).filter((each) => each !== "");
    case "expressRoute":
    case "required":
      return /^true$/i.test(cell) ? true : /^false$/i.test(cell) ? false : cell;
    default:
      return cell;
  }
}

function readText(file: string): string {
  try {
    const text = decodeText(readWholeFile(file, MAX_FILE_BYTES));
    if (text === undefined) throw new EndpointDataError(`${file} is no text in UTF-8 or UTF-16`);
    return text;
  } catch (error) {
    if (error instanceof EndpointDataError) throw error;
    if (error instanceof RangeError)
      throw new EndpointDataError(`${file} is ${error.message}: no endpoint list`);
    throw new EndpointDataError(`${file} ${whyUnread(error)}`);
  }
}
