/** Bits of a token that say how long the text is, and how long what is repeated; the most goes on in further bytes. */
const MOST_IN_TOKEN = 15;
/** Bytes that are repeated at least. */
const LEAST_REPEATED = 4;

/**
 * One block of LZ4 (its "Block Format Description"; `LZ4_RAW` in Parquet), of which the size is known. Throws a RangeError
 * where it is damaged; never writes more than `size` bytes.
 */
export function lz4Block(input: Uint8Array, size: number): Uint8Array {
  const output = new Uint8Array(size);
  let from = 0;
  let to = 0;
  const byte = (): number => {
    const value = input[from++];
    if (value === undefined) throw new RangeError("a block of LZ4 ends too early");
    return value;
  };
  const length = (inToken: number): number => {
    let sum = inToken;
    if (inToken === MOST_IN_TOKEN)
      for (let more = 255; more === 255;) {
        more = byte();
        sum += more;
      }
    return sum;
  };
  while (from < input.length) {
    const token = byte();
    const text = length(token >>> 4);
    if (text > input.length - from || text > size - to)
      throw new RangeError(`a block of LZ4 holds more than ${size} bytes`);
    output.set(input.subarray(from, from + text), to);
    from += text;
    to += text;
    if (from === input.length) break; // the last sequence repeats nothing
    const back = byte() + 256 * byte();
    const repeated = length(token & MOST_IN_TOKEN) + LEAST_REPEATED;
    if (back === 0 || back > to || repeated > size - to)
      throw new RangeError(
        `a block of LZ4 repeats ${repeated} bytes from ${back} before byte ${to} of ${size}`,
      );
    // Byte by byte: what is repeated may reach into itself.
    for (let end = to + repeated; to < end; to++) output[to] = output[to - back] ?? 0;
  }
  return output.subarray(0, to);
}
