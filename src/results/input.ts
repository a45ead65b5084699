import { createReadStream, statSync } from "node:fs";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { STANDARD_INPUT } from "./locate.ts";
import { ResultError } from "./result-error.ts";

/** Forms in which a result is read; told by content, whatever the file is called. */
export type ResultForm = "csv" | "tsv" | "json" | "parquet";

/** A result that was opened: what it is, and its text in pieces. The text of Parquet is never asked for. */
export interface ResultInput {
  readonly form: ResultForm;
  /** False for a pipe: its text can be had once. */
  readonly isFile: boolean;
  /** From the beginning on. Whoever leaves off in the middle returns the generator, as `for await` does: it closes the file. */
  text(): AsyncGenerator<string>;
}

const PIECE_BYTES = 1 << 18;

/** Opens a result and looks at how it begins. gzip is undone. A file is open only while it is read. Throws ResultError. */
export async function openResultInput(file: string): Promise<ResultInput> {
  const first = await openPieces(file);
  const { head } = first;
  const isFile = file !== STANDARD_INPUT && statSync(file).isFile();
  if (isFile || head === undefined) first.close();
  if (head === undefined) throw new ResultError(`${nameOf(file)} is empty: not even a header is in it`);
  let isRead = false;
  const once = (): Pieces => {
    if (isRead) throw new ResultError(readOnce(file));
    isRead = true;
    return first;
  };
  return {
    form: formOf(head),
    isFile,
    text: async function* text() {
      yield* textOf(isFile ? await openPieces(file) : once(), file);
    },
  };
}

/** The bytes of an opened result, unzipped: the first piece, and those behind it. */
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
    const head = await next(bytes, file);
    if (head?.[0] !== 0x1f || head[1] !== 0x8b) return { head, rest: bytes, close };
    const unzipped = Readable.from(chained(head, bytes, file)).pipe(createGunzip());
    const rest = unzipped[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    return {
      head: await next(rest, file),
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

async function* textOf({ head, rest, close }: Pieces, file: string): AsyncGenerator<string> {
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
  try {
    if (head !== undefined) for await (const piece of chained(head, rest, file)) yield decode(piece);
    yield decode(undefined);
  } finally {
    close();
  }
}

function formOf(head: Uint8Array): ResultForm {
  const text = Buffer.from(head.subarray(0, 65_536))
    .toString("utf8")
    .replace(/^\ufeff/, "");
  if (text.startsWith("PAR1")) return "parquet";
  const first = text.trimStart()[0];
  if (first === "[" || first === "{") return "json";
  const header = text.split(/[\r\n]/, 1)[0] ?? "";
  return header.includes("\t") ? "tsv" : "csv";
}
