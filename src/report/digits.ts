const ZERO = 0x30;
const MOST_INT32 = 2 ** 31 - 1;
/** 1 to 10^16, above all that is written by digits. */
const POWERS_OF_TEN = Float64Array.from({ length: 17 }, (_, exponent) => 10 ** exponent);

/** How many decimal digits a whole number below 2^53 has. */
export function digitsOf(value: number): number {
  let count = 1;
  while (value >= (POWERS_OF_TEN[count] ?? Infinity)) count += 1;
  return count;
}

/** Puts the last `count` decimal digits of a whole number below 2^53 into [start, start + count) as ASCII; where they end. */
export function putDigits(bytes: Uint8Array, start: number, value: number, count: number): number {
  const end = start + count;
  let at = end;
  let rest = value;
  for (; rest > MOST_INT32 && at > start; at--) {
    const tens = Math.floor(rest / 10);
    bytes[at - 1] = ZERO + rest - 10 * tens;
    rest = tens;
  }
  // Small whole numbers are divided several times as fast.
  for (let small = rest | 0; at > start; at--) {
    const tens = (small / 10) | 0;
    bytes[at - 1] = ZERO + small - 10 * tens;
    small = tens;
  }
  return end;
}
