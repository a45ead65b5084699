import { spoiledBy } from "./spoiled-capture.ts";

/** First bytes of files that people hand over instead of a capture, with what to say of them. */
const SIGNATURES: readonly (readonly [string, string])[] = [
  ["PK\x03\x04", "a zip archive: unpack it first"],
  ["7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it first"],
  ["Rar!", "a RAR archive: unpack it first"],
  ["snoop\x00\x00\x00", "a snoop capture: convert it with editcap or tshark -w"],
  ["GMBU", "a Microsoft Network Monitor 2 capture: convert it with editcap or tshark -w"],
  ["RTSS", "a Microsoft Network Monitor 1 capture: convert it with editcap or tshark -w"],
  ["TRSNIFF data", "a Sniffer capture: convert it with editcap or tshark -w"],
  ["XCP\x00", "a NetXRay or Sniffer capture: convert it with editcap or tshark -w"],
  ["\x7fver", "an OmniPeek capture: convert it with editcap or tshark -w"],
  ["iptrace ", "an AIX iptrace capture: convert it with editcap or tshark -w"],
  ["btsnoop\x00", "a Bluetooth log (btsnoop)"],
  ["\x1f\x9d", "a file compressed with compress: unpack it first"],
  ["LZIP", "a file compressed with lzip: unpack it first"],
  ["\x89LZO\x00", "a file compressed with lzop: unpack it first"],
  ["\x5d\x00\x00", "a file compressed with lzma: unpack it first"],
  ["SQLite format 3", "an SQLite database"],
  ["PAR1", "a Parquet file"],
  ["%PDF", "a PDF document"],
  ["\x7fELF", "a program"],
  ["MZ", "a program"],
  ["version https://git-lfs", "a Git LFS pointer: the capture itself was not downloaded"],
];

/** Bytes that are looked at. */
export const SAMPLE_LENGTH = 512;

/** What a file that is no capture looks like by its first bytes (`start` to `end` of the view), in words. */
export function describeOther(view: DataView, start: number, end: number, path: string): string {
  const sample = Math.min(end - start, SAMPLE_LENGTH);
  const bytes = Buffer.from(view.buffer, view.byteOffset + start, sample);
  const text = bytes.toString("latin1");
  for (const [signature, description] of SIGNATURES) if (text.startsWith(signature)) return description;
  const spoiled = spoiledBy(bytes);
  if (spoiled !== undefined) return spoiled;
  if (text.slice(257, 262) === "ustar") return "a tar archive: unpack it first";
  if (/\.etl$/i.test(path)) return "a Windows event trace: convert it with etl2pcapng or pktmon etl2pcap";
  if (bytes.every((byte) => byte === 0)) return "zeros: the capture was lost before it was written";
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "text in UTF-16";
  if (isText(bytes)) return describeText(text.replace(/^\u00ef\u00bb\u00bf/, "").trimStart());
  const shown = bytes
    .subarray(0, 8)
    .toString("hex")
    .replace(/..(?=.)/g, "$& ");
  return `something unknown (it begins with ${shown})`;
}

function isText(bytes: Buffer): boolean {
  return bytes.every(
    (byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d || byte === 0x1b,
  );
}

function describeText(text: string): string {
  if (/^<\?xml|^<pdml/i.test(text)) return "XML";
  if (/^<!doctype html|^<html/i.test(text)) return "an HTML page: perhaps the download failed";
  if (/^[[{]/.test(text)) return "JSON";
  const [firstLine = ""] = text.split(/[\r\n]/, 1);
  if (/^[0-9a-f]{4,8}:? +([0-9a-f]{2} ){4}/i.test(firstLine)) return "a hex dump: convert it with text2pcap";
  if (firstLine.split(",").length > 2 || firstLine.split(";").length > 3) return "CSV";
  return "text";
}
