import { UsageError } from "./exit.ts";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
};

/** Bytes that an option names, such as 4GB or 512M (powers of 1,024); undefined where it was not given. */
export function sizeOption(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const found = /^(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?$/i.exec(text.trim());
  const bytes = Math.round(Number(found?.[1]) * (UNITS[(found?.[2] ?? "").toLowerCase()] ?? Number.NaN));
  if (!Number.isSafeInteger(bytes) || bytes <= 0)
    throw new UsageError(`${option} ${text}: wanted a size such as 512MB or 4GB`);
  return bytes;
}
