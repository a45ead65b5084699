import { CsvReader } from "../endpoints/csv-reader.ts";
import { nameOf, readOnce, type ResultInput } from "./input.ts";
import type { ResultRecord, ResultRecords } from "./record.ts";
import { ResultError } from "./result-error.ts";

/** Records of a piece of CSV, and the lines on which they begin. */
interface Lines {
  readonly records: readonly (readonly string[])[];
  readonly lines: readonly number[];
}

/** Reads the header; the rows come in batches. Throws ResultError, where it can with the line. */
export async function openCsv(
  file: string,
  input: ResultInput,
  delimiter: "," | "\t",
  wanted: ReadonlySet<string> | undefined,
): Promise<ResultRecords> {
  const opened = linesOf(file, input.text(), delimiter);
  const { value: first } = await opened.next();
  if (input.isFile) await opened.return(undefined);
  const header = first?.records[0] ?? [];
  if (header.length === 1 && header[0]?.includes(";") === true)
    throw new ResultError(
      `${nameOf(file)} has ; between its cells: a spreadsheet saved it, which may have changed numbers and times, too; give the file as o365flow wrote it`,
    );
  for (const [place, name] of header.entries())
    if (name !== "" && header.indexOf(name) !== place && wanted?.has(name) !== false)
      throw new ResultError(`${nameOf(file)} has two columns ${name}: which one counts?`);
  const places: ReadonlyMap<string, number> = new Map(
    header
      .map((name, place) => [name, place] as const)
      .filter(([name]) => wanted === undefined || wanted.has(name)),
  );
  const recordOf = (fields: readonly string[], line: number): ResultRecord => {
    if (fields[0] === header[0] && fields.length > 1 && fields.every((name, place) => name === header[place]))
      throw new ResultError(
        `${nameOf(file)}:${line}: the header again: results were put together as they are; leave out the headers but the first`,
      );
    if (fields.length !== header.length)
      throw new ResultError(
        `${nameOf(file)}:${line}: found ${fields.length} cells, wanted ${header.length} as in the header: the file is cut or damaged`,
      );
    return new CsvRecord(line, fields, places);
  };
  let isRead = false;
  /** Of a pipe: what was read for the header's sake, and the rest. */
  const once = async function* once(): AsyncGenerator<Lines> {
    if (isRead) throw new ResultError(readOnce(file));
    isRead = true;
    if (first !== undefined) yield first;
    yield* opened;
  };
  return {
    isFile: input.isFile,
    isEmpty: false,
    hasLines: true,
    columns: header,
    batches: async function* batches() {
      const pieces = input.isFile ? linesOf(file, input.text(), delimiter) : once();
      let skipped = 1;
      for await (const { records, lines } of pieces) {
        yield records.slice(skipped).map((fields, i) => recordOf(fields, lines[i + skipped] ?? 0));
        skipped = 0;
      }
    },
  };
}

async function* linesOf(
  file: string,
  text: AsyncGenerator<string>,
  delimiter: "," | "\t",
): AsyncGenerator<Lines, undefined> {
  const reader = new CsvReader(delimiter);
  try {
    for await (const piece of text) {
      const records = reader.push(piece);
      if (records.length > 0) yield { records, lines: reader.lines };
    }
    const records = reader.end();
    if (reader.isCut) throw new RangeError("the last row ends inside a quoted cell: the file is cut");
    if (records.length > 0) yield { records, lines: reader.lines };
  } catch (error) {
    if (error instanceof RangeError) throw new ResultError(`${nameOf(file)}: ${error.message}`);
    throw error;
  }
  return undefined;
}

/** A row of text cells, and where each column stands. */
class CsvRecord implements ResultRecord {
  readonly line: number;
  readonly #fields: readonly string[];
  readonly #places: ReadonlyMap<string, number>;

  constructor(line: number, fields: readonly string[], places: ReadonlyMap<string, number>) {
    this.line = line;
    this.#fields = fields;
    this.#places = places;
  }

  cell(name: string): string | undefined {
    const place = this.#places.get(name);
    return place === undefined ? undefined : undefused(this.#fields[place] ?? "");
  }

  cells(): Readonly<Record<string, unknown>> {
    return Object.fromEntries([...this.#places.keys()].map((name) => [name, this.cell(name)]));
  }
}

const DEFUSED = /(^|;"*)'(?=[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])/g;

/** Takes off the apostrophes that a report puts before what a spreadsheet would run. */
function undefused(text: string): string {
  return text.includes("'") ? text.replace(DEFUSED, "$1") : text;
}
