import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { STANDARD_INPUT } from "./locate.ts";
import { ResultError } from "./result-error.ts";

/** Forms in which a result is read; told by content, whatever the file is called. */
export type ResultForm = "csv" | "tsv" | "json" | "parquet";

/** A result that was opened: what it is, and its text in pieces. The text of Parquet is never asked for. */
export interface ResultInput {
  readonly form: ResultForm;
  text(): AsyncGenerator<string>;
}

const PIECE_BYTES = 1 << 18;

/** Opens a result and looks at how it begins. gzip is undone. Throws ResultError. */
export async function openResultInput(file: string): Promise<ResultInput> {
  const bytes = bytesOf(file);
  let head = await next(bytes, file);
  let rest: AsyncIterator<Uint8Array> = bytes;
  if (head?.[0] === 0x1f && head[1] === 0x8b) {
    const unzipped = Readable.from(chained(head, bytes, file)).pipe(createGunzip());
    rest = unzipped[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    head = await next(rest, file);
  }
  if (head === undefined) throw new ResultError(`${nameOf(file)} is empty: not even a header is in it`);
  return { form: formOf(head), text: () => textOf(head, rest, file) };
}

/** What a file is called in messages. */
export function nameOf(file: string): string {
  return file === STANDARD_INPUT ? "standard input" : file;
}

function bytesOf(file: string): AsyncIterator<Uint8Array> {
  const stream =
    file === STANDARD_INPUT ? process.stdin : createReadStream(file, { highWaterMark: PIECE_BYTES });
  return stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
}

async function next(bytes: AsyncIterator<Uint8Array>, file: string): Promise<Uint8Array | undefined> {
  try {
    const { done, value } = await bytes.next();
    return done === true ? undefined : value;
  } catch (error) {
    throw new ResultError(
      `cannot read ${nameOf(file)}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function* chained(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
  file: string,
): AsyncGenerator<Uint8Array> {
  for (let piece: Uint8Array | undefined = head; piece !== undefined; piece = await next(rest, file))
    yield piece;
}

async function* textOf(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
  file: string,
): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const decode = (piece: Uint8Array | undefined): string => {
    try {
      return piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true });
    } catch {
      throw new ResultError(
        `${nameOf(file)} is no text in UTF-8, and no Parquet: is it a result of o365flow?`,
      );
    }
  };
  for await (const piece of chained(head, rest, file)) yield decode(piece);
  yield decode(undefined);
}

function formOf(head: Uint8Array): ResultForm {
  const text = Buffer.from(head.subarray(0, 65_536))
    .toString("utf8")
    .replace(/^\ufeff/, "");
  if (text.startsWith("PAR1")) return "parquet";
  const first = text.trimStart()[0];
  if (first === "[" || first === "{") return "json";
  const header = text.split("\n", 1)[0] ?? "";
  return header.includes("\t") ? "tsv" : "csv";
}
