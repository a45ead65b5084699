import { expect, it } from "vitest";
import { spoiledBy } from "../../src/capture/spoiled-capture.ts";
import { hex } from "../support/bytes.ts";

const PCAPNG = "1c 00 00 00 4d 3c 2b 1a 01 00 00 00 ff ff ff ff";
const TEXT_MODE = /^a pcapng capture that a transfer in text mode has destroyed/;
const POWERSHELL = /^a pcap(ng)? capture that was taken for text, as PowerShell before 7\.4 does/;
/** Every byte as a character of UTF-16. */
const wide = (text: string): string => `ff fe ${text.replace(/\b[0-9a-f]{2}\b/g, "$& 00")}`;

it.each<[string, string, RegExp | undefined]>([
  ["LF became CR LF", `0d 0a 0d 0d 0d 0a ${PCAPNG}`, TEXT_MODE],
  ["a lone LF became CR LF", `0d 0a 0d 0d 0a ${PCAPNG}`, TEXT_MODE],
  ["CR LF became LF", `0a 0d 0a ${PCAPNG}`, TEXT_MODE],
  ["CR became LF", `0a 0a 0a 0a ${PCAPNG}`, TEXT_MODE],
  ["LF became CR, big-endian", "0d 0d 0d 0d 00 00 00 1c 1a 2b 3c 4d 00 01 00 00", TEXT_MODE],
  ["each line end became CR LF", `0d 0a 0d 0a 0d 0a ${PCAPNG}`, POWERSHELL],
  ["the same, with the mark of UTF-8", `ef bb bf 0d 0a 0d 0a 0d 0a ${PCAPNG}`, POWERSHELL],
  ["the same in UTF-16", wide(`0d 0a 0d 0a 0d 0a ${PCAPNG}`), POWERSHELL],
  ["pcap as ASCII", "3f 3f 3f 3f 02 00 04 00 00 00 00 00", POWERSHELL],
  ["pcap with nanoseconds as ASCII", "4d 3c 3f 3f 02 00 04 00 00 00 00 00", POWERSHELL],
  ["big-endian pcap as ASCII", "3f 3f 3f 3f 00 02 00 04 00 00 00 00", POWERSHELL],
  ["pcap as UTF-8", "ef bf bd c3 b2 ef bf bd 02 00 04 00 00 00 00 00", POWERSHELL],
  ["pcap by code page 437 in UTF-16", "ff fe 58 25 1c 25 93 25 ed 00 02 00 00 00 04 00 00 00", POWERSHELL],
  // What is none of these.
  ["a text with blank lines before it", "0a 0a 0a 74 65 78 74 20 6f 66 20 70 65 6f 70 6c", undefined],
  ["a text in UTF-16", wide("74 65 78 74 20 6f 66 20 70 65"), undefined],
  [
    "bytes with a magic number of their own before that version",
    "d4 c3 b2 cd 02 00 04 00 00 00 00 00",
    undefined,
  ],
  ["two letters before that version", "4d 3c 4d 3c 02 00 04 00 00 00 00 00", undefined],
  ["nothing", "", undefined],
  ["a byte", "ff", undefined],
])("%s", (_what, bytes, said) => {
  const found = spoiledBy(hex(bytes));
  if (said === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(said);
});
