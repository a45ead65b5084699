/**
 * Text of a file that a person or a router wrote: UTF-8, or UTF-16, as PowerShell redirects it, with its mark or without.
 * `undefined` when it is neither.
 */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
  } catch {
    return undefined; // TextDecoder throws on what is no text in that encoding
  }
}

/** By how a text begins. */
export function encodingOf([first = 0, second = 0xff]: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  // Such a file begins with a letter or digit: one byte of its two is 0.
  if ((first === 0xff && second === 0xfe) || (first !== 0 && first < 0x80 && second === 0)) return "utf-16le";
  return (first === 0xfe && second === 0xff) || (first === 0 && second !== 0) ? "utf-16be" : "utf-8";
}
