import type { ColumnMetaData, Compressors, PageHeader } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { decompressPage } from "hyparquet/src/datapage.js";

/** Most bytes of one page; writers make pages of about a megabyte. */
const MOST_PAGE_BYTES = 256 << 20;
/** A run is padded to eight values; some writers pad more. */
const MOST_PADDING = 1024;

const DICTIONARY = new Set(["PLAIN_DICTIONARY", "RLE_DICTIONARY"]);

/** What a column chunk is to hold. */
export interface ChunkShape {
  readonly column: ColumnMetaData;
  readonly rows: number;
  /** Values may be missing: each page begins with which are there. */
  readonly optional: boolean;
}

/**
 * Walks through the pages of a column chunk before they are decoded. The decoder believes every count: one that a flipped
 * bit made huge, or negative, keeps it busy for ever. Throws a RangeError that says what was found and what was wanted.
 */
export function checkPages(bytes: ArrayBuffer, shape: ChunkShape, compressors: Compressors): void {
  const { column, rows } = shape;
  const reader = { view: new DataView(bytes), offset: 0 };
  let seen = 0;
  for (let first = true; seen < rows; first = false) {
    if (reader.offset >= bytes.byteLength - 1)
      throw new RangeError(`its pages hold ${seen} values, wanted ${rows}`);
    const at = reader.offset;
    const header = parquetHeader(reader);
    const packed = within(
      "compressed size",
      at,
      header.compressed_page_size,
      bytes.byteLength - reader.offset,
    );
    const unpacked = within("size", at, header.uncompressed_page_size, MOST_PAGE_BYTES);
    const page = new Uint8Array(bytes, reader.offset, packed);
    reader.offset += packed;
    const unpack = (part: Uint8Array, size: number): Uint8Array =>
      decompressPage(part, size, column.codec, compressors);
    const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: dictionary } = header;
    if (header.type === "DICTIONARY_PAGE" && dictionary !== undefined && first)
      // A value takes a bit at least.
      within("dictionary", at, dictionary.num_values, unpacked * 8);
    else if (header.type === "DATA_PAGE" && v1 !== undefined) {
      within("values", at, v1.num_values, rows - seen, 1);
      checkData(unpack(page, unpacked), v1.num_values, v1.encoding, shape);
      seen += v1.num_values;
    } else if (header.type === "DATA_PAGE_V2" && v2 !== undefined) {
      within("values", at, v2.num_values, rows - seen, 1);
      within("rows", at, v2.num_rows, v2.num_values, v2.num_values);
      checkDataV2(page, at, header, v2, shape, unpack);
      seen += v2.num_values;
    } else throw new RangeError(`page at ${at} is a ${header.type ?? "page of no kind"} without its header`);
  }
}

function checkDataV2(
  page: Uint8Array,
  at: number,
  header: PageHeader,
  v2: NonNullable<PageHeader["data_page_header_v2"]>,
  { column, optional }: ChunkShape,
  unpack: (part: Uint8Array, size: number) => Uint8Array,
): void {
  const nulls = within("nulls", at, v2.num_nulls, v2.num_values);
  within("repetition levels", at, v2.repetition_levels_byte_length, 0);
  const levels = within("levels", at, v2.definition_levels_byte_length, page.length);
  if (optional) checkRuns(page, 0, 1, v2.num_values);
  const size = header.uncompressed_page_size - levels;
  const rest = page.subarray(levels);
  const isPacked = v2.is_compressed !== false && size !== 0;
  checkValues(isPacked ? unpack(rest, size) : rest, 0, v2.num_values - nulls, v2.encoding, column);
}

function checkData(page: Uint8Array, count: number, encoding: string | undefined, shape: ChunkShape): void {
  if (!shape.optional) {
    checkValues(page, 0, count, encoding, shape.column);
    return;
  }
  const length = new DataView(page.buffer, page.byteOffset, page.byteLength).getUint32(0, true);
  if (length > page.length - 4) throw new RangeError(`levels of ${length} bytes in a page of ${page.length}`);
  const present = checkRuns(page, 4, 1, count);
  checkValues(page, 4 + length, present, encoding, shape.column);
}

/** `count`: values that the page must hold at least. */
function checkValues(
  page: Uint8Array,
  at: number,
  count: number,
  encoding: string | undefined,
  column: ColumnMetaData,
): void {
  if (encoding === "PLAIN") return;
  if (DICTIONARY.has(encoding ?? "")) {
    const width = count === 0 && at >= page.length ? 0 : (page[at] ?? Number.NaN);
    if (!(width <= 32)) throw new RangeError(`dictionary indexes of ${width} bits`);
    checkRuns(page, at + 1, width, count);
  } else if (encoding === "RLE" && column.type === "BOOLEAN") checkRuns(page, at + 4, 1, count);
  else
    throw new RangeError(`encoding ${encoding ?? "unknown"} of ${column.type}, wanted PLAIN or a dictionary`);
}

/**
 * Steps over runs of values, repeated or packed, that hold `count` of them; answers with how many are 1 where they have
 * one bit.
 */
function checkRuns(bytes: Uint8Array, from: number, width: number, count: number): number {
  let at = from;
  let ones = 0;
  for (let seen = 0; seen < count;) {
    let header = 0;
    let more = true;
    for (let shift = 0; more; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 28) throw new RangeError(`runs hold ${seen} values, wanted ${count}`);
      header += (byte & 0x7f) * 2 ** shift;
      more = byte > 0x7f;
    }
    const isPacked = header % 2 === 1;
    const length = Math.floor(header / 2) * (isPacked ? 8 : 1);
    const left = count - seen;
    if (length === 0 || length > left + MOST_PADDING)
      throw new RangeError(`a run of ${length} values where ${left} are left`);
    if (width === 1) {
      if (isPacked)
        for (let i = 0; i < Math.min(length, left); i++)
          ones += ((bytes[at + (i >>> 3)] ?? 0) >>> (i & 7)) & 1;
      else if (bytes[at] === 1) ones += Math.min(length, left);
    }
    // The decoder takes a byte for packed values of no bits, too.
    at += isPacked ? Math.max(1, (length / 8) * width) : Math.ceil(width / 8);
    seen += length;
  }
  return ones;
}

/** A number of a page's header, from `least` to `most`. */
function within(what: string, at: number, value: number | undefined, most: number, least = 0): number {
  if (value !== undefined && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`page at ${at}: ${what} ${String(value)}, wanted ${least} to ${most}`);
}
