/** To so many digits behind the point. */
export function rounded(value: number | undefined, digits: number): number | undefined {
  if (value === undefined) return undefined;
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}
