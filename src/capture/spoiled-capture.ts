/** A pcapng section begins with both line ends, to show what was done to them; its byte-order magic is ASCII. */
const PCAPNG = /^[\r\n]{3,6}[^]{3,12}?(?:M<\+\x1a|\x1a\+<M)/;
/** The version behind a pcap's magic number, in either byte order. */
const VERSION = String.raw`(?:\x02\0\x04\0|\0\x02\0\x04)`;
/** Of a magic number in UTF-16 there are four characters, whichever a code page made of them. */
const WIDE_PCAP = new RegExp(`^[^]{4}${VERSION}`);
/** What is no ASCII in it became question marks, or UTF-8 for "no character". */
const PCAP = new RegExp(String.raw`^(?=.{0,3}[?\xef])(?:[?M<]|\xef\xbf\xbd|\xc3[\x80-\xbf]){3,4}` + VERSION);

/**
 * How a capture was spoiled that somebody or something took for text; undefined for what was none. PowerShell did so with
 * what a program hands to another, or to a file, until 7.4: bytes became text in UTF-16, or lost what is no ASCII.
 */
export function spoiledBy(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  const isWide = first === 0xff && second === 0xfe;
  const all = isWide
    ? new TextDecoder("utf-16le").decode(bytes.subarray(0, bytes.length & ~1))
    : Buffer.from(bytes).toString("latin1");
  const text = all.replace(/^\xef\xbb\xbf/, "");
  const isPcap = (isWide ? WIDE_PCAP : PCAP).test(text);
  if (!isPcap && !PCAPNG.test(text)) return undefined;
  const what = isPcap ? "a pcap capture" : "a pcapng capture";
  return isPcap || isWide || text !== all || text.startsWith("\r\n\r\n\r\n")
    ? `${what} that was taken for text, as PowerShell before 7.4 does with a pipe or >: let the capturing program write the file, or use cmd`
    : `${what} that a transfer in text mode has destroyed: transfer it again in binary mode`;
}
