/**
 * Text of a file that a person or a router wrote: UTF-8, or UTF-16 with its mark as PowerShell redirects it.
 * `undefined` when it is neither.
 */
export function decodeText(bytes: Uint8Array): string | undefined {
  const first = bytes[0];
  const second = bytes[1];
  const encoding =
    first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined; // TextDecoder throws on what is no text in that encoding
  }
}
