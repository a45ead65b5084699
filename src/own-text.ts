/** Shorter pieces of a text are copies anyway (V8's least length of a slice). */
const LEAST_SLICE = 13;
const SINGLE_BYTES = /^[\0-\xff]*$/;

/** A text in memory of its own: a piece of a larger one would keep all of that for as long as it is kept. */
export function ownText(text: string): string {
  if (text.length < LEAST_SLICE) return text;
  const encoding = SINGLE_BYTES.test(text) ? "latin1" : "utf16le";
  return Buffer.from(text, encoding).toString(encoding);
}
