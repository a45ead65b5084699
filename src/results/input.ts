import { createReadStream, statSync } from "node:fs";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { encodingOf } from "../files/decode-text.ts";
import { isCapture } from "../files/other-content.ts";
import { whyUnread } from "../files/whole-file.ts";
import { STANDARD_INPUT } from "./locate.ts";
import { ResultError } from "./result-error.ts";

/** Forms in which a result is read; told by content, whatever the file is called. */
export type ResultForm = "csv" | "tsv" | "json" | "parquet";

/** A result that was opened: what it is, and its text in pieces. The text of Parquet is never asked for. */
export interface ResultInput {
  readonly form: ResultForm;
  /** NDJSON of no bytes: a result without rows, or one of which nothing was written. */
  readonly isEmpty: boolean;
  /** False for a pipe: its text can be had once. */
  readonly isFile: boolean;
  /** From the beginning on. Whoever leaves off in the middle returns the generator, as `for await` does: it closes the file. */
  text(): AsyncGenerator<string>;
}

const PIECE_BYTES = 1 << 18;
/** So much tells what a result is. A pipe gives pieces as small as they were written. */
const HEAD_BYTES = 65_536;

/** Names of the one form that has neither header nor brackets: without rows it is an empty file. */
const NDJSON = /\.(?:ndjson|jsonl)(?:\.gz)?$/i;

function emptyText(file: string): string {
  return (
    `${nameOf(file)} is empty: not even a header is in it. ` +
    (file === STANDARD_INPUT
      ? "Did the program before it fail? NDJSON without rows is empty, too: use CSV or JSON"
      : "Did the program that wrote it fail? Only what is called .ndjson or .jsonl is taken for a result without rows")
  );
}

/** Opens a result and looks at how it begins. gzip is undone. A file is open only while it is read. Throws ResultError. */
export async function openResultInput(file: string): Promise<ResultInput> {
  const first = await openPieces(file);
  const { head } = first;
  const isFile = file !== STANDARD_INPUT && statSync(file).isFile();
  if (isFile || head === undefined) first.close();
  const isEmpty = head === undefined;
  if (isEmpty && !NDJSON.test(file)) throw new ResultError(emptyText(file));
  if (head !== undefined && isCapture(head)) {
    first.close();
    throw new ResultError(
      `${nameOf(file)} is a capture: wanted a result of it, such as o365flow classify CAPTURE -o flows.csv writes`,
    );
  }
  let isRead = false;
  const once = (): Pieces => {
    if (isRead) throw new ResultError(readOnce(file));
    isRead = true;
    return first;
  };
  return {
    form: head === undefined ? "json" : formOf(head),
    isEmpty,
    isFile,
    text: async function* text() {
      yield* textOf(isFile ? await openPieces(file) : once(), file);
    },
  };
}

/** The bytes of an opened result, unzipped: the beginning, and the pieces behind it. */
interface Pieces {
  readonly head: Uint8Array | undefined;
  readonly rest: AsyncIterator<Uint8Array>;
  close(): void;
}

async function openPieces(file: string): Promise<Pieces> {
  const stream: Readable =
    file === STANDARD_INPUT ? process.stdin : createReadStream(file, { highWaterMark: PIECE_BYTES });
  const bytes = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  const close = (): void => void stream.destroy();
  try {
    const head = await headOf(bytes, file);
    if (head?.[0] !== 0x1f || head[1] !== 0x8b) return { head, rest: bytes, close };
    const unzipped = Readable.from(chained(head, bytes, file)).pipe(createGunzip());
    const rest = unzipped[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    return {
      head: await headOf(rest, file),
      rest,
      close: () => {
        unzipped.destroy();
        stream.destroy();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

export function readOnce(file: string): string {
  return `${nameOf(file)} is a pipe: its rows can be read once`;
}

/** What a file is called in messages. */
export function nameOf(file: string): string {
  return file === STANDARD_INPUT ? "standard input" : file;
}

async function headOf(bytes: AsyncIterator<Uint8Array>, file: string): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  for (let length = 0; length < HEAD_BYTES;) {
    const piece = await next(bytes, file);
    if (piece === undefined) break;
    pieces.push(piece);
    length += piece.length;
  }
  return pieces.length > 1 ? Buffer.concat(pieces) : pieces[0];
}

async function next(bytes: AsyncIterator<Uint8Array>, file: string): Promise<Uint8Array | undefined> {
  try {
    const { done, value } = await bytes.next();
    return done === true ? undefined : value;
  } catch (error) {
    // Also what is wrong with compressed data comes here, in words of its own.
    const isOfSystem = error instanceof Error && "syscall" in error;
    throw new ResultError(
      isOfSystem
        ? `${nameOf(file)} ${whyUnread(error)}`
        : `cannot read ${nameOf(file)}: ${error instanceof Error ? error.message : String(error)}`,
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

async function* textOf({ head, rest, close }: Pieces, file: string): AsyncGenerator<string> {
  const encoding = encodingOf(head ?? new Uint8Array());
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  const decode = (piece: Uint8Array | undefined): string => {
    try {
      return piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true });
    } catch {
      throw new ResultError(
        `${nameOf(file)} is no text in UTF-8 or UTF-16, and no Parquet: is it a result of o365flow?`,
      );
    }
  };
  try {
    if (head !== undefined) for await (const piece of chained(head, rest, file)) yield decode(piece);
    yield decode(undefined);
  } finally {
    close();
  }
}

function formOf(head: Uint8Array): ResultForm {
  const text = new TextDecoder(encodingOf(head)).decode(head.subarray(0, HEAD_BYTES)); // without its mark
  if (text.startsWith("PAR1")) return "parquet";
  const first = text.trimStart()[0];
  if (first === "[" || first === "{") return "json";
  const header = text.split(/[\r\n]/, 1)[0] ?? "";
  return header.includes("\t") ? "tsv" : "csv";
}
